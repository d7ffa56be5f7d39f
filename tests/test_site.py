"""The documentation as a site; `make site` builds it, and fails where Sphinx has anything to say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # it has none

from docs.site.conf import DOCS, PLAIN, contents, inside

ROOT = DOCS.parent


def test_every_page_stands_in_the_margin_once() -> None:
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    listed = [name for page in sorted(pages) for name in re.findall(r"^/(.+)$", contents(page), re.MULTILINE)]
    assert len(listed) == len(set(listed))
    assert set(listed) == pages - {"README"}


def test_a_link_out_of_the_documentation_becomes_text() -> None:
    """Where the pages are a site, the rest of the repository is not beside them."""
    page = DOCS / "howto/connector.md"
    text = "[a](../../CONTRIBUTING.md#b) [c](mapping.md#d) [e](https://example.com) [f](#g) ![h](../../x.svg)"
    assert inside(text, page) == "a [c](mapping.md#d) [e](https://example.com) [f](#g) ![h](../../x.svg)"
    assert inside("`[ {` and [a](../../CONTRIBUTING.md)", page) == "`[ {` and a"


def test_what_the_site_needs_is_pinned() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["docs"]
    pinned = Path(ROOT / ".ci/constraints.txt").read_text().lower()
    assert [name for name in needed if f"\n{name}==" not in pinned] == []


def test_every_block_of_code_is_in_a_language_that_can_be_coloured() -> None:
    """Sphinx fails on any other; a block without a language is plain."""
    kinds = {
        kind
        for path in DOCS.rglob("*.md")
        for kind in re.findall(r"^```(\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"yaml", "console"} <= kinds
    for kind in kinds.difference(PLAIN):
        get_lexer_by_name(kind)
