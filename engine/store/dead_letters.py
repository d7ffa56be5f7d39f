"""Records that could not become canonical, with why: opened, answered, listed, tried again, discarded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.records.received import Fault, Rejection
from engine.store import parking
from engine.store.database import Connection
from engine.store.graves import Grave, key_of_letter, records_of
from engine.store.notation import to_text
from engine.store.sql import statement
from engine.store.staging import Part
from engine.store.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One record that waits for a better mapping, or for a better version of itself."""

    mapping: str
    source: str
    stream: str
    subject: str
    """Its key, or ``#<raw id>:<place>`` for a record without one, and for a patch."""
    key: str | None
    raw_id: int
    place: int
    version: int
    stage: str
    problems: Sequence[Mapping[str, Any]]
    """``{code, message, field, rule}`` of everything that was wrong with it."""
    activation: int
    first: dt.datetime
    last: dt.datetime
    attempts: int
    state: str
    """``open``, ``retrying`` or ``discarded``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A letter about to be opened."""

    subject: str
    key: str | None
    raw_id: int
    place: int
    version: int
    position: int
    stage: str
    faults: tuple[Fault, ...]
    hash: int | None = None


def subject_of(part: Part, rejection: Rejection) -> str:
    """What a dead letter is known by: as long as it has a key, by that."""
    return rejection.key if rejection.key is not None else f"#{part.mapped.response.id}:{rejection.place}"


def settle(
    connection: Connection,
    texts: Statements,
    names: Mapping[str, int],
    rejected: Sequence[tuple[Part, Rejection]],
    responses: Sequence[int],
) -> dict[int, int]:
    """Answer letters by what landed and open those that are new; ``{raw id: letters that stand}``."""
    newest = _newest(connection, texts, names, rejected)
    subjects = list(newest)
    if connection.execute(texts.fill("any_letters", "books"), names).fetchone():
        connection.execute(texts.fill("answer_letters", "books", of_d=_incarnation(texts, "d")), names)
        connection.execute(
            texts.fill("answer_responses", "books"), {**names, "responses": responses, "subjects": subjects}
        )
    if not newest:
        return {}
    openings = [
        Opening(
            subject=subject,
            key=rejection.key,
            raw_id=part.mapped.response.id,
            place=rejection.place,
            version=rejection.version,
            position=part.mapped.response.position,
            stage=rejection.stage,
            faults=rejection.faults,
            hash=rejection.hash,
        )
        for subject, (part, rejection) in newest.items()
    ]
    stand: dict[int, int] = {}
    for subject in open_all(connection, texts, names, openings):
        raw_id = newest[subject][0].mapped.response.id
        stand[raw_id] = stand.get(raw_id, 0) + 1
    return stand


def open_all(
    connection: Connection, texts: Statements, names: Mapping[str, int], openings: Sequence[Opening]
) -> frozenset[str]:
    """Open these letters, save those that something newer has answered; the subjects that stand."""
    if not openings:
        return frozenset()
    columns = {
        "subjects": [each.subject for each in openings],
        "keys": [each.key for each in openings],
        "raw_ids": [each.raw_id for each in openings],
        "places": [each.place for each in openings],
        "versions": [each.version for each in openings],
        "positions": [each.position for each in openings],
        "stages": [each.stage for each in openings],
        "problems": [_problems(each.faults) for each in openings],
        "hashes": [each.hash for each in openings],
    }
    ages = {f"of_{each}": _incarnation(texts, each) for each in ("x", "d", "excluded")}
    rows = connection.execute(texts.fill("open_letters", "books", **ages), {**names, **columns})
    return frozenset(subject for (subject,) in rows)


def _newest(
    connection: Connection,
    texts: Statements,
    names: Mapping[str, int],
    rejected: Sequence[tuple[Part, Rejection]],
) -> dict[str, tuple[Part, Rejection]]:
    """By subject the newest of what was refused; what came after a delete is, whatever its version."""
    found: dict[str, list[tuple[Part, Rejection]]] = {}
    for part, rejection in rejected:
        found.setdefault(subject_of(part, rejection), []).append((part, rejection))
    several = {each: _records(texts, each) for each, rivals in found.items() if len(rivals) > 1}
    dug = _graves(connection, names, set().union(*several.values()))

    def order(subject: str, part: Part, rejection: Rejection) -> tuple[int, int, int, int]:
        at = (rejection.version, part.mapped.response.position)
        ended = {each for name in several.get(subject, ()) for each in dug.get(name, ())}
        return (sum(each.outlived(*at) for each in ended), *at, rejection.place)

    newest = {}
    for subject, rivals in found.items():
        best = rivals[0]
        for each in rivals[1:]:
            best = each if order(subject, *each) >= order(subject, *best) else best
        newest[subject] = best
    return newest


def _records(texts: Statements, subject: str) -> set[str]:
    """What tombstones may call the record of a subject."""
    if texts.feed.keyed:
        return set()
    return records_of(subject) if texts.feed.opens else {subject}


def _graves(connection: Connection, names: Mapping[str, int], keys: set[str]) -> dict[str, list[Grave]]:
    """Deletes of these records that nobody marked."""
    found: dict[str, list[Grave]] = {}
    if keys:
        rows = connection.execute(statement("listed", "graves"), {**names, "keys": sorted(keys)})
        for key, position, said in rows:
            found.setdefault(key, []).append(Grave(position=position, said=said))
    return found


def _incarnation(texts: Statements, letter: str) -> str:
    """SQL for how often the record of a letter had ended, unmarked, before it."""
    record = key_of_letter(f"{letter}.subject", opens=texts.feed.opens, keyed=texts.feed.keyed)
    return statement("books", "incarnation").format(letter=letter, of_record=record)


def _problems(faults: Iterable[Fault]) -> str:
    return to_text(
        [
            {"code": fault.code, "message": fault.message, "field": fault.field, "rule": fault.rule}
            for fault in faults
        ]
    )


_SELECT = """
SELECT m.name, s.name, t.name, d.subject, d.key, d.raw_id, d.place, d.version, d.stage, d.problems,
       d.activation, d.first, d.last, d.attempts, d.state
FROM syncline.dead_letter d
JOIN syncline.mapping m ON m.id = d.mapping
JOIN syncline.source s ON s.id = d.source
JOIN syncline.stream t ON t.id = d.stream
"""
_CHOSEN = """
WHERE (%(mapping)s::text IS NULL OR m.name = %(mapping)s)
  AND (%(source)s::text IS NULL OR s.name = %(source)s)
  AND (%(stream)s::text IS NULL OR t.name = %(stream)s)
  AND (%(subject)s::text IS NULL OR %(subject)s IN (d.subject, d.key))
  AND (%(discarded)s::bool OR d.state <> 'discarded')
"""


def find(
    connection: Connection,
    *,
    mapping: str | None = None,
    source: str | None = None,
    stream: str | None = None,
    subject: str | None = None,
    discarded: bool = False,
    limit: int | None = None,
) -> list[DeadLetter]:
    """Letters, the newest first; all that match what is given."""
    chosen = {
        "mapping": mapping,
        "source": source,
        "stream": stream,
        "subject": subject,
        "discarded": discarded,
        "limit": limit,
    }
    text = f"{_SELECT} {_CHOSEN} ORDER BY d.last DESC, d.mapping, d.subject LIMIT %(limit)s::int8"
    return [_letter(row) for row in connection.execute(text, chosen)]


def _letter(row: Sequence[Any]) -> DeadLetter:
    names = DeadLetter.__dataclass_fields__
    return DeadLetter(**dict(zip(names, row, strict=True)))


_DECIDE = """
INSERT INTO syncline.dead_letter_decision (mapping, source, stream, subject, raw_id, hash, what, who)
SELECT d.mapping, d.source, d.stream, d.subject, d.raw_id, d.hash, %(what)s, %(who)s
FROM syncline.dead_letter d
JOIN syncline.mapping m ON m.id = d.mapping
JOIN syncline.source s ON s.id = d.source
JOIN syncline.stream t ON t.id = d.stream
WHERE m.name = %(mapping)s AND s.name = %(source)s AND t.name = %(stream)s AND d.subject = %(subject)s
RETURNING mapping, source, stream, subject, raw_id
"""


def retry(connection: Connection, letters: Iterable[DeadLetter], *, who: str | None = None) -> int:
    """
    Make the responses of these letters pending again, and what was parked for them; how many responses.

    Does not commit.
    """
    responses = set()
    for letter in letters:
        for mapping, source, stream, subject, raw_id in _decide(connection, letter, "retry", who):
            responses.add((stream, mapping, raw_id))
            connection.execute(
                "UPDATE syncline.dead_letter SET state = 'retrying'"
                " WHERE mapping = %s AND source = %s AND stream = %s AND subject = %s",
                [mapping, source, stream, subject],
            )
    for stream, mapping, raw_id in sorted(responses):
        connection.execute(
            "INSERT INTO syncline.pending (stream, mapping, response) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [stream, mapping, raw_id],
        )
        parking.release(connection, stream=stream, mapping=mapping)
    return len(responses)


def discard(connection: Connection, letters: Iterable[DeadLetter], *, who: str | None = None) -> int:
    """Nobody wants these: marked so, they stay until the record says another thing. Does not commit."""
    count = 0
    for letter in letters:
        for mapping, source, stream, subject, _ in _decide(connection, letter, "discard", who):
            count += connection.execute(
                "UPDATE syncline.dead_letter SET state = 'discarded'"
                " WHERE mapping = %s AND source = %s AND stream = %s AND subject = %s",
                [mapping, source, stream, subject],
            ).rowcount
    return count


def _decide(connection: Connection, letter: DeadLetter, what: str, who: str | None) -> list[tuple[Any, ...]]:
    chosen = {
        "mapping": letter.mapping,
        "source": letter.source,
        "stream": letter.stream,
        "subject": letter.subject,
        "what": what,
        "who": who,
    }
    return connection.execute(_DECIDE, chosen).fetchall()
