"""A link comes, changes and goes, while its records are read: what is one follows, and a rebuild agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli.identities import Keys
from engine.flow.deciding import standing, waiting
from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.integration.flow.test_kept_apart import MAPPING, PROJECT
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

ROSTER = "mappings/roster/people.yaml"
TO_PAY = "{to: pay.people, value: pay}"
TO_BADGES = "{to: badges.people, value: badge}"


def _groups(workspace: Workspace) -> set[str]:
    """The keys that stand together."""
    with workspace.database.connect() as connection:
        rows = connection.execute(
            "SELECT string_agg(_key, '' ORDER BY _key) FROM syncline.contribution_person"
            " WHERE _fate = 0 GROUP BY _entity_id"
        ).fetchall()
    return {keys for (keys,) in rows}


def _held(workspace: Workspace) -> set[tuple[int, str]]:
    with workspace.database.connect() as connection:
        rows = connection.execute("SELECT kind, value FROM syncline.identity_key WHERE NOT disabled")
        return set(rows.fetchall())


def _told(workspace: Workspace, key: str) -> list[tuple[str, ...]]:
    """What ``explain`` says of links, each with the bytes that it was read from."""
    found = explain(workspace, "person", key)
    assert found.agrees
    assert all(each.rule.startswith("mappings/roster/people.yaml:") for each in found.links)
    return [
        (str(each.stream), each.key, str(each.to), each.to_key, each.meets, each.origins[0].text)
        for each in found.links
    ]


def test_a_link_comes_changes_and_goes(tmp_path: Path, database_url: str) -> None:
    """Records that were read before it join by it; who is let go of stays; kinds outlive the files."""
    people: dict[str, list[dict[str, Any]]] = {
        "roster": [{"id": "1", "pay": "a", "badge": 7, "name": "Ann"}, {"id": "2", "pay": "", "name": "Bea"}],
        "pay": [{"id": "a"}, {"id": "b"}],
        "badges": [{"id": 7}, {"id": 8}],
    }

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(people[asked.target.strip("/")]).encode())

    def link(*links: str) -> None:
        told = f"links: [{', '.join(links)}]\n" if links else ""
        (tmp_path / ROSTER).write_text(MAPPING.replace("NAME", "roster") + told)

    write(tmp_path, PROJECT)
    with serving(answer) as url:
        environment = {"APART_DATABASE": database_url, "APART_API": url}

        def synced() -> Workspace:
            workspace = Workspace.open(tmp_path, say=lambda _: None, environment=environment)
            sync(workspace, stopping=lambda: False, listen=silence)
            return workspace

        with synced() as workspace:
            assert _groups(workspace) == {"1", "2", "a", "b", "7", "8"}
        link(TO_PAY)
        with synced() as workspace:
            assert _groups(workspace) == {"1a", "2", "b", "7", "8"}
            assert _held(workspace) == {(8, "a"), (8, "b")}
            said = [each.values for each in standing(workspace, "person", "1").records]
            assert list(map(list, said)) == [[*[None] * 8, "a"]] * 2
            assert Keys(workspace, reveal=False).said("person", 8, "a") == "pay.people a"
            assert _told(workspace, "1") == [("roster.people", "1", "pay.people", "a", "here", '"a"')]
            assert _told(workspace, "b") == []
        people["roster"][0]["pay"] = "b"
        people["roster"][1]["pay"] = "a"
        link(TO_PAY, TO_BADGES)
        with synced() as workspace:
            assert _groups(workspace) == {"17a", "2", "b", "8"}
            assert workspace.shapes["person"].kinds == (0, 1, 8, 9)
            (one, other) = waiting(workspace, "person")
            shared = {each.refused.values[0] for each in (one, other)}
            assert shared == {(8, "a"), (8, "b")}
            assert {why for each in (one, other) for why in each.refused.why} == {"two records of one stream"}
            assert _told(workspace, "1") == [
                ("roster.people", "1", "pay.people", "b", "apart", '"b"'),
                ("roster.people", "1", "badges.people", "7", "here", "7"),
            ]
        link(TO_BADGES)
        with synced() as workspace:
            assert _groups(workspace) == {"17a", "2", "b", "8"}
            assert _held(workspace) == {(9, "7"), (9, "8")}
            assert workspace.shapes["person"].kinds == (0, 1, 8, 9)
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=3, lot=1))
            assert _groups(workspace) == {"17a", "2", "b", "8"}
            assert _held(workspace) == {(9, "7"), (9, "8")}
