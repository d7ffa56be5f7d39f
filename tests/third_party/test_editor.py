"""Completion, hover and validation in an editor come from our schemas: asked of the real language server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.demo.files import write_starter
from engine.flow.schemas import write_schemas, write_settings
from tests.third_party.editor import Editor

CONNECTOR = (
    """\
connector: crm
config:
  tenant: {type: strin}
http:
  base_url: https://crm.example.com
  timeout: [30]
  auth: {type: beerer}
  retries: 3
streams:
  people:
    path: /people
    records: "@"
    key: id
    pagination: {type: offset, into: query.offset, sise: 3}
    deletes:
      type: marker
"""
    "    \n"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that ``init`` makes, settled for editors, with a connector full of mistakes."""
    folder = tmp_path_factory.mktemp("project").resolve()
    write_starter(folder)
    write_settings(folder)
    (folder / "specs" / "crm.yaml").write_text(CONNECTOR, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def editor(project: Path) -> Iterator[Editor]:
    """An editor that reads the settings that ``syncline schema --editor`` wrote."""
    settings = json.loads((project / ".vscode/settings.json").read_text(encoding="utf-8"))
    with Editor(project, settings) as opened:
        yield opened


def _lines(found: list[dict[str, Any]]) -> dict[int, str]:
    return {each["range"]["start"]["line"] + 1: each["message"] for each in found}


def test_mistakes_are_underlined_where_they_are(editor: Editor, project: Path) -> None:
    """A wrong word, a wrong kind, an unknown type, unknown keys, a missing key: each at its line."""
    found = _lines(editor.open(project / "specs" / "crm.yaml"))
    assert {3, 6, 7, 8, 14} <= set(found), found
    assert 15 in found or 16 in found, found
    assert "string" in found[3]
    assert "retries" in found[8]
    assert "sise" in found[14]


def test_what_ships_has_nothing_underlined(editor: Editor, project: Path) -> None:
    paths = [project / "syncline.yaml", *(project / "specs").glob("my_*.yaml")]
    paths += list((project / "mappings").rglob("*.yaml"))
    assert len(paths) >= 5
    for path in paths:
        assert editor.open(path) == [], path


def test_a_key_tells_what_it_means(editor: Editor, project: Path) -> None:
    """The words are those of the reference."""
    path = project / "specs" / "my_hr.yaml"
    editor.open(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    for key, said in (("base_url", "every path is appended"), ("lookback", "again before the watermark")):
        line = next(index for index, each in enumerate(lines, 1) if each.strip().startswith(f"{key}:"))
        assert said in editor.hover(path, line, lines[line - 1].index(key) + 2)


def test_keys_and_types_are_offered(editor: Editor, project: Path) -> None:
    """Those of the place where the cursor is, each with what it means; and the members of a family."""
    path = project / "specs" / "crm.yaml"
    editor.open(path)
    lines = CONNECTOR.splitlines()
    blank = editor.completion(path, 17, 5)
    assert {"incremental", "version", "errors"} <= set(blank)
    assert "only what changed" in blank["incremental"]
    assert "base_url" not in blank
    line = next(index for index, each in enumerate(lines, 1) if "beerer" in each)
    types = editor.completion(path, line, lines[line - 1].index("beerer") + 1)
    assert {"basic", "bearer", "oauth2_client_credentials"} <= set(types)


def test_the_first_line_of_a_file_may_name_its_schema(tmp_path: Path) -> None:
    """For editors that know nothing of places."""
    write_schemas(tmp_path / "schemas")
    path = tmp_path / "anywhere.yaml"
    text = "# yaml-language-server: $schema=schemas/entity.json\nentity: worker\nfields: {}\nhistroy: true\n"
    path.write_text(text, encoding="utf-8")
    with Editor(tmp_path) as opened:
        assert "histroy" in _lines(opened.open(path))[4]
