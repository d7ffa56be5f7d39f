"""A version of a project's files is one value, from the folder or from git, and can be written out again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from engine.errors import SettingsError
from engine.flow.check import check
from engine.flow.trees import of_revision, standing, unpacked


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "repo" / "inner"
    (root / "mappings" / "hr").mkdir(parents=True)
    (root / "units").mkdir()
    (root / "syncline.yaml").write_text("project: acme\nsources: {}\n")
    (root / "units" / "own.txt").write_text("smoot = 1.7018 * m\n")
    (root / "mappings" / "hr" / "notes.md").write_text("no file of ours\n")
    return root


def git(root: Path, *words: str) -> None:
    settings = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True)


def test_a_version_holds_what_a_projects_meaning_comes_from(project: Path) -> None:
    tree = standing(project)
    own = {name for name in tree.files if not name.startswith("catalogue/")}
    assert own == {"syncline.yaml", "units/own.txt"}
    assert "catalogue/mappings/entities/worker.yaml" in tree.files


def test_a_revision_is_read_without_touching_the_folder(project: Path) -> None:
    git(project.parent, "init", "-q")
    git(project.parent, "add", "-A")
    git(project.parent, "commit", "-qm", "one")
    before = standing(project)
    (project / "units" / "own.txt").write_text("smoot = 1.7 * m\n")
    assert of_revision(project, "HEAD").digest == before.digest
    assert standing(project).digest != before.digest


def test_what_was_written_out_is_checked_like_the_folder(project: Path) -> None:
    with unpacked(standing(project)) as (folder, shipped):
        assert check(folder, shipped).problems == check(project).problems == ()
        assert standing(folder).files["units/own.txt"] == (project / "units" / "own.txt").read_bytes()


@pytest.mark.parametrize(
    ("revision", "said"), [("nowhere", "git rev-parse failed"), ("--help", "git rev-parse")]
)
def test_a_revision_that_is_none_is_refused(project: Path, revision: str, said: str) -> None:
    git(project.parent, "init", "-q")
    with pytest.raises(SettingsError, match=said):
        of_revision(project, revision)


def test_a_revision_without_the_project_is_refused(project: Path) -> None:
    git(project.parent, "init", "-q")
    git(project.parent, "commit", "-qm", "empty", "--allow-empty")
    with pytest.raises(SettingsError, match=r"HEAD has no inner/syncline\.yaml"):
        of_revision(project, "HEAD")


def test_approvals_travel_along_and_are_no_part_of_what_is_meant(project: Path) -> None:
    git(project.parent, "init", "-q")
    before = standing(project)
    text = "- {finding: a3f8c21b9d04, by: ada, reason: why, max_lost: 37}\n"
    (project / "approvals.yaml").write_text(text)
    tree = standing(project)
    assert tree.files["approvals.yaml"] == text.encode()
    assert tree.digest == before.digest
    git(project.parent, "add", "-A")
    git(project.parent, "commit", "-qm", "one")
    with unpacked(of_revision(project, "HEAD")) as (folder, shipped):
        found = check(folder, shipped)
    assert [each.max_lost for each in found.need().approvals] == [37]


def test_approvals_of_another_suffix_are_not_passed_over(project: Path) -> None:
    (project / "approvals.yml").write_text("[]\n")
    assert [(each.file, each.code) for each in check(project).problems] == [("approvals.yml", "stray-file")]
