"""Formatting and schemas as somebody types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from engine.demo.files import write_starter
from tests.acceptance.command import Syncline


def test_fmt_formats_checks_and_reports(tmp_path: Path) -> None:
    """0 where all is well, 1 where --check would change something, 2 where a file has problems."""
    inside = Syncline(folder=tmp_path)
    write_starter(tmp_path)
    mapping = inside.folder / "mappings" / "my_hr" / "workers.yaml"
    tidy = mapping.read_text(encoding="utf-8")
    loose = tidy.replace("hired_on: hired_on", "hired_on:   {value:   hired_on}")
    mapping.write_text(loose, encoding="utf-8")
    found = inside.run("fmt", "--check")
    assert found.code == 1
    assert "-  hired_on:   {value:   hired_on}" in found.out
    assert "+  hired_on: hired_on" in found.out
    assert mapping.read_text(encoding="utf-8") == loose
    changed = inside.json("fmt", "--check", code=1)
    assert [each["file"] for each in changed["changed"]] == ["mappings/my_hr/workers.yaml"]
    assert "+  hired_on: hired_on" in changed["changed"][0]["diff"]
    assert "1 file reformatted, 4 files left as they are" in inside.run("fmt").out
    assert mapping.read_text(encoding="utf-8") == tidy
    mapping.write_text(loose.replace("to: worker", "too: worker"), encoding="utf-8")
    wrong = inside.run("fmt")
    assert wrong.code == 2
    assert "mappings/my_hr/workers.yaml:3:1: 'too' is not a key" in wrong.out


def test_fmt_serves_editors_through_stdin(tmp_path: Path) -> None:
    """The text goes in, and comes out; with problems it comes out as it went in, and they go to stderr."""
    at = Syncline(folder=tmp_path)
    call = [sys.executable, "-m", "engine", "fmt", "--stdin-filename", "mappings/hr/workers.yaml"]

    def give(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            call, cwd=tmp_path, env=at.environment, input=text, capture_output=True, text=True, check=False
        )

    done = give("to: b\nfrom: a.b\nfields: {c: {value: d}}\n")
    assert (done.returncode, done.stdout) == (0, "from: a.b\nto: b\nfields: {c: d}\n")
    wrong = give("to: b\n")
    assert (wrong.returncode, wrong.stdout) == (2, "to: b\n")
    assert "missing-key" in wrong.stderr


def test_schema_writes_contracts_for_others(tmp_path: Path) -> None:
    """One file an entity, of those that are there; a contract with a problem is told and nothing written."""
    at = Syncline(folder=tmp_path)
    (tmp_path / "syncline.yaml").write_text("project: acme\n", encoding="utf-8")
    contract = tmp_path / "mappings" / "entities" / "thing.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text(
        "entity: thing\nfields:\n  code: {type: string, pattern: '[a-z]+'}\n", encoding="utf-8"
    )
    assert at.run("schema", "--odcs", "out").code == 0
    made = json.loads((tmp_path / "out" / "thing.odcs.yaml").read_text(encoding="utf-8"))
    assert (made["id"], made["apiVersion"]) == ("acme.thing", "v3.1.0")
    assert [each["name"] for each in made["schema"][0]["properties"]] == ["id", "code"]
    assert at.json("schema", "--odcs", "out")["files"] == ["out/thing.odcs.yaml"]
    assert at.run("schema", "entity", "--odcs", "out").err.startswith("--odcs writes contracts")
    contract.write_text("entity: thing\nfields:\n  code: {type: string, pattern: '('}\n", encoding="utf-8")
    refused = at.run("schema", "--odcs", "wrong")
    assert refused.code == 2
    assert "mappings/entities/thing.yaml:3:33: '(' is no RE2 pattern" in refused.out + refused.err
    assert not (tmp_path / "wrong").exists()


def test_schema_prints_writes_and_settles_an_editor(tmp_path: Path) -> None:
    at = Syncline(folder=tmp_path)
    assert json.loads(at.run("schema", "mapping").out)["$ref"] == "#/$defs/MappingFile"
    listed = at.json("schema")["kinds"]
    assert listed["connector"] == ["specs/*.yaml"]
    assert at.run("schema", "--to", "out").code == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(listed)
    assert at.run("schema", "conector").err.startswith("there is no kind of file 'conector'; did you mean")
    write_starter(tmp_path)
    assert at.run("schema", "--editor").code == 0
    settings = json.loads((tmp_path / ".vscode/settings.json").read_text(encoding="utf-8"))
    assert "./.vscode/syncline/connector.json" in settings["yaml.schemas"]


def test_validate_warns_of_what_cannot_be_meant(tmp_path: Path) -> None:
    """It stops nothing, unless one asks for it; programs see the severity."""
    write_starter(tmp_path)
    mapping = tmp_path / "mappings" / "my_hr" / "workers.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("given_name: name.first", "given_name: names[*].first"), encoding="utf-8")
    at = Syncline(folder=tmp_path)
    found = at.run("validate")
    assert found.code == 0
    assert "mappings/my_hr/workers.yaml:7:15: warning: this gives a list" in found.out
    assert "0 problems, 1 warning" in found.out
    strict = at.json("validate", "--strict", code=1)
    assert strict["problems"] == []
    assert [(each["severity"], each["code"]) for each in strict["warnings"]] == [("warning", "never-fits")]
