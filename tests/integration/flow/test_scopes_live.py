"""Two payrolls of one connector give the same numbers to different people, and only the policy can tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.identities import Keys
from engine.errors import SettingsError
from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.find import find
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

_SPEC = """
connector: NAME
config: {base: {type: string}, at: {type: string}}
http: {base_url: "${config.base}/${config.at}"}
streams:
  people: {path: /people, records: "@", key: id}
"""
POLICY = "policy: person\ndefault: {prefer: [hr_us, hr_de]}\n"
SCOPES = "scopes: {number: {us: [hr_us, pay_us], de: [hr_de, pay_de]}}\n"
SOURCES = ("hr_us", "hr_de", "pay_us", "pay_de")
FILES = {
    "syncline.yaml": "project: scopes\ndatabase: env:SCOPES_DATABASE\n"
    "egress: {allow: ['env:SCOPES_API']}\nsources:\n"
    + "".join(
        f"  {each}: {{connector: {each[:-3]}s, config: {{base: 'env:SCOPES_API', at: {each}}}}}\n"
        for each in SOURCES
    ),
    "mappings/entities/person.yaml": "entity: person\n"
    "fields: {number: string, mail: email, name: string, boss: {type: ref, entity: person}}\n"
    "identity:\n  - {name: number, on: [number], normalise: [upper]}\n  - {name: mail, on: [mail]}\n",
    "mappings/policies/person.yaml": POLICY + SCOPES,
    "specs/hrs.yaml": _SPEC.replace("NAME", "hrs"),
    "specs/pays.yaml": _SPEC.replace("NAME", "pays"),
    "mappings/hrs/people.yaml": "from: hrs.people\nto: person\n"
    "fields: {number: number, mail: mail, name: name}\n",
    "mappings/pays/people.yaml": "from: pays.people\nto: person\n"
    "fields: {number: number, mail: mail, boss: {value: boss, ref: {entity: person, by: number}}}\n",
}
PEOPLE = {
    "hr_us": [{"id": "A", "number": "n1", "name": "Ann"}, {"id": "B", "number": "n2", "mail": "b@x.com"}],
    "hr_de": [{"id": "X", "number": "n1", "name": "Xaver"}, {"id": "Y", "number": "n3"}],
    "pay_us": [{"id": "a", "number": "N1"}, {"id": "c", "number": "n4", "boss": "n1"}],
    "pay_de": [{"id": "x", "number": "N1"}, {"id": "y", "number": "n5", "mail": "b@x.com", "boss": "N1"}],
}


def _standing(workspace: Workspace) -> tuple[set[str], list[tuple[object, ...]]]:
    """The keys that stand together, and all rows."""
    with workspace.database.connect() as connection:
        rows = connection.execute(
            "SELECT string_agg(_key, '' ORDER BY _key) FROM syncline.contribution_person"
            " WHERE _fate = 0 GROUP BY _entity_id"
        ).fetchall()
        return {keys for (keys,) in rows}, connection.execute(
            "SELECT * FROM canonical.person ORDER BY id"
        ).fetchall()


def test_a_key_counts_within_its_scope_alone(tmp_path: Path, database_url: str) -> None:
    """Other keys join across; references, `explain`, a rebuild and whoever looks somebody up agree."""
    write(tmp_path, FILES)

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(PEOPLE[asked.target.strip("/").split("/")[0]]).encode())

    with serving(answer) as url:
        environment = {"SCOPES_DATABASE": database_url, "SCOPES_API": url}
        with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
            sync(workspace, stopping=lambda: False, listen=silence)
            groups, rows = _standing(workspace)
            assert groups == {"Aa", "By", "Xx", "Y", "c"}
            with workspace.database.connect() as connection:
                held = connection.execute("SELECT kind, value FROM syncline.identity_key").fetchall()
                bosses = connection.execute(
                    "SELECT string_agg(b.name, ',' ORDER BY b.name) FROM canonical.person p"
                    " JOIN canonical.person b ON b.id = p.boss"
                ).fetchone()
                ids = [find(workspace, connection, "person", each).id for each in ("us/N1", "de/N1", "n3")]
                with pytest.raises(SettingsError, match="2 different person entities"):
                    find(workspace, connection, "person", "n1")
            numbers = {"us/N1", "us/N2", "us/N4", "de/N1", "de/N3", "de/N5"}
            assert set(held) == {*((0, number) for number in numbers), (1, "b@x.com")}
            assert bosses == ("Ann,Xaver",)
            assert len(set(ids)) == 3
            assert Keys(workspace, reveal=False).said("person", 0, "us/N1") == "number us/N1"
            assert explain(workspace, "person", "c", "boss").agrees
            assert explain(workspace, "person", "y", "boss").agrees
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=5, lot=1))
            assert _standing(workspace) == (groups, rows)
        (tmp_path / "mappings/policies/person.yaml").write_text(POLICY)
        with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
            sync(workspace, stopping=lambda: False, listen=silence)
            assert _standing(workspace)[0] == {"AXax", "By", "Y", "c"}
