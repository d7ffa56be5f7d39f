"""A contract may call its fields what the engine's own statements call something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.mapping.components import resolve
from engine.records.shapes import Preference, Unique
from engine.store import pins, rebuild, show
from tests.integration.store.rows.building import HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

NAMES = (
    "because before bit bits bound count counts eff ended entity eid fate field former gone key kind"
    " known lived lives locked many n o old ordinal own owner place position presence present raw_id"
    " run said says source stream subject tally turn until value values version was wins"
).split()


def test_fields_are_called_as_the_statements_call_something_else(loader: Loader) -> None:
    """Live and rebuilt, with a history, words that are kept, a pin and values that are unique."""
    fields = ["number", *NAMES]
    shape = shape_of(
        "worker",
        fields,
        [HR, PAY],
        identity=["number"],
        preferences=[Preference(mask=(1 << len(fields)) - 2, prefer=("pay",), ways=("latest",))],
    )
    unique = (Unique(name="one", fields=("key", "value")),)
    shape = replace(shape, history=True, keeps=frozenset({HR.source}), unique=unique)
    loader.ensure(shape)
    told = []
    for number, stream in enumerate((HR, PAY, HR, PAY), 1):
        values = {"number": "1"} | {name: f"{number} {name}" for name in NAMES}
        told.append(
            (stream, part(shape, stream, [Said(key="1", values=values, identity=("1",))], raw_id=number))
        )
        loader.load(shape, stream, [told[-1][1]])
    of = loader.one("SELECT id FROM canonical.worker")
    pinned = next(each for each in shape.fields if each.name == "wins")
    pins.put(loader.connection, shape, of=of, field=pinned, texts=["pinned"], why="so", who="ada")
    quoted = [f'"{name}"' for name in NAMES]
    wanted = [tuple("pinned" if name == "wins" else f"4 {name}" for name in NAMES)]
    assert loader.rows(shape, *quoted) == wanted
    assert loader.one("SELECT count(DISTINCT field) FROM canonical.worker_provenance") == len(NAMES)
    assert show.show(loader.connection, shape, of) is not None
    rebuild.clear(loader.connection, shape)
    for stream, given in reversed(told):
        loader.load(shape, stream, [given], rebuild=True)
    rebuild.finish(loader.connection, shape, resolve=resolve)
    assert loader.rows(shape, *quoted) == wanted
