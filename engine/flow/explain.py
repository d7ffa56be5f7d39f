"""
The verb ``explain``: where each value of an entity came from, down to the bytes of a response.

The rule that made a value runs again on the stored bytes. What comes out is compared with the canonical
row by PostgreSQL itself: an origin is proved, not remembered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from engine.errors import SettingsError, StoreError
from engine.flow import belonging
from engine.flow.because import because
from engine.flow.belonging import Ended, Linked, why_ended
from engine.flow.find import Found, find
from engine.flow.older import Age, age_of
from engine.flow.pinned import Held, Rival, held_by, rival
from engine.flow.settling import asked
from engine.flow.workspace import Workspace
from engine.mapping import trace
from engine.mapping.located import Located
from engine.mapping.trace import Trace
from engine.records.identity import scoped
from engine.records.received import Decoded, Response, StreamName
from engine.records.shapes import EntityShape, FieldShape
from engine.spec.say import near
from engine.store import evidence, pins, provenance, raw, settling, show, versions
from engine.store.database import Connection
from engine.store.evidence import Speaker
from engine.store.fold import unions
from engine.store.provenance import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one record that won has to do with a value."""

    stream: StreamName
    key: str
    """Of the contribution that won."""
    response: Response
    place: int
    """Of the record among the elements of its response, from 0."""
    mapping: str
    version: int
    """The version of the mapping that the row was made with."""
    activation: int
    trace: Trace | None
    """None where the rule cannot be run again: ``why`` says why."""
    why: str
    """What hinders a proof; empty where it was made."""
    age: Age | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained(Part):
    """Where the value of one field came from."""

    field: FieldShape
    values: Sequence[str | None]
    """The canonical value, as PostgreSQL writes it, a column each."""
    agrees: bool
    """The rule, run again on the stored bytes, gives the canonical value; of a union, all of them do."""
    beside: Sequence[Part]
    """Of a union: the others who say the field."""
    because: str
    """Why this record and no other; empty where nobody else says the field."""
    over: Sequence[Rival]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where the values of an entity came from."""

    shape: EntityShape
    id: UUID
    fields: Sequence[Explained]
    """Of the fields with a value that records say, in the order of the contract."""
    held: Sequence[Held] = ()
    """Of those that are pinned, in the same order."""
    links: Sequence[Linked] = ()
    """What records say whom they are one with by."""
    ended: Sequence[Ended] = ()
    """Records that speak no more."""

    @property
    def agrees(self) -> bool:
        """Whether every value was recomputed, or is what it is pinned to."""
        fields = [each.agrees for each in self.fields]
        return all((*fields, *(each.agrees for each in self.held), *(each.agrees for each in self.links)))


def explain(
    workspace: Workspace, entity: str, wanted: str, field: str | None = None, *, of: str | None = None
) -> Explanation:
    """
    Where the values of an entity came from, or one field's.

    Raises ``SettingsError`` where there is no such entity or field, or the field has no value.
    """
    with workspace.database.connect(label="syncline explain") as connection:
        found = find(workspace, connection, entity, wanted, of=of)
        if field is not None:
            names = [each.name for each in found.shape.fields]
            if field not in names:
                raise SettingsError(f"{entity} has no field '{field}'{near(field, names)}")
        texts = evidence.texts(connection, found.shape, found.id)
        if texts is None:
            holds = asked(workspace, entity)
            waits = settling.reasons(connection, found.shape, workspace.shapes, found.id, holds)
            if waits:
                raise SettingsError(f"{entity} {found.id} is withheld: {'; '.join(waits)}")
            ends = belonging.ended(workspace, connection, found.shape, found.id)
            why = "; ".join(f"{one.ending.stream} {one.ending.key}: {why_ended(one)}" for one in ends)
            raise SettingsError(f"{entity} {found.id} has ended: `syncline show` has its last row. {why}")
        origins: dict[str, dict[tuple[StreamName, str], Origin]] = {}
        for each in provenance.origins(connection, entity, found.id, field=field):
            origins.setdefault(each.field, {})[each.stream, each.key] = each
        pinned = pins.standing(connection, found.id)
        if field is not None and field not in origins and field not in pinned:
            raise SettingsError(f"{entity} {found.id} has no value for '{field}'")
        proof = _Proof(workspace, connection, found)
        explained = [
            proof.field(each, list(origins[each.name].values()), [texts[name] for name, _ in each.columns])
            for each in found.shape.fields
            if each.name in origins
        ]
        held = [
            held_by(connection, found, each, pinned[each.name], asked(workspace, entity))
            for each in found.shape.fields
            if each.name in pinned and field in {None, each.name}
        ]
        links = proof.links()
        ended = belonging.ended(workspace, connection, found.shape, found.id)
    return Explanation(shape=found.shape, id=found.id, fields=explained, held=held, links=links, ended=ended)


class _Proof:
    """Recomputes the fields of one entity; reads each response once."""

    def __init__(self, workspace: Workspace, connection: Connection, found: Found) -> None:
        self._workspace, self._connection, self._found = workspace, connection, found
        self._speakers = evidence.speakers(connection, found.shape, found.id)
        self._read: dict[int, tuple[Response, Decoded]] = {}
        self._located: dict[tuple[int, int], Located] = {}
        self._active = versions.active(connection)

    def field(self, field: FieldShape, origins: Sequence[Origin], values: Sequence[str | None]) -> Explained:
        """``origins``: the winner, or everyone who says something of a union."""
        shape = self._found.shape
        origin, *others = sorted(origins, key=lambda each: (str(each.stream), each.key))
        part, *beside = [self._part(field, each) for each in (origin, *others)]
        made = [each.trace.columns for each in (part, *beside) if each.trace and not each.trace.fault]
        agrees = len(made) == len(origins)
        if agrees and field.name in unions(shape):
            said = [columns[0] for columns in made]
            agrees = evidence.unites(self._connection, shape, self._found.id, field, said)
        elif agrees:
            agrees = self._agrees(field, origin, made[0])
        winners = {(each.stream, each.key) for each in origins}
        sayers = [each for each in self._speakers if each.said & 1 << field.bit]
        rivals = [each for each in sayers if (each.stream, each.key) not in winners]
        winner = next((each for each in self._speakers if (each.stream, each.key) in winners), None)
        alike = partial(evidence.alike, self._connection, field)
        return Explained(
            **{each.name: getattr(part, each.name) for each in dataclasses.fields(Part)},
            field=field,
            values=values,
            agrees=agrees,
            beside=beside,
            because=because(shape, field, winner, [each for each in sayers if each is not winner], alike),
            over=[rival(each, field, age_of(shape, field, each)) for each in rivals],
        )

    def links(self) -> list[Linked]:
        """What its records say whom they are one with by."""
        shape, of = self._found.shape, self._found.id
        return belonging.links(self._workspace, self._connection, shape, of, self._speakers, self._speaker)

    def _speaker(self, speaker: Speaker) -> Located | None:
        _, decoded = self._decoded(speaker)
        return self._place(speaker, decoded)

    def _place(self, of: Origin | Speaker, decoded: Decoded) -> Located | None:
        """A record in its response; None where the connector reads other records from it by now."""
        if of.place not in decoded.places:
            return None
        record = of.raw_id, of.place
        if record not in self._located:
            self._located[record] = Located(decoded, list(decoded.places).index(of.place))
        return self._located[record]

    def _part(self, field: FieldShape, origin: Origin) -> Part:
        response, decoded = self._decoded(origin)
        made, why = self._trace(field, origin, decoded)
        shape = self._found.shape
        return Part(
            stream=origin.stream,
            key=origin.key,
            response=response,
            place=origin.place,
            mapping=origin.mapping or "",
            version=origin.version or 0,
            activation=origin.activation,
            trace=made,
            why=why,
            age=next((age_of(shape, field, each) for each in self._speakers if _same(each, origin)), None),
        )

    def _decoded(self, origin: Origin | Speaker) -> tuple[Response, Decoded]:
        if origin.raw_id not in self._read:
            response = raw.response(self._connection, origin.raw_id)
            if response is None:
                raise StoreError(f"response {origin.raw_id} is not stored any more", code="raw-torn")
            source = self._workspace.sources.get(origin.stream.source)
            if source is None:
                raise SettingsError(f"syncline.yaml has no source '{origin.stream.source}' any more")
            self._read[origin.raw_id] = response, source.reader(origin.stream.stream).read(response)
        return self._read[origin.raw_id]

    def _trace(self, field: FieldShape, origin: Origin, decoded: Decoded) -> tuple[Trace | None, str]:
        program = self._workspace.programs.get(origin.mapping or "")
        if program is None:
            return None, f"the project has no mapping {origin.mapping} any more"
        located = self._place(origin, decoded)
        if located is None:
            return None, "the connector reads other records from this response than it did"
        why = ""
        active = self._active.get(self._workspace.names.mapping(program.mapping))
        if active is None or active.fingerprint != program.fingerprint:
            why = "the files changed since: the next sync makes this value anew"
        elif active.n != origin.activation:
            why = f"made by an earlier version: {origin.mapping} has a newer one"
        try:
            key = origin.key if program.plan.each else None
            return trace.explain(program.plan, located, field.name, key=key), why
        except LookupError as error:
            return None, str(error)

    def _agrees(self, field: FieldShape, origin: Origin, columns: Sequence[str | None]) -> bool:
        """Compare as PostgreSQL does; a reference is the entity that its key stands for."""
        if field.refers_to is not None:
            columns = [self._referred(field, origin, columns[0])]
        return evidence.agrees(self._connection, self._found.shape, self._found.id, field, columns)

    def _referred(self, field: FieldShape, origin: Origin, key: str | None) -> str | None:
        feed = next(
            (each for each in self._workspace.feeds(origin.stream) if each.mapping == origin.mapping), None
        )
        shape = self._workspace.shapes.get(field.refers_to or "")
        if feed is None or shape is None or key is None:
            return None
        if field.name in feed.by_identity:
            held = scoped(feed.scopes.get(field.name), key)
            found: Sequence[UUID] = evidence.by_identity(
                self._connection, *feed.by_identity[field.name], held
            )
        elif field.name in feed.refs:
            target = feed.refs[field.name]
            found = show.by_key(self._connection, shape, key, source=target.source, stream=target.stream)
        else:
            return None
        ids = {show.current(self._connection, each) for each in found}
        return str(ids.pop()) if len(ids) == 1 else None


def _same(speaker: Speaker, origin: Origin) -> bool:
    return (speaker.stream, speaker.key) == (origin.stream, origin.key)
