"""What a deleted record said is kept when the policy says so, from the files to the rows and back."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from tests.integration.flow.test_strategies import POLICY, PROJECT, World
from tests.integration.serving import Asked, Told, serving, write

KEEPING = POLICY + "on_source_delete: {staff: keep_until_replaced}\n"
MARKED = ", deletes: {type: marker, when: gone}}"
FILES = PROJECT | {
    "specs/staff.yaml": PROJECT["specs/staff.yaml"].replace("timestamp}}", "timestamp}" + MARKED)
}
DESK = {
    "id": "d1",
    "number": "1",
    "at": "2024-05-02T00:00:00Z",
    "called": "Ada",
    "phones": ["9"],
    "score": "3",
}
STAFF = {"id": "s1", "number": "1", "at": "2024-05-01T00:00:00Z", "called": "Adele", "title": "Dr"}
SAYS = STAFF | {"phones": ["1"], "score": "10"}
GONE = {"id": "s1", "at": "2024-05-03T00:00:00Z", "gone": True}
BACK = STAFF | {"at": "2024-05-04T00:00:00Z", "title": None, "score": "1"}


def row(world: World) -> tuple[Any, ...]:
    (found,) = world.rows()
    return found[1:5]


def told(world: World, policy: str) -> tuple[Any, ...]:
    write(world.folder, {"mappings/policies/person.yaml": policy})
    world.sync()
    return row(world)


def proofs(world: World) -> dict[str, tuple[str, str, bool]]:
    with world.open() as workspace:
        found = explain(workspace, "person", "1")
    return {each.field.name: (each.stream.source, each.because, each.agrees) for each in found.fields}


def test_words_of_a_deleted_record(tmp_path: Path, database_url: str) -> None:
    """They count behind all others while the policy keeps them, filled from raw, proved, and made anew."""
    said: dict[str, Any] = {"/desk": [DESK], "/staff": [SAYS]}

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(said[asked.target]).encode())

    with ExitStack() as stack:
        address = stack.enter_context(serving(answer))
        write(tmp_path, FILES)
        environment = {"DATABASE": database_url, "API": address}
        world = World(folder=tmp_path, environment=environment, said=said)
        world.sync()
        assert row(world) == ("Ada", "Dr", ["1", "9"], 10)
        said["/staff"] = [GONE]
        world.sync()
        plain = ("Ada", None, ["9"], 3)
        assert row(world) == plain
        kept = ("Ada", "Dr", ["9"], 3)
        assert told(world, KEEPING) == kept
        proved = proofs(world)
        assert all(agrees for _, _, agrees in proved.values())
        assert proved["title"][:2] == (
            "staff",
            "nobody who is there says it: what a deleted record said last is kept",
        )
        assert proved["score"][:2] == (
            "desk",
            "what a deleted record said last counts only where nobody else says anything",
        )
        out = json.loads(world.command("--json", "explain", "person", "1"))
        (ended,) = out["ended"]
        (title,) = [each for each in out["fields"] if each["field"] == "title"]
        assert (ended["key"], ended["how"]) == ("s1", "marked")
        assert title["response"] < ended["response"]
        with world.open() as workspace:
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=3, lot=1))
        assert row(world) == kept
        assert proofs(world) == proved
        said["/staff"] = [BACK]
        world.sync()
        assert row(world) == ("Adele", None, ["9"], 3)
        said["/staff"] = [GONE | {"at": "2024-05-05T00:00:00Z"}]
        said["/desk"] = [DESK | {"called": None}]
        world.sync()
        assert row(world) == ("Adele", None, ["9"], 3)
        assert told(world, POLICY) == (None, None, ["9"], 3)
        assert told(world, KEEPING) == ("Adele", None, ["9"], 3)
