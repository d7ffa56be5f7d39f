"""Tables from contracts: made, widened, refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import StoreOutOfDate
from engine.store import entities
from tests.integration.store.rows.building import HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database


def test_a_field_is_added(loader: Loader) -> None:
    """A new field is a new column everywhere; making the same tables again changes nothing."""
    before = shape_of("person", ["name"], [HR], history=True)
    after = shape_of("person", ["name", "town"], [HR], history=True)
    assert entities.ensure(loader.connection, before)
    assert not entities.ensure(loader.connection, before)
    loader.connection.commit()
    loader.say(before, HR, Said(key="1", values={"name": "Ann"}))
    assert entities.ensure(loader.connection, after)
    loader.connection.commit()
    loader.say(after, HR, Said(key="1", values={"name": "Ann", "town": "Ulm"}))
    assert loader.rows(after) == [("Ann", "Ulm")]
    assert loader.one("SELECT town FROM canonical.person_history") is None
    assert loader.one("SELECT count(*) FROM canonical.person_provenance") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": (("town", "int8"),)}, "was town text and is town int8"),
        ({"name": "city", "columns": (("city", "text"),)}, "is gone"),
        ({"bit": 5}, "moved from place 1 to 5"),
    ],
)
def test_other_changes_are_refused(loader: Loader, change: dict[str, object], message: str) -> None:
    """Any change but an added field is refused, and names the field."""
    shape = shape_of("person", ["name", "town"], [HR])
    loader.ensure(shape)
    changed = replace(shape, fields=(shape.fields[0], replace(shape.fields[1], **change)))  # type: ignore[arg-type]  # by name
    with pytest.raises(StoreOutOfDate, match=f"'town' of 'person' {message}") as found:
        entities.ensure(loader.connection, changed)
    assert found.value.code == "store-out-of-date"


def test_a_stream_that_links_lead_to_keeps_its_kind(loader: Loader) -> None:
    """Files that do not know a link that others added meanwhile would give its kind to another."""
    shape = shape_of("person", ["name"], [HR, PAY])
    loader.ensure(shape)
    loader.ensure(replace(shape, links=(PAY,)))
    loader.ensure(replace(shape, links=(PAY, HR)))
    for links in ((), (PAY,), (HR, PAY)):
        with pytest.raises(StoreOutOfDate, match="links of 'person' were added meanwhile") as found:
            entities.ensure(loader.connection, replace(shape, links=links))
        assert found.value.code == "store-out-of-date"
        loader.connection.rollback()


def test_a_second_feed_carries_values_over(loader: Loader) -> None:
    """When a second mapping comes, contributions get the values that only the canonical rows had."""
    one = shape_of("person", ["name", "town"], [HR], identity=["number"])
    two = shape_of("person", ["name", "town"], [HR, PAY], identity=["number"])
    loader.ensure(one)
    loader.say(one, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    assert "name" not in entities.stored_columns(loader.connection, "person")
    loader.ensure(two)
    loader.say(two, PAY, Said(key="x", values={"name": "Anna", "town": "Ulm"}, identity=("N1",)))
    assert loader.rows(two) == [("Ann", "Ulm")]
    loader.ensure(one)
    loader.say(one, HR, Said(key="1", values={"name": "Anne"}, identity=("N1",)))
    assert loader.rows(two) == [("Anne", "Ulm")]


def test_names_are_checked(loader: Loader) -> None:
    """No name reaches SQL but a plain one."""
    for name in ('x"; DROP TABLE y', "Person", "1st", "", "a" * 64):
        with pytest.raises(StoreOutOfDate):
            entities.quoted(name)
