"""The documentation is complete, fresh, and true as far as a test can tell."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

import engine
from docs import generate, screens
from docs.pages import codes, commands, language
from engine.flow.check import check
from engine.flow.trial import trial
from engine.spec.component import Component, family, is_family
from engine.store.entities import ENGINE_COLUMNS
from engine.store.tables import metadata

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
WRITTEN = [path for path in PAGES if "reference" not in path.parts]

_FENCE = re.compile(r"^```(?P<kind>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]+`")
_FILE = re.compile(r"# (?P<name>(?:specs|mappings|units)/[\w/.-]+\.(?:yaml|csv)|syncline\.yaml)\n")
_SVG = "{http://www.w3.org/2000/svg}"
_COLUMN = 12.2
"""Units of a picture that a column takes: rich's own figure, 20 high times 0.61."""
_SAID = re.compile(r'code="([a-z][a-z0-9-]*)"')


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _prose(path: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", _text(path))


def _slug(heading: str) -> str:
    """The anchor of a heading, by the rule of those who show Markdown."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return "".join(each for each in plain if each.isalnum() or each in "-_ ").replace(" ", "-")


def _anchors(path: Path) -> set[str]:
    return {_slug(line.lstrip("#")) for line in _prose(path).splitlines() if re.match(r"#+ ", line)}


def test_the_reference_is_fresh() -> None:
    """Every generated page is what the code says today, and nothing is left over."""
    assert not generate.stale(generate.FOLDER, generate.pages()), "run `make docs`"


def test_the_reference_is_the_same_every_time() -> None:
    assert generate.pages() == generate.pages()


def test_stale_missing_and_left_over_pages_are_seen(tmp_path: Path) -> None:
    """The check can fail in each of its ways, and writing mends all three."""
    for name, text in (("old.md", "old"), ("gone.md", "gone")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    wanted = {"old.md": "new", "schemas/new.json": "{}\n"}
    assert generate.stale(tmp_path, wanted) == ["gone.md", "old.md", "schemas/new.json"]
    generate.write(tmp_path, wanted)
    assert generate.stale(tmp_path, wanted) == []


def _components() -> Iterator[type[Component]]:
    for each in pkgutil.walk_packages(engine.__path__, "engine."):
        if each.name.startswith("engine._catalogue"):
            continue
        module = __import__(each.name, fromlist=["_"])
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Component) and value.__module__ == each.name:
                yield value


def test_every_family_and_component_has_its_place() -> None:
    """Nothing of the language is left out of the reference, and everything says what it is."""
    every = set(_components()) - {Component}
    bases = {each for each in every if is_family(each) and Component in each.__bases__}
    assert bases == {cls for cls, _ in language.FAMILIES.values()}
    pages = language.pages()
    for name, (base, _) in language.FAMILIES.items():
        for tag in family(base):
            assert f"`{tag}`\n" in pages[f"{name}.md"], f"{name} {tag}"
    assert {each for each in every if not (each.__doc__ or "").strip()} == set()


def test_every_code_has_its_sentence() -> None:
    """Whatever the engine can call a fault stands on the page of codes."""
    page = codes.page()
    assert not [code for code in codes.everything() if f"`{code}`" not in page]
    said: dict[str, str] = {}
    for path in sorted((ROOT / "engine").rglob("*.py")):
        said |= dict.fromkeys(_SAID.findall(_text(path)), _shown(path))
    assert len(said) > 50
    assert {code: where for code, where in said.items() if code not in codes.everything()} == {}


def test_every_command_is_documented() -> None:
    """Each says what it does, and so does each of its options."""
    page = _text(generate.FOLDER / "commands.md")
    for name, command in commands.every().items():
        assert f"## `syncline {name}`" in page
        assert command.help, name
        for option in command.params:
            if option.param_type_name == "option" and not option.hidden:
                assert option.help, f"{name} {option.opts}"


@pytest.mark.parametrize("path", PAGES, ids=_shown)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link resolves, its anchor too."""
    broken = []
    for found in _LINK.finditer(_CODE.sub("", _prose(path))):
        target, _, anchor = unquote(found["to"]).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (path.parent / target).resolve() if target else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in _anchors(there)):
            broken.append(found["to"])
    assert not broken


def test_every_page_is_reached_from_the_index() -> None:
    """No page lies about unlinked."""
    start = ROOT / "docs/README.md"
    seen, waiting = {start}, [start]
    while waiting:
        path = waiting.pop()
        for found in _LINK.finditer(_prose(path)):
            there = (path.parent / found["to"].partition("#")[0]).resolve()
            if there.suffix == ".md" and there.exists() and there not in seen:
                seen.add(there)
                waiting.append(there)
    assert {_shown(path) for path in (ROOT / "docs").rglob("*.md")} <= {_shown(path) for path in seen}


def test_files_in_pages_are_sound(tmp_path: Path) -> None:
    """Blocks that claim by their first line to be whole files are one project, and it has no problem."""
    names = []
    for path in WRITTEN:
        if path.name == "tutorial.md":  # a project of its own, which a test types from top to bottom
            continue
        for block in _FENCE.finditer(_text(path)):
            name = _FILE.match(block["text"]) if block["kind"] in {"yaml", "csv"} else None
            if name:
                names.append(name["name"])
                (tmp_path / name["name"]).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name["name"]).write_text(block["text"], encoding="utf-8")
    assert len(names) == len(set(names)) >= 6
    found = check(tmp_path)
    assert [str(each) for each in found.problems] == []
    assert found.files >= len(names)


def test_cases_in_pages_pass(tmp_path: Path) -> None:
    """What a page says of a mapping is what the mapping does."""
    test_files_in_pages_are_sound(tmp_path)
    found = trial(tmp_path)
    assert found.passed >= 3
    assert found.failed == 0


@pytest.mark.parametrize("path", WRITTEN, ids=_shown)
def test_commands_in_pages_exist(path: Path) -> None:
    """What a page tells to type can be typed: the command is there, and so are its options."""
    every = commands.every()
    groups = {name.partition(" ")[0] for name in every if " " in name}
    unknown = []
    for found in re.finditer(r"(?:^\$ |`)syncline ([a-z][a-z-]*)((?: [^\s`]+)*)", _text(path), re.MULTILINE):
        name, rest = found[1], found[2].partition(" -- ")[0].split()
        if name in groups and rest:
            name, rest = f"{name} {rest[0]}", rest[1:]
        if name in groups or name in commands.unbuilt():
            continue
        known = every.get(name)
        options = {each for option in known.params for each in option.opts} if known else set()
        if known is None or not {each.partition("=")[0] for each in rest if each.startswith("--")} <= options:
            unknown.append(found[0])
    assert not unknown


def _drawn(name: str) -> ET.Element:
    return ET.parse(screens.FOLDER / f"{name}.svg").getroot()  # noqa: S314 # our own file


@pytest.mark.parametrize("name", screens.SCREENS)
def test_a_picture_shows_a_command_that_exists(name: str) -> None:
    """With the options that it has, as the picture's own title says it, in a page that shows it."""
    command = screens.SCREENS[name].command
    title = next(each for each in _drawn(name).iter(f"{_SVG}text") if "title" in each.attrib["class"])
    assert (title.text or "").replace("\xa0", " ") == command
    known, words = commands.every(), command.split()[1:]
    there = known.get(" ".join(words[:2])) or known.get(words[0])
    assert there is not None
    options = {each for option in there.params for each in option.opts}
    assert {each for each in words if each.startswith("--")} <= options
    assert [_shown(path) for path in WRITTEN if f"pictures/{name}.svg)" in _text(path)]


@pytest.mark.parametrize("name", screens.SCREENS)
def test_a_picture_fits_its_columns_and_loads_nothing(name: str) -> None:
    """Nothing reaches beyond 100 columns, and no font or script comes from elsewhere."""
    root = _drawn(name)
    lines = [
        each for each in root.iter(f"{_SVG}text") if each.get("textLength") and (each.text or "").strip()
    ]
    assert len(lines) > 3
    ends = [(float(each.attrib["x"]) + float(each.attrib["textLength"])) / _COLUMN for each in lines]
    assert max(ends) <= screens.COLUMNS + 0.01
    text = _text(screens.FOLDER / f"{name}.svg")
    assert "url(http" not in text
    assert "<script" not in text


def test_every_picture_is_drawn_by_the_script() -> None:
    assert {path.stem for path in screens.FOLDER.iterdir()} == set(screens.SCREENS)


def test_the_data_model_names_what_is_there() -> None:
    """Tables and columns that the page names in its lists exist."""
    there = {each.name: {column.name for column in each.columns} for each in metadata.tables.values()}
    there["contribution_<e>"] = {name for name, _, _ in ENGINE_COLUMNS}
    rows = re.findall(
        r"^\| `([a-z_<>.]+)` \| ([^|]*) \|", _text(ROOT / "docs/explanation/data-model.md"), re.MULTILINE
    )
    named = {name: set(re.findall(r"`([a-z_0-9]+)`", columns)) for name, columns in rows}
    assert {name for name in named if not name.startswith("canonical.")} == set(there)
    assert {
        name: columns - there[name] for name, columns in named.items() if columns - there.get(name, columns)
    } == {}
