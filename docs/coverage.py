"""
Is every key of the language exercised? ``python -m docs.coverage`` says by what, and what is not built.

A key counts where a file that the tests run on says it and the engine reads it there: cases under
``tests/cases``, the catalogue, the demo's projects, those of the tests, and files that stand as text in
tests against a database, a live system or a third party's server. Files are read by the components
themselves: a word in a comment, or at a wrong place, counts for nothing.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from docs.pages import commands
from docs.pages.language import FAMILIES
from engine.flow.kinds import KINDS, kind_of
from engine.spec.component import Component, alternatives, family, is_family, settings_of
from engine.spec.compose import read
from engine.spec.document import Document
from engine.spec.leaf import Walk
from engine.spec.load import load
from engine.spec.reader import reader_of
from engine.spec.reference import cells, reachable
from engine.spec.source import Node, Source

ROOT = Path(__file__).resolve().parents[1]
TYPE = "type"
_INTRO = """\
# Not built yet

What the language has and this version of the engine not. It is refused by its name (`not-built`), never
half-accepted; a command says so and exits with 2.
"""
Key = tuple[type[Component], str]
"""A component and one of its keys; ``type`` is the choice of a member of a family."""

_RUN = ("acceptance", "integration", "third_party", "faults", "simulation")
"""Folders of tests that run what they write."""
_IN_CASES = {"field": "types", "keys": "streams", "stream": "streams", "rule": "fields"}
"""What cases call a part: the key whose value it is."""


def keys() -> list[Key]:
    """Every key that is built, of every kind of file and of all components."""
    found: dict[Key, None] = {}
    documents = [each.document for each in KINDS.values()]
    for cls in reachable(*documents, passed_over=refused):
        if cls.tag is not None:
            found[cls, TYPE] = None
        for key in settings_of(cls):
            found[declaring(cls, key), key] = None
    return list(found)


def declaring(cls: type[Component], key: str) -> type[Component]:
    """The class that says a key: what members of a family share is one key, not one for each of them."""
    said = settings_of(cls)[key].name
    return next(each for each in cls.__mro__ if said in inspect.get_annotations(each))


def refused(cls: type[Component]) -> bool:
    """Whether a component is there only to be refused by its name."""
    needed: dict[str, Any] = {each.name: "x" for each in settings_of(cls).values() if each.required}
    try:
        return any(code == "not-built" and not path for path, code, _ in cls(**needed).problems())
    except (AttributeError, TypeError):  # it takes more than text
        return False


def exercised() -> Mapping[Key, str]:
    """Every key that some file says: the first such file."""
    found: dict[Key, str] = {}
    for path in sorted(ROOT.rglob("*.yaml")):
        shown = path.relative_to(ROOT).as_posix()
        if shown.startswith("tests/cases/"):
            _note_cases(found, read(shown, path.read_bytes()))
        elif not shown.startswith((".", "build/", "tests/third_party/")) and (kind := kind_of(path)):
            _note_document(found, kind, shown, path.read_text(encoding="utf-8"))
    for folder in _RUN:
        for path in sorted((ROOT / "tests" / folder).rglob("*.py")):
            for text in _texts(path):
                note_text(found, path.relative_to(ROOT).as_posix(), text)
    return found


def missing() -> list[str]:
    """Keys that nothing exercises, each with the file of cases to extend."""
    known = exercised()
    return [
        f"{name((cls, key))}: add a case to {_cases_of(cls, key)}"
        for cls, key in keys()
        if (cls, key) not in known
    ]


def not_built() -> list[tuple[str, str]]:
    """(where, key or type) of all that the language names and the engine refuses as not built yet."""
    classes = list(dict.fromkeys(cls for cls, _ in keys()))
    rows = [(_place(cls), key) for cls in classes for key in cls.reserved if "reserved" in vars(cls)]
    rows += [(f"family {name}", key) for name, (base, _) in FAMILIES.items() for key in base.reserved]
    rows += [(_place(cls), "all of it") for cls in _all_components() if refused(cls)]
    rows += [("commands", each) for each in commands.unbuilt()]
    return rows


def _place(cls: type[Component]) -> str:
    """The kind of file that a component stands in, and the keys that it stands at."""
    at = dict.fromkeys(
        f"`{key}`"
        for each, key in keys()
        if key in settings_of(each) and cls in _components(settings_of(each)[key].hint)
    )
    kind = next(kind for kind, each in KINDS.items() if cls in reachable(each.document))
    return f"{kind}, {' and '.join(at)}" if at else kind


def _all_components() -> list[type[Component]]:
    """Every component that some key takes, refused ones too."""
    inner = [
        each
        for cls, key in keys()
        if key in settings_of(cls)
        for each in _components(settings_of(cls)[key].hint)
    ]
    return [each for each in dict.fromkeys(inner) if not is_family(each)]


def page() -> str:
    """The page of what is refused by its name."""
    rows = [cells(where, f"`{key}`") for where, key in not_built()]
    return "\n".join([_INTRO, "| in | is refused |", "|---|---|", *rows]) + "\n"


def name(key: Key) -> str:
    """A key as people find it."""
    cls, said = key
    return _owner(cls) if said == TYPE and cls.tag is not None else f"{_owner(cls)} · {said}"


def _owner(cls: type[Component]) -> str:
    for named, (base, _) in FAMILIES.items():
        if cls.tag is not None and issubclass(cls, base):
            return f"{named} {cls.tag}"
    return next((kind for kind, each in KINDS.items() if each.document is cls), cls.__name__)


def _cases_of(cls: type[Component], key: str) -> str:
    for named, (base, _) in FAMILIES.items():
        if cls.tag is not None and issubclass(cls, base):
            return f"tests/cases/{named}/{cls.tag}.yaml"
    if cls.__name__ == "Rule":
        return f"tests/cases/rules/{key}.yaml"
    kind = next((kind for kind, each in KINDS.items() if each.document.__module__ == cls.__module__), None)
    return f"tests/cases/language/{kind or ('entity' if '.mapping.' in cls.__module__ else 'connector')}.yaml"


def _components(hint: Any) -> list[type[Component]]:
    """Component classes in an annotation."""
    found: list[type[Component]] = []
    for each in alternatives(hint):
        if isinstance(each, type) and issubclass(each, Component):
            found.append(each)
        elif get_origin(each) in {tuple, Mapping}:
            found += _components(get_args(each)[-1 if get_origin(each) is Mapping else 0])
    return found


def _hints() -> Mapping[str, list[Any]]:
    """By key: every annotation that a value of that name has somewhere."""
    found: dict[str, list[Any]] = {}
    for cls, key in keys():
        if key in settings_of(cls):
            hint = settings_of(cls)[key].hint
            found.setdefault(key, []).append(hint)
            inner = [get_args(each)[1] for each in alternatives(hint) if get_origin(each) is Mapping]
            for called, meant in _IN_CASES.items():
                if meant == key:
                    found.setdefault(called, []).extend(inner)
    found["field"] = [base for named, (base, _) in FAMILIES.items() if named == "types"]
    return found


def _note_cases(found: dict[Key, str], source: Source) -> None:
    """What the parts of cases say; a part counts as what it reads without a problem as."""
    hints = _hints()
    folder, _, stem = source.file.removeprefix("tests/cases/").removesuffix(".yaml").partition("/")
    if folder in FAMILIES and stem in (members := family(FAMILIES[folder][0])):
        found.setdefault((members[stem], TYPE), source.file)  # its cases stand here
    for case in source.root.value if source.root is not None and source.root.kind == "list" else ():
        if case.kind != "map":
            continue
        for key, (_, node) in case.value.items():
            for hint in hints.get(key, ()):
                walk = Walk(source)
                value = reader_of(hint).read(walk, node, ())
                if not walk.problems:
                    _note(found, value, node, source.file)
            if node.kind == "scalar" and isinstance(node.value, str):
                note_text(found, source.file, node.text)


def _texts(path: Path) -> Iterator[str]:
    """Texts of several lines that stand in a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
            yield node.value


_FIRST = {
    "project": "project",
    "connector": "connector",
    "entity": "entity",
    "policy": "policy",
    "from": "mapping",
}
"""A key that only one kind of file has at its top: that kind."""


def note_text(found: dict[Key, str], file: str, text: str) -> None:
    """A whole file that stands as text somewhere."""
    if "\n" not in text:
        return
    root = read(file, text).root
    first = root.value[0] if root is not None and root.kind == "list" and root.value else None
    if first is not None and first.kind == "map" and "record" in first.value:
        _note_document(found, "test", file, text)
    if first is not None and first.kind == "map" and "finding" in first.value:
        _note_document(found, "approvals", file, text)
    for key, kind in _FIRST.items():
        if root is not None and root.kind == "map" and key in root.value:
            _note_document(found, kind, file, text)


def _note_document(found: dict[Key, str], kind: str, file: str, text: str) -> None:
    document: Document[Any] = load(KINDS[kind].document, file, text)
    if document.value is not None and document.source.root is not None:
        _note(found, document.value, document.source.root, file)


def _note(found: dict[Key, str], value: Any, root: Node, file: str) -> None:
    """The keys that a built value says, by the nodes that its components stand at."""
    if isinstance(value, Component):
        node = _at(root, value)
        cls = type(value)
        if node is not None:
            said = set(node.value) if node.kind == "map" else {cls.short} if cls.tag is None else set()
            if cls.tag is not None:
                found.setdefault((cls, TYPE), file)
            for key in settings_of(cls):
                if key in said:
                    found.setdefault((declaring(cls, key), key), file)
        for setting in settings_of(cls).values():
            inner = getattr(value, setting.name)
            if not isinstance(inner, Component) or inner.at:
                _note(found, inner, root, file)
    elif isinstance(value, Mapping):
        for each in value.values():
            _note(found, each, root, file)
    elif isinstance(value, tuple):
        for each in value:
            _note(found, each, root, file)


def _at(root: Node, value: Component) -> Node | None:
    node = root
    for step in value.at:
        if node.kind == "map" and step in node.value:
            node = node.value[step][1]
        elif node.kind == "list" and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def main() -> int:
    """Print what exercises each key, then what is not built; 1 where a key is exercised by nothing."""
    known, every = exercised(), keys()
    width = max(len(name(each)) for each in every)
    for each in every:
        sys.stdout.write(f"{name(each):<{width}}  {known.get(each, '-- nothing --')}\n")
    sys.stdout.write(f"\n{len(every)} keys are built, {len(every) - len(missing())} of them exercised.\n")
    sys.stdout.write("Named by the language and not built yet:\n")
    for where, key in not_built():
        sys.stdout.write(f"  {where}: {key}\n")
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
