"""Deletes by enumeration, elements of records, and responses that repeat."""

from __future__ import annotations

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.store import ledger, months, rebuild, tombstones
from tests.integration.store.rows.building import HR, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

PERSON = shape_of("person", ["name"], [HR], identity=["number"])
LINE = shape_of("line", ["text"], [HR], opens=True)


def said(key: str, name: str) -> Said:
    return Said(key=key, values={"name": name}, identity=(f"N{key}",))


def element(record: str, key: str, text: str, version: int) -> Said:
    return Said(key=f"{record}/{key}", record=record, values={"text": text}, version=version)


def opened(record: str, version: int) -> Said:
    return Said(key=f"{record}/", record=record, fate=Fate.RECORD, version=version)


def stored(loader: Loader, raw_id: int, run: int, sha: bytes = b"") -> None:
    """A row of raw, as far as these tests need one."""
    loader.lease(HR)
    months.make_ahead(loader.connection)
    loader.connection.execute(
        """
        INSERT INTO syncline.response (month, id, stream, partition, run, position, request, status,
            headers, fetched_at, sha256, body_month, length, wire_length, coding, records, verdict)
        SELECT date_trunc('month', now())::date, %s, id, '', %s, %s, '{}', 200,
            '{}', now(), %s, date_trunc('month', now())::date, 0, 0, '', 0, 0 FROM syncline.stream
        """,
        [raw_id, run, raw_id, sha],
    )
    loader.connection.commit()


def enumerate_(loader: Loader, shape: object, run: int, position: int) -> list[str]:
    pair = [(shape, shape.feeds[0])]  # type: ignore[attr-defined]  # an entity's shape
    counted = tombstones.absentees(loader.connection, shapes=pair, run=run)  # type: ignore[arg-type]  # as above
    tombstones.bury(
        loader.connection,
        loader.lease(HR),
        shapes=pair,  # type: ignore[arg-type]  # as above
        run=run,
        position=position,
        keys=counted.absent,
    )
    return list(counted.absent)


def test_absent_records_end(loader: Loader) -> None:
    """What a run did not hold is ended, with its run; late news of it is dead, its return is alive."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "Ann"), said("2", "Bo"), said("3", "Cy"), raw_id=1)
    ids = dict(loader.rows(PERSON, "name", "id"))
    stored(loader, 5, run=7)
    loader.say(PERSON, HR, said("1", "Ann"), said("3", "Cyd"), raw_id=5)
    assert enumerate_(loader, PERSON, run=7, position=4) == ["2"]
    assert loader.rows(PERSON, "name") == [("Ann",), ("Cyd",)]
    assert loader.one("SELECT _cause_id FROM canonical.person_history") == 7
    assert loader.one("SELECT count(*) FROM syncline.identity_key") == 2
    loader.say(PERSON, HR, said("2", "Late"), raw_id=3)
    assert loader.rows(PERSON, "name") == [("Ann",), ("Cyd",)]
    loader.say(PERSON, HR, said("2", "Back"), raw_id=9)
    assert dict(loader.rows(PERSON, "name", "id"))["Back"] == ids["Bo"]
    assert loader.one("SELECT _incarnation FROM syncline.contribution_person WHERE _key = '2'") == 1
    assert loader.one("SELECT count(*) FROM syncline.identity_key") == 3


def test_a_letter_of_one_who_returns_is_opened_and_answered(loader: Loader) -> None:
    """One who returns with an older time and does not fit is a dead letter; one who fits answers it."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",), version=900), raw_id=1)
    stored(loader, 2, run=7)
    loader.say(PERSON, HR, raw_id=2)
    assert enumerate_(loader, PERSON, run=7, position=1) == ["1"]
    loader.load(PERSON, HR, [part(PERSON, HR, [], raw_id=3, rejected=[("1", 5)])])
    assert loader.one("SELECT count(*) FROM syncline.dead_letter") == 1
    loader.say(PERSON, HR, Said(key="1", values={"name": "Anna"}, identity=("N1",), version=6), raw_id=4)
    assert loader.rows(PERSON, "name") == [("Anna",)]
    assert loader.one("SELECT count(*) FROM syncline.dead_letter") == 0


def test_rebuild_buries_again(loader: Loader) -> None:
    """Tombstones count in a rebuild as they did, in any order of responses."""
    loader.ensure(PERSON)
    told = {
        1: [said("1", "Ann"), said("2", "Bo"), said("3", "Cy")],
        3: [said("2", "Late"), said("4", "Di")],
        5: [said("1", "Ann")],
        9: [said("2", "Back")],
    }
    for raw_id in (1, 3):
        loader.say(PERSON, HR, *told[raw_id], raw_id=raw_id)
    stored(loader, 5, run=7)
    loader.say(PERSON, HR, *told[5], raw_id=5)
    assert enumerate_(loader, PERSON, run=7, position=4) == ["2", "3", "4"]
    loader.say(PERSON, HR, *told[9], raw_id=9)
    before = loader.rows(PERSON, "id", "name")
    assert [name for _, name in before] == ["Ann", "Back"]
    for order in ((9, 5, 3, 1), (3, 9, 1, 5)):
        rebuild.clear(loader.connection, PERSON)
        for raw_id in order:
            loader.say(PERSON, HR, *told[raw_id], raw_id=raw_id, rebuild=True)
        rebuild.finish(loader.connection, PERSON, resolve=resolve)
        assert loader.rows(PERSON, "id", "name") == before


def test_elements_gone_from_a_newer_version(loader: Loader) -> None:
    """An element that its record no longer holds is deleted, whichever version comes first."""
    for order in ((1, 2, 3), (3, 1, 2), (2, 3, 1), (1, 3, 2)):
        told = {
            1: [opened("r", 1), element("r", "a", "a1", 1), element("r", "b", "b1", 1)],
            2: [opened("r", 2), element("r", "a", "a2", 2), element("r", "c", "c2", 2)],
            3: [opened("r", 3), element("r", "a", "a3", 3), element("r", "b", "b3", 3)],
        }
        shape = shape_of("line" + "".join(map(str, order)), ["text"], [HR], opens=True)
        loader.ensure(shape)
        for version in order:
            loader.say(shape, HR, *told[version])
        assert loader.rows(shape) == [("a3",), ("b3",)], order


def test_versions_of_a_record_in_one_batch(loader: Loader) -> None:
    """Two versions of a record in one batch count as one after the other."""
    loader.ensure(LINE)
    older = part(LINE, HR, [opened("r", 1), element("r", "a", "a1", 1), element("r", "b", "b1", 1)], raw_id=1)
    newer = part(LINE, HR, [opened("r", 2), element("r", "a", "a2", 2)], raw_id=2)
    accounts = loader.load(LINE, HR, [older, newer])
    assert [each.records for each in accounts] == [2, 1]
    assert loader.rows(LINE) == [("a2",)]


def test_refused_element_stays(loader: Loader) -> None:
    """An element that no longer fits keeps what its last good version said."""
    loader.ensure(LINE)
    loader.say(LINE, HR, opened("r", 1), element("r", "a", "a1", 1), element("r", "b", "b1", 1))
    loader.say(LINE, HR, opened("r", 2), element("r", "a", "a2", 2), rejected=[("r/b", 2)])
    assert loader.rows(LINE) == [("a2",), ("b1",)]


def test_absent_record_takes_its_elements(loader: Loader) -> None:
    """When a record is gone, so are its elements."""
    loader.ensure(LINE)
    given = [opened("r", 1), element("r", "a", "a1", 1), opened("q", 1), element("q", "a", "qa", 1)]
    loader.say(LINE, HR, *given, raw_id=1)
    stored(loader, 5, run=7)
    only = part(LINE, HR, [opened("q", 1), element("q", "a", "qa", 1)], raw_id=5)
    object.__setattr__(only, "keys", ledger.key_hashes(["q"]))
    loader.load(LINE, HR, [only])
    assert enumerate_(loader, LINE, run=7, position=4) == ["r"]
    assert loader.rows(LINE) == [("qa",)]


def test_twins(loader: Loader) -> None:
    """The same bytes again are the same only while what they made still stands."""
    loader.ensure(PERSON)
    feed = PERSON.feeds[0]
    for raw_id, sha in ((1, b"a"), (2, b"a"), (3, b"b"), (4, b"a")):
        stored(loader, raw_id, run=1, sha=sha)

    def skipped(raw_id: int) -> bool:
        found = ledger.twins(
            loader.connection,
            loader.lease(HR),
            feed=feed,
            shape=PERSON,
            activation=1,
            batch={raw_id: ["1"]},
        )
        return raw_id in found

    assert not skipped(1)
    loader.say(PERSON, HR, said("1", "A"), raw_id=1)
    assert skipped(2)
    assert loader.one("SELECT same FROM syncline.ledger WHERE raw_id = 2") == 1
    assert not skipped(3)
    loader.say(PERSON, HR, said("1", "B"), raw_id=3)
    assert not skipped(4)
    loader.say(PERSON, HR, said("1", "A"), raw_id=4)
    assert loader.rows(PERSON, "name") == [("A",)]
