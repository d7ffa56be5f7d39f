"""The tutorial works when typed, and shows what is really printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.typed import Shell, steady, typed

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("demo")]

PAGE = Path(__file__).parents[2] / "docs/tutorial.md"


@pytest.mark.usefixtures("fixed_ports")
def test_every_command_of_the_tutorial_prints_what_it_shows(tmp_path: Path) -> None:
    """Typed one after another; after a change: `python -m docs.typed docs/tutorial.md`."""
    page = PAGE.read_text(encoding="utf-8")
    with Shell(tmp_path) as shell:
        now = typed(page, shell.run, shell.save)
    assert steady(now) == steady(page)


def test_what_a_page_shows_is_replaced_by_what_is_printed() -> None:
    """Blocks of console are typed, everything else stands; what differs from run to run is no difference."""
    page = "# A\n```console\n$ a\nold\n\n$ b\n$ c\n```\n```yaml\n$ a\n```\n```yaml\n# a/b.yaml\nc: d\n```\n"
    said = {"a": "new 2026-01-02 03:04:05Z", "b": "", "c": "x  in 1.5 s"}
    saved: dict[str, str] = {}
    made = typed(page, said.__getitem__, saved.__setitem__)
    assert made == (
        "# A\n```console\n$ a\nnew 2026-01-02 03:04:05Z\n\n$ b\n$ c\nx  in 1.5 s\n```\n```yaml\n$ a\n```\n"
        "```yaml\n# a/b.yaml\nc: d\n```\n"
    )
    assert saved == {"a/b.yaml": "# a/b.yaml\nc: d\n"}
    assert steady(made) == steady(made.replace("03:04", "11:12").replace("1.5 s", "22.0 s"))
    assert steady(made) != steady(made.replace("new", "old"))
