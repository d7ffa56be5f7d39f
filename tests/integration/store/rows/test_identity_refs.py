"""References by identity values: late and early holders, values that pass on, merges, endings, rebuilds."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.records.shapes import Preference
from engine.store import rebuild
from engine.store.tombstones import bury
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database

WORKER = shape_of(
    "worker",
    ["name", "mentor"],
    [HR, PAY],
    identity=["number", "email"],
    by_identity={"mentor": ("worker", 1)},
    preferences=[Preference(mask=0b11, prefer=("hr",), ways=())],
)
BADGE = shape_of("badge", ["label", "holder"], [BADGES], by_identity={"holder": ("worker", 1)}, history=True)


def ann(email: str | None = "ann@x", **more: Any) -> Said:
    return Said(key="1", values={"name": "Ann"}, identity=("N1", email), **more)


def bo(email: str | None = "bo@x", mentor: str | None = None) -> Said:
    return Said(key="2", values={"name": "Bo", "mentor": mentor}, identity=("N2", email))


def badge(holder: str | None, key: str = "b", **more: Any) -> Said:
    return Said(key=key, values={"label": key, "holder": holder}, **more)


def holders(loader: Loader) -> dict[str, str | None]:
    """Badge to the name of its holder."""
    rows = loader.connection.execute(
        "SELECT b.label, w.name FROM canonical.badge b LEFT JOIN canonical.worker w ON w.id = b.holder"
    ).fetchall()
    loader.connection.commit()
    return dict(rows)


def mentors(loader: Loader) -> dict[str, str | None]:
    rows = loader.connection.execute(
        "SELECT w.name, m.name FROM canonical.worker w LEFT JOIN canonical.worker m ON m.id = w.mentor"
    ).fetchall()
    loader.connection.commit()
    return dict(rows)


def rebuilt(loader: Loader, *says: tuple[Any, Any, list[Said], int]) -> None:
    """Clear both entities, load the same responses in this order, and finish."""
    shapes = (BADGE, WORKER)
    for shape in shapes:
        rebuild.clear(loader.connection, shape)
    for shape, stream, records, raw_id in says:
        loader.say(shape, stream, *records, raw_id=raw_id, rebuild=True)
    for shape in shapes:
        rebuild.finish(loader.connection, shape, resolve=resolve)


def test_a_holder_is_found_early_late_and_beside(loader: Loader) -> None:
    """Across sources: the badge system knows nothing but an address."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann())
    loader.say(BADGE, BADGES, badge("ann@x", "early"), badge("bo@x", "late"), badge("cy@x", "never"))
    assert holders(loader) == {"early": "Ann", "late": None, "never": None}
    loader.say(
        WORKER,
        HR,
        bo(mentor="ann@x"),
        Said(key="3", values={"name": "Di", "mentor": "bo@x"}, identity=(None, None)),
    )
    assert holders(loader) == {"early": "Ann", "late": "Bo", "never": None}
    assert mentors(loader) == {"Ann": None, "Bo": "Ann", "Di": "Bo"}
    assert loader.one("SELECT _won FROM canonical.badge WHERE label = 'late'") == [3]
    assert loader.one("SELECT _won FROM canonical.badge WHERE label = 'never'") == [1]


def test_a_reference_follows_its_value_to_another_holder(loader: Loader) -> None:
    """An address that one gives up leads nowhere, and then to whoever has it next."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann(), bo())
    loader.say(BADGE, BADGES, badge("ann@x"))
    loader.say(WORKER, HR, ann("ann@y"))
    assert holders(loader) == {"b": None}
    assert loader.one("SELECT _won FROM canonical.badge") == [1]
    loader.say(WORKER, HR, bo("ann@x"))
    assert holders(loader) == {"b": "Bo"}
    loader.say(WORKER, HR, ann("ann@x"), bo("bo@x"))
    assert holders(loader) == {"b": "Ann"}
    former = loader.connection.execute(
        "SELECT h.holder IS NULL, w.name FROM canonical.badge_history h"
        " LEFT JOIN canonical.worker w ON w.id = h.holder ORDER BY h._until"
    ).fetchall()
    assert former == [(False, "Ann"), (True, None), (False, "Bo")]


LATER = dataclasses.replace(
    WORKER, history=True, preferences=(Preference(mask=0b1, prefer=("pay",), ways=()),)
)


def test_what_no_transaction_left_behind_was_never_so(loader: Loader) -> None:
    """One batch renames a worker and brings the mentor: between the two nobody could look."""
    loader.ensure(LATER)
    loader.say(LATER, HR, Said(key="1", values={"name": "Ann", "mentor": "bo@x"}, identity=("N1", None)))
    pay = Said(key="1", values={"name": "Anna"}, identity=("N1", None))
    loader.say(LATER, PAY, pay, Said(key="2", values={"name": "Bo"}, identity=("N2", "bo@x")))
    assert mentors(loader) == {"Anna": "Bo", "Bo": None}
    former = loader.connection.execute("SELECT name, mentor FROM canonical.worker_history").fetchall()
    assert former == [("Ann", None)]


def test_the_last_row_of_one_that_ends_is_what_stood(loader: Loader) -> None:
    """One batch renames a worker and lets go of the address by which it must refer."""
    fields = tuple(dataclasses.replace(each, awaited=each.name == "mentor") for each in LATER.fields)
    shape = dataclasses.replace(LATER, fields=fields)
    loader.ensure(shape)
    bo = Said(key="2", values={"name": "Bo", "mentor": "bo@x"}, identity=("N2", None))
    ann = Said(key="1", values={"name": "Ann", "mentor": "bo@x"}, identity=("N1", None))
    loader.say(shape, HR, ann, bo)
    loader.say(shape, PAY, Said(key="2", values={"name": "Bob"}, identity=("N2", "bo@x")))
    assert mentors(loader) == {"Ann": "Bob", "Bob": "Bob"}
    anna = Said(key="1", values={"name": "Anna"}, identity=("N1", None))
    loader.say(shape, PAY, anna, Said(key="2", values={"name": "Bob"}, identity=("N2", None)))
    assert mentors(loader) == {}
    names = loader.connection.execute("SELECT name FROM canonical.worker_history ORDER BY name").fetchall()
    assert names == [("Ann",), ("Bob",)]


def test_a_reference_ends_with_its_holder_and_returns_with_it(loader: Loader) -> None:
    """By a marker, and by an enumeration."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann(), bo())
    loader.say(BADGE, BADGES, badge("ann@x"), badge("bo@x", "c"))
    loader.say(WORKER, HR, Said(key="1", fate=Fate.DELETED, identity=(None, None)))
    assert holders(loader) == {"b": None, "c": "Bo"}
    assert loader.one("SELECT count(*) FROM canonical.badge WHERE holder IS NULL") == 1
    loader.say(WORKER, HR, ann())
    assert holders(loader) == {"b": "Ann", "c": "Bo"}
    feed = next(each for each in WORKER.feeds if each.stream == HR)
    bury(
        loader.connection,
        loader.lease(HR),
        shapes=[(WORKER, feed)],
        run=9,
        position=loader.raw_id,
        keys=["2"],
    )
    assert holders(loader) == {"b": "Ann", "c": None}
    assert loader.one("SELECT count(*) FROM canonical.badge WHERE holder IS NULL") == 1


def test_a_reference_follows_a_merge(loader: Loader) -> None:
    """What pointed at either points at the one that they became; later moves are still followed."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann())
    loader.say(WORKER, PAY, Said(key="x", values={"name": "Anna"}, identity=(None, "anna@x")))
    loader.say(BADGE, BADGES, badge("ann@x"), badge("anna@x", "c"))
    assert holders(loader) == {"b": "Ann", "c": "Anna"}
    loader.say(WORKER, PAY, Said(key="x", values={"name": "Anna"}, identity=("N1", "anna@x")))
    assert loader.rows(WORKER, "name") == [("Ann",)]
    assert holders(loader) == {"b": "Ann", "c": "Ann"}
    loader.say(WORKER, PAY, Said(key="x", values={"name": "Anna"}, identity=("N1", None)))
    assert holders(loader) == {"b": "Ann", "c": None}


def test_a_value_that_is_nobodys_leads_nowhere(loader: Loader) -> None:
    """Two records of one stream say it: it joins nobody any more, and nothing refers by it."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann("all@x"))
    loader.say(BADGE, BADGES, badge("all@x"))
    assert holders(loader) == {"b": "Ann"}
    loader.say(WORKER, HR, bo("all@x"))
    assert holders(loader) == {"b": None}


def test_what_a_newer_version_refers_by_counts(loader: Loader) -> None:
    loader.ensure(WORKER, BADGE)
    loader.say(BADGE, BADGES, badge("ann@x"))
    loader.say(BADGE, BADGES, badge("bo@x"))
    loader.say(WORKER, HR, ann(), bo())
    assert holders(loader) == {"b": "Bo"}
    loader.say(BADGE, BADGES, badge(None))
    assert loader.one("SELECT count(*) FROM syncline.identity_ref WHERE by_key = 'b'") == 0
    loader.say(BADGE, BADGES, badge("ann@x", fate=Fate.FILTERED))
    loader.say(BADGE, BADGES, badge("ann@x"))
    assert holders(loader) == {"b": "Ann"}


def test_the_preferred_source_counts_once_its_reference_leads_somewhere(loader: Loader) -> None:
    """Until then it hides nothing."""
    loader.ensure(WORKER)
    loader.say(
        WORKER, HR, ann(), Said(key="2", values={"name": "Bo", "mentor": "zoe@x"}, identity=("N2", None))
    )
    loader.say(WORKER, PAY, Said(key="x", values={"name": "B.", "mentor": "ann@x"}, identity=("N2", None)))
    assert mentors(loader)["Bo"] == "Ann"
    loader.say(WORKER, HR, Said(key="9", values={"name": "Zoe"}, identity=("N9", "zoe@x")))
    assert mentors(loader)["Bo"] == "Zoe"


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_rebuild_in_any_order_gives_the_same_rows(loader: Loader, order: tuple[int, ...]) -> None:
    """The reference leads to who holds the value in the end, whoever held it meanwhile."""
    loader.ensure(WORKER, BADGE)
    says: list[tuple[Any, Any, list[Said], int]] = [
        (WORKER, HR, [ann(), bo(mentor="ann@x")], 1),
        (BADGE, BADGES, [badge("ann@x"), badge("bo@x", "c")], 2),
        (WORKER, HR, [ann("ann@y")], 3),
        (WORKER, HR, [Said(key="4", values={"name": "Cy"}, identity=("N4", "ann@x"))], 4),
    ]
    for shape, stream, records, raw_id in says:
        loader.say(shape, stream, *records, raw_id=raw_id)
    wanted = {
        shape.name: loader.rows(shape, "id", *[f.name for f in shape.fields]) for shape in (WORKER, BADGE)
    }
    assert (holders(loader), mentors(loader)["Bo"]) == ({"b": "Cy", "c": "Bo"}, "Cy")
    rebuilt(loader, *[says[index] for index in order])
    for shape in (WORKER, BADGE):
        assert loader.rows(shape, "id", *[f.name for f in shape.fields]) == wanted[shape.name]
