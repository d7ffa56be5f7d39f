"""What the files say keeps records apart: from their texts over live syncs to a rebuild."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

ENTITY = """
entity: person
fields:
  number: string
  mail: email
  born: date
  name: string
identity:
  - {name: number, on: [number], normalise: [trim, upper]}
  - {name: mail, on: [mail], normalise: [lower], unless: "starts_with(mail, 'hr@')"}
"""
POLICY = """
policy: person
default: {prefer: [roster, pay, badges]}
guards: [{differ: born}]
"""
SPEC = """
connector: NAME
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  people: {path: /NAME, records: "@", key: id}
"""
MAPPING = """
from: NAME.people
to: person
fields: {number: number, mail: mail, born: born, name: name}
"""
SOURCES = ("roster", "pay", "badges")
PROJECT = {
    "syncline.yaml": """
project: apart
database: env:APART_DATABASE
sources:
  roster: {connector: roster, config: {base: "env:APART_API"}}
  pay: {connector: pay, config: {base: "env:APART_API"}}
  badges: {connector: badges, config: {base: "env:APART_API"}}
egress: {allow: ["env:APART_API"]}
""",
    "mappings/entities/person.yaml": ENTITY,
    "mappings/policies/person.yaml": POLICY,
    **{f"specs/{name}.yaml": SPEC.replace("NAME", name) for name in SOURCES},
    **{f"mappings/{name}/people.yaml": MAPPING.replace("NAME", name) for name in SOURCES},
}
PEOPLE: dict[str, list[dict[str, Any]]] = {
    "roster": [
        {"id": "1", "number": "n1", "mail": "HR@x.com", "born": "1990-01-01", "name": "Ann"},
        {"id": "2", "number": "n2", "mail": "HR@x.com", "born": "1991-01-01", "name": "Bea"},
        {"id": "3", "number": "n3", "mail": "cy@x.com", "born": "1992-01-01", "name": "Cy"},
    ],
    "pay": [
        {"id": "a", "number": "N1 ", "mail": "hr@x.com", "born": "1990-01-01"},
        {"id": "b", "number": "N2", "mail": "dee@x.com", "born": "1999-09-09"},
    ],
    "badges": [
        {"id": "u", "mail": "hr@x.com"},
        {"id": "v", "mail": "CY@x.com"},
    ],
}


def _groups(workspace: Workspace) -> dict[str, str]:
    """By the keys that stand together, the entity."""
    with workspace.database.connect() as connection:
        return dict(
            connection.execute(
                "SELECT string_agg(_key, '' ORDER BY _key), _entity_id::text"
                " FROM syncline.contribution_person WHERE _fate = 0 GROUP BY _entity_id"
            ).fetchall()
        )


def test_a_mailbox_of_many_and_a_mistyped_number_join_nobody(tmp_path: Path, database_url: str) -> None:
    """Live, in a rebuild, and as ``explain`` tells it; an exception that is dropped joins from then on."""
    write(tmp_path, PROJECT)

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(PEOPLE[asked.target.strip("/")]).encode())

    with serving(answer) as url:
        environment = {"APART_DATABASE": database_url, "APART_API": url}
        with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
            sync(workspace, stopping=lambda: False, listen=silence)
            groups = _groups(workspace)
            assert set(groups) == {"1a", "2", "b", "3v", "u"}
            with workspace.database.connect() as connection:
                listed = connection.execute(
                    "SELECT key, value, why FROM syncline.identity_decision WHERE what = 'refuse'"
                ).fetchall()
                held = connection.execute(
                    "SELECT kind, value, disabled FROM syncline.identity_key ORDER BY 1, 2"
                ).fetchall()
            assert [(value, why) for _, value, why in listed] == [("N2", "born differs")]
            assert listed[0][0] in {"2", "b"}
            assert held == [
                (0, "N1", False),
                (0, "N2", True),
                (0, "N3", False),
                (1, "cy@x.com", False),
                (1, "dee@x.com", False),
            ]
            told = explain(workspace, "person", groups["1a"])
            assert all(each.agrees for each in told.fields)
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=1, lot=2))
            assert _groups(workspace) == groups

        excepted = ENTITY.replace(""", unless: "starts_with(mail, 'hr@')\"""", "")
        assert excepted != ENTITY
        (tmp_path / "mappings/entities/person.yaml").write_text(excepted)
        with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
            sync(workspace, stopping=lambda: False, listen=silence)
            joined = _groups(workspace)
            with workspace.database.connect() as connection:
                row = connection.execute(
                    "SELECT disabled FROM syncline.identity_key WHERE value = 'hr@x.com'"
                ).fetchone()
        assert row == (True,)
        assert set(joined) >= {"2", "b", "3v"}
