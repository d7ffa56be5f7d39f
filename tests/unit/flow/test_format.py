"""Which files are formatted, and how they are written."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from engine.errors import SettingsError
from engine.flow.format import files_in, format_files
from engine.flow.kinds import KINDS, kind_of
from engine.flow.schemas import write_settings

LOOSE = "to: worker\nfrom: hr.workers\nfields: {a: {value: x}}\n"
TIDY = "from: hr.workers\nto: worker\nfields: {a: x}\n"


def _mapping(folder: Path, text: str, name: str = "workers.yaml") -> Path:
    path = folder / "mappings" / "hr" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_replaced_whole_and_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    """Nothing but the file itself is left in its folder."""
    path = _mapping(tmp_path, LOOSE)
    path.chmod(0o640)
    link = path.with_name("linked.yaml")
    link.symlink_to(path)
    (made,) = format_files([link], shown=tmp_path, write=True)
    assert made.changed
    assert made.file == "mappings/hr/linked.yaml"
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == TIDY
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in path.parent.iterdir()) == ["linked.yaml", "workers.yaml"]


def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    """Who formats as root, in a container for one, does not take files away from whose they are."""
    path = _mapping(tmp_path, LOOSE)
    theirs = (4711, 4712) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(path, *theirs)
    path.chmod(0o2640)
    (made,) = format_files([path], shown=tmp_path, write=True)
    assert made.changed
    now = path.stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o7777) == (*theirs, 0o2640)


def test_who_may_not_give_files_away_formats_them_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, owner: int, group: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchown", refuse)
    path = _mapping(tmp_path, LOOSE)
    path.chmod(0o640)
    list(format_files([path], shown=tmp_path, write=True))
    assert path.read_text(encoding="utf-8") == TIDY
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_with_problems_is_reported_and_left_others_are_not_held_up(tmp_path: Path) -> None:
    broken = _mapping(tmp_path, LOOSE.replace("value", "valu"), "broken.yaml")
    fine = _mapping(tmp_path, LOOSE)
    made = list(format_files(files_in([tmp_path]), shown=tmp_path, write=True))
    assert [[each.code for each in one.problems] for one in made] == [["unknown-key"], []]
    assert broken.read_text(encoding="utf-8") == LOOSE.replace("value", "valu")
    assert fine.read_text(encoding="utf-8") == TIDY


def test_only_files_of_a_project_are_found(tmp_path: Path) -> None:
    """In a project nothing but its own folders is looked into; a stray name is refused."""
    (tmp_path / "syncline.yaml").write_text("project: a\n", encoding="utf-8")
    path = _mapping(tmp_path, LOOSE)
    _mapping(tmp_path / "elsewhere", LOOSE)
    other = tmp_path / "compose.yaml"
    other.write_text("services: {}\n", encoding="utf-8")
    assert files_in([tmp_path]) == [path, tmp_path / "syncline.yaml"]
    assert files_in([path.parent, path]) == [path]
    with pytest.raises(SettingsError, match="no file of a project"):
        files_in([other])
    with pytest.raises(SettingsError, match="does not exist"):
        files_in([tmp_path / "nowhere.yaml"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_of_the_kind_that_its_place_says(kind: str, tmp_path: Path) -> None:
    """The places that editors are told are those that the engine goes by."""
    for glob in KINDS[kind].globs:
        assert kind_of(tmp_path / glob.replace("*", "x")) == kind
    assert kind_of(tmp_path / "notes" / "x.yaml") is None
    assert kind_of(tmp_path / "specs" / "x.yml") is None


def test_an_editor_is_told_of_every_kind_and_its_own_settings_stay(tmp_path: Path) -> None:
    settings = tmp_path / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"editor.tabSize": 3, "yaml.schemas": {"mine.json": "x.yaml"}}', encoding="utf-8")
    for _ in range(2):
        written = write_settings(tmp_path)
    known = json.loads(settings.read_text(encoding="utf-8"))
    assert known["editor.tabSize"] == 3
    schemas = known["yaml.schemas"]
    assert schemas.pop("mine.json") == "x.yaml"
    assert {Path(each).stem for each in schemas} == set(KINDS)
    assert all((tmp_path / each).is_file() for each in schemas)
    assert settings in written
    settings.write_text("{ // mine\n}", encoding="utf-8")
    with pytest.raises(SettingsError, match="no plain JSON"):
        write_settings(tmp_path)
