"""Three live systems tell of 2,000 people: the same people are one, in whatever order they are read first."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from engine.flow.events import silence
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.integration.flow.test_kept_apart import MAPPING, PROJECT, SOURCES, SPEC
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

COUNT = 2_000
CLASHES = (300, 301)
"""People of the roster whose number payroll has for somebody else."""
MAILBOXES = (*range(42, 168, 21), *range(47, 110, 21))
"""
People for whom two systems have an address that many use, and that no `unless` excepts; the last three are
known to be one by a link alone.
"""

PAGED = SPEC.replace(
    "key: id}",
    "key: id, pagination: {type: page, into: query.page, first: 1, size: {into: query.size, value: 300}}}",
)
PAGES = {f"specs/{name}.yaml": PAGED.replace("NAME", name) for name in SOURCES}
LED = {"roster": "pay", "badges": "roster"}
"""The roster has the key of a person in payroll, the badges that of one in the roster."""

LINKS = {
    f"mappings/{name}/people.yaml": f"{MAPPING}links: [{{to: {to}.people, value: {to}}}]\n".replace(
        "NAME", name
    )
    for name, to in LED.items()
}

People = Mapping[str, list[dict[str, Any]]]


def _people() -> tuple[People, set[frozenset[str]]]:
    """What each system has, and whose records are one; of those with a clash only who is not."""
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in SOURCES}
    groups = set()
    for n in range(COUNT):
        number, mail, born = f"N{n}", f"p{n}@x.com", f"19{60 + n % 40}-01-{1 + n % 28:02}"
        says: dict[str, dict[str, Any]] = {
            0: {"roster": {"number": number, "born": born}, "pay": {"number": f" {number.lower()}"}},
            1: {"roster": {"number": number, "mail": mail}, "badges": {"mail": mail.upper()}},
            2: {
                "roster": {"number": number, "born": born},
                "pay": {"number": number, "mail": mail},
                "badges": {"mail": mail, "born": born},
            },
            3: {SOURCES[n % 3]: {"number": number, "mail": mail}},
            4: {"pay": {"mail": mail, "born": born}, "badges": {"number": number, "mail": mail}},
            5: {"roster": {"pay": f"pay{n}", "number": number}, "pay": {"born": born}},
            6: {"roster": {"pay": f"pay{n}"}, "pay": {"mail": mail}, "badges": {"roster": f"roster{n}"}},
        }[n % 7]
        if n in MAILBOXES:
            for each in says.values():
                each["mail"] = "info@x.com"
        elif n % 11 == 0 and n % 7 in {0, 1, 3, 4}:
            for each in says.values():
                each |= {"number": number, "mail": "HR@x.com"}
        if n in CLASHES:
            says = {
                "roster": {"number": number, "born": "1970-01-01"},
                "pay": {"number": number, "born": "1999-09-09"},
                "badges": {"number": number},
            }
        else:
            groups.add(frozenset(f"{name}{n}" for name in says))
        for name, said in says.items():
            told[name].append({"id": f"{name}{n}", "name": f"{name} {n}", **said})
    return told, groups


def _standing(workspace: Workspace) -> tuple[dict[str, set[str]], list[tuple[Any, ...]]]:
    """By entity the records that stand together; and all rows."""
    found: dict[str, set[str]] = defaultdict(set)
    with workspace.database.connect() as connection:
        for key, entity in connection.execute(
            "SELECT _key, _entity_id::text FROM syncline.contribution_person"
        ):
            found[entity].add(key)
        rows = connection.execute("SELECT * FROM canonical.person ORDER BY id").fetchall()
    return found, rows


def _queue(workspace: Workspace) -> set[tuple[str, str]]:
    """Value and reason of each refusal."""
    with workspace.database.connect() as connection:
        return set(
            connection.execute(
                "SELECT value, why FROM syncline.identity_decision WHERE what = 'refuse'"
            ).fetchall()
        )


@pytest.mark.parametrize("order", list(permutations(SOURCES)), ids="-".join)
def test_the_same_people_are_one_in_every_order(
    tmp_path: Path, database_url: str, order: Sequence[str]
) -> None:
    """By number, address, link and all; excepted, shared and clashing values join nobody they should not."""
    told, groups = _people()
    write(tmp_path, PROJECT | PAGES | LINKS)

    def answer(asked: Asked) -> Told:
        path, _, query = asked.target.partition("?")
        page = int(dict(each.split("=") for each in query.split("&"))["page"])
        return Told(body=json.dumps(told[path.strip("/")][300 * (page - 1) : 300 * page]).encode())

    with serving(answer) as url:
        environment = {"APART_DATABASE": database_url, "APART_API": url}
        with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
            for name in order:
                sync(workspace, [name], stopping=lambda: False, listen=silence)
            standing, rows = _standing(workspace)
            clashing = {f"{name}{n}" for n in CLASHES for name in SOURCES}
            sure = {frozenset(keys) for keys in standing.values() if not keys & clashing}
            assert sure == groups
            for n in CLASHES:
                assert not any({f"roster{n}", f"pay{n}"} <= keys for keys in standing.values())
            named = _queue(workspace)
            assert {value for value, _ in named} == {"info@x.com", *(f"N{n}" for n in CLASHES)}
            assert {why for value, why in named if value != "info@x.com"} == {"born differs"}
            for seed, lot in ((1, 1), (2, 64)):
                replay_all(
                    workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=seed, lot=lot)
                )
                assert _standing(workspace) == (standing, rows)
            assert _queue(workspace) == named
