"""What does each record say by now? All that was heard of it, sorted anew each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Who = tuple[str, str]
"""``(source.stream, key)`` of a record."""

Value = tuple[int, str]
"""``(kind, value)`` of an identity key."""

FIELDS = ("site", "number", "email", "born", "name", "nick", "level", "tags", "boss", "mentor")
REFERENCES = ("boss", "mentor")
NEVER = -(2**63)
PATCHES = "crm.changes"
LINK = ("pay.people", "hr.employees")
"""Records of the first say the key of one of the second."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One record, as it came."""

    record: Mapping[str, Any]
    version: int
    position: int
    place: int
    founded: int
    patch: bool

    @property
    def bad(self) -> bool:
        """It cannot be mapped; a whole record that is filtered out is not mapped at all."""
        filtered = self.record.get("state") == "draft" and not self.patch
        return self.record.get("level") == "x" and not self.gone and not filtered

    @property
    def gone(self) -> bool:
        """It marks a delete."""
        return self.record.get("gone") is True


def heard_of(stream: str, record: Mapping[str, Any], position: int, place: int, founded: int) -> Heard:
    """A record of a stream; one of them has no versions."""
    version = record.get("at") if stream != "hr.pool" else None
    return Heard(
        record=record,
        version=NEVER if version is None else version,
        position=position,
        place=place,
        founded=founded,
        patch=stream == PATCHES,
    )


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What a record comes to."""

    live: bool = False
    says: Mapping[str, Any] = field(default_factory=dict)
    """Fields that are not null; of references what they refer by."""
    version: int = NEVER
    last: Mapping[str, Any] = field(default_factory=dict)
    """Of a record that is deleted: what it said last."""
    values: frozenset[Value] = frozenset()
    """What it says of identity."""


Scopes = Mapping[str, str]
"""Source → the scope in which its numbers count."""


def _values(who: Who, said: Mapping[str, Any], scopes: Scopes) -> Iterator[Value]:
    """The keys ``number`` and ``email``, and as the eighth the key of a record that links lead to."""
    parts = [(said.get(name) or "").strip().upper() for name in ("site", "number")]
    if all(parts):
        scope = scopes.get(who[0].split(".")[0])
        yield 0, "/".join(parts if scope is None else [scope, *parts])
    email = address(said.get("email"))
    if email is not None and not email.startswith("all@"):
        yield 1, email
    if who[0] == LINK[1] or (who[0] == LINK[0] and said.get("link")):
        yield 8, who[1] if who[0] == LINK[1] else said["link"]


def address(text: str | None) -> str | None:
    """As the key ``email`` has it."""
    return (text or "").strip().lower() or None


def stand(who: Who, heard: Sequence[Heard], graves: Sequence[int], scopes: Scopes) -> Stand:
    """The newest good word counts; patches are laid one over the other."""
    good = sorted((each for each in heard if not each.bad), key=lambda each: _order(each, graves))
    if not good:
        return Stand()
    said: dict[str, Any] = {}
    version, age, over = NEVER, -1, False
    for each in good:
        born = sum(grave < each.position for grave in graves)
        if each.gone:
            over = True
            continue
        if who[0] != PATCHES or born > age or over:
            said = {}
        version, age, over = each.version, born, False
        said |= {name: None if value == "" else value for name, value in each.record.items()}
    if said.get("state") == "draft":
        return Stand()
    says = {name: said[name] for name in FIELDS if said.get(name) is not None}
    if address(says.get("mentor")) is None:
        says.pop("mentor", None)
    if good[-1].gone or any(grave >= good[-1].position for grave in graves):
        return Stand(last=says, version=version)
    values = frozenset(_values(who, said, scopes))
    return Stand(live=True, says=says, version=version, values=values)


def letters(who: Who, heard: Sequence[Heard], graves: Sequence[int], *, kept: bool) -> list[int]:
    """
    Positions of the responses of words that are bad and that nothing has answered.

    A newer word that is good answers a whole record's. Of patches each one is answered by itself: by a
    delete after it, or once newer ones have said all fields that it meant to say. Where last words are
    ``kept`` it might be one of them, until something is said after the delete.
    """
    ranked = sorted(heard, key=lambda each: _order(each, graves), reverse=True)
    if who[0] != PATCHES:
        return [each.position for each in ranked[:1] if each.bad]
    found: list[int] = []
    newer: list[Heard] = []
    for each in ranked:
        if not each.bad:
            newer.append(each)
        elif not _answered(each, newer, graves, kept=kept):
            found.append(each.position)
    return found


def _answered(each: Heard, newer: Sequence[Heard], graves: Sequence[int], *, kept: bool) -> bool:
    said = [number for number, one in enumerate(newer) if not (kept and one.gone)]
    return (
        any(one.gone and (not kept or said[0] < number) for number, one in enumerate(newer) if said)
        or any(_order(each, graves)[0] < _order(newer[number], graves)[0] for number in said)
        or (bool(newer) and _touched(each) <= {name for one in newer for name in _touched(one)})
    )


def _touched(each: Heard) -> set[str]:
    """What a patch says something of."""
    return {*FIELDS, "state"} & each.record.keys() if not each.gone else set()


def _order(each: Heard, graves: Sequence[int]) -> tuple[int, int, int, int]:
    return (sum(grave < each.position for grave in graves), each.version, each.position, each.place)
