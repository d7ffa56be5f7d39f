"""References: parents that are there, in the same batch, late, in another entity, or merged."""

from __future__ import annotations

from typing import Any

import pytest

from engine.records.received import Fate
from engine.records.shapes import EntityShape, Preference
from engine.store.database import Connection
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database

WORKER = shape_of("worker", ["name", "boss"], [HR], refs={"boss": ("worker", HR)})
BOTH = shape_of(
    "worker",
    ["name", "boss"],
    [HR, PAY],
    identity=["number"],
    refs={"boss": ("worker", HR)},
    preferences=[Preference(mask=0b11, prefer=("hr",), ways=())],
)
BADGE = shape_of("badge", ["label", "holder"], [BADGES], refs={"holder": ("worker", HR)})
BADGE_OF_TWO = shape_of(
    "badge",
    ["label", "holder"],
    [BADGES, PAY],
    refs={"holder": ("worker", HR)},
    preferences=[Preference(mask=0b11, prefer=("badges",), ways=())],
)


def bosses(loader: Loader) -> dict[str, str | None]:
    rows = loader.connection.execute(
        "SELECT w.name, b.name FROM canonical.worker w LEFT JOIN canonical.worker b ON b.id = w.boss"
    )
    return dict(rows.fetchall())


def holders(loader: Loader) -> dict[str, str | None]:
    rows = loader.connection.execute(
        "SELECT b.label, w.name FROM canonical.badge b LEFT JOIN canonical.worker w ON w.id = b.holder"
    )
    return dict(rows.fetchall())


def test_parents_early_beside_and_late(loader: Loader) -> None:
    """A reference is linked whether its parent came before, with it, or after."""
    loader.ensure(WORKER)
    loader.say(WORKER, HR, Said(key="1", values={"name": "Ann"}))
    loader.say(
        WORKER,
        HR,
        Said(key="2", values={"name": "Bo", "boss": "1"}),
        Said(key="3", values={"name": "Cy", "boss": "2"}),
        Said(key="4", values={"name": "Di", "boss": "9"}),
    )
    assert bosses(loader) == {"Ann": None, "Bo": "Ann", "Cy": "Bo", "Di": None}
    assert loader.one("SELECT _won FROM canonical.worker WHERE name = 'Di'") == [1]
    loader.say(WORKER, HR, Said(key="9", values={"name": "Zoe"}))
    assert bosses(loader)["Di"] == "Zoe"
    assert loader.one("SELECT _won FROM canonical.worker WHERE name = 'Di'") == [3]
    assert loader.one("SELECT count(*) FROM syncline.open_ref") == 0


def test_newer_version_points_elsewhere(loader: Loader) -> None:
    """What a newer version no longer points at is not waited for."""
    loader.ensure(WORKER)
    loader.say(WORKER, HR, Said(key="1", values={"name": "Ann", "boss": "8"}))
    loader.say(WORKER, HR, Said(key="1", values={"name": "Ann", "boss": "9"}))
    loader.say(WORKER, HR, Said(key="8", values={"name": "Old"}), Said(key="9", values={"name": "New"}))
    assert bosses(loader)["Ann"] == "New"


def test_late_parent_of_several_contributors(loader: Loader) -> None:
    """Until its parent comes, a reference hides nothing; then the preferred source's counts."""
    loader.ensure(BOTH)
    loader.say(BOTH, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    loader.say(BOTH, HR, Said(key="2", values={"name": "Bo", "boss": "9"}, identity=("N2",)))
    loader.say(BOTH, PAY, Said(key="x", values={"name": "B.", "boss": "1"}, identity=("N2",)))
    assert bosses(loader) == {"Ann": None, "Bo": "Ann"}
    loader.say(BOTH, HR, Said(key="9", values={"name": "Zoe"}, identity=("N9",)))
    assert bosses(loader)["Bo"] == "Zoe"


def test_reference_into_another_entity(loader: Loader) -> None:
    """A badge that came first finds its holder."""
    loader.ensure(WORKER, BADGE)
    loader.say(BADGE, BADGES, Said(key="b", values={"label": "red", "holder": "1"}))
    assert loader.rows(BADGE) == [("red", None)]
    loader.say(WORKER, HR, Said(key="1", values={"name": "Ann"}))
    assert (
        loader.one("SELECT w.name FROM canonical.badge b JOIN canonical.worker w ON w.id = b.holder") == "Ann"
    )


def test_references_follow_a_merge(loader: Loader) -> None:
    """What pointed at a merged entity points at the one that it became."""
    loader.ensure(BOTH, BADGE)
    loader.say(BOTH, PAY, Said(key="x", values={"name": "Anna"}, identity=("N1",)))
    loader.say(BOTH, HR, Said(key="1", values={"name": "Ann"}, identity=(None,)))
    loader.say(BADGE, BADGES, Said(key="b", values={"label": "red", "holder": "1"}))
    loader.say(BOTH, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    assert (
        loader.one("SELECT w.name FROM canonical.badge b JOIN canonical.worker w ON w.id = b.holder") == "Ann"
    )
    assert loader.one("SELECT count(*) FROM canonical.worker") == 1


def test_parent_is_merged_in_the_batch_that_refers_to_it(loader: Loader) -> None:
    """What the crosswalk said before the merge is not what is written after it."""
    loader.ensure(BOTH)
    loader.say(BOTH, PAY, Said(key="x", values={"name": "Ann"}, identity=(None,)))
    loader.say(BOTH, HR, Said(key="1", values={"name": "Anna"}, identity=("N1",)))
    loader.say(
        BOTH,
        PAY,
        Said(key="x", values={"name": "Ann"}, identity=("N1",)),
        Said(key="y", values={"name": "Bo", "boss": "1"}, identity=(None,)),
    )
    assert bosses(loader) == {"Anna": None, "Bo": "Anna"}


def test_references_to_a_record_that_comes_apart_are_looked_at_again(loader: Loader) -> None:
    """Its former entity is another's by now: whoever meant the record is pending, and nobody else is."""
    loader.ensure(BOTH, BADGE)
    loader.say(BOTH, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    loader.say(BOTH, PAY, Said(key="x", identity=("N1",)))
    meant = Said(key="b", values={"label": "B", "holder": "1"})
    loader.say(BADGE, BADGES, meant, raw_id=77)
    loader.say(BADGE, BADGES, Said(key="c", values={"label": "C"}), raw_id=78)
    loader.say(BOTH, HR, Said(key="1", fate=Fate.FILTERED, identity=(None,)))
    loader.say(BOTH, HR, Said(key="2", values={"name": "Bea"}, identity=("N1",)))
    assert holders(loader) == {"B": "Bea", "C": None}
    assert loader.one("SELECT count(*) FROM syncline.pending") == 0
    loader.say(BOTH, HR, Said(key="1", values={"name": "Ann"}, identity=("N9",)))
    assert loader.one("SELECT array_agg(response) FROM syncline.pending") == [77]
    assert loader.say(BADGE, BADGES, meant, raw_id=77).changed == 1
    assert holders(loader) == {"B": "Ann", "C": None}
    assert loader.one("SELECT count(*) FROM syncline.pending") == 0


class _Planned:
    """A connection that keeps the plan of each statement that links."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plans: list[str] = []

    def execute(self, text: str, *names: Any) -> Any:
        if "l.parent" in text and text.startswith("UPDATE"):
            rows = self._connection.execute(f"EXPLAIN {text}", *names).fetchall()
            self.plans.append("\n".join(line for (line,) in rows))
        return self._connection.execute(text, *names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.mark.parametrize(
    ("badge", "probe"),
    [(BADGE, "Index Cond: (id = l.id)"), (BADGE_OF_TWO, "Index Cond: (_entity_id = l.id)")],
    ids=["sole", "of two"],
)
def test_late_parents_are_linked_by_one_probe_each(loader: Loader, badge: EntityShape, probe: str) -> None:
    """However many wait: every link compared with every row was 108 s for 20,000 of them."""
    loader.ensure(WORKER, badge)
    keys = [str(key) for key in range(500)]
    loader.say(badge, BADGES, *(Said(key=key, values={"label": key, "holder": key}) for key in keys))
    planned: Any = _Planned(loader.connection)
    Loader(connection=planned, raw_id=1).say(
        WORKER, HR, *(Said(key=key, values={"name": key}) for key in keys)
    )
    (plan,) = planned.plans
    assert probe in plan
    assert "Join Filter" not in plan
    rows = loader.connection.execute(
        "SELECT b.label, w.name FROM canonical.badge b JOIN canonical.worker w ON w.id = b.holder"
    ).fetchall()
    assert sorted(rows) == sorted((key, key) for key in keys)
