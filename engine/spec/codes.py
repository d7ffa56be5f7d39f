"""
Every code that a problem in a file can have, with one sentence.

Rooms add theirs: any module of the engine may hold ``CODES: Mapping[str, str]``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "duplicate-key": "A key is set twice in one mapping.",
    "duplicate-value": "Something stands twice where once is enough.",
    "empty-file": "The file says nothing.",
    "expression-arity": "A function is called with too few or too many arguments.",
    "expression-limit": "An expression is too long, too deep or holds too many parts.",
    "expression-syntax": "A text is no expression: the column is that of the character where it ends.",
    "expression-unknown-function": "There is no function of this name.",
    "missing-key": "A key is needed here.",
    "not-built": "The language has it, this version of the engine not yet.",
    "out-of-range": "A number is below or above what its key takes.",
    "quoted-literal": "YAML takes the quotes of an expression away, so that a field is read, not a text.",
    "unknown-key": "The component has no key of this name.",
    "unknown-type": "The family has no component of this name.",
    "wrong-duration": "A text is no duration: 30s, 5m, 1h or 7d.",
    "wrong-length": "A list or mapping has too few or too many elements.",
    "wrong-name": "A text is no name: small letters, digits and _, a letter first.",
    "wrong-share": "A text is no share: a percentage as 10%.",
    "wrong-size": "A text is no size: 512kB, 64MB or 1GB.",
    "wrong-type": "A value is of another kind than its key takes: text, number, list, mapping.",
    "wrong-value": "A value that cannot stand here.",
    "yaml-character": "The file holds a character that no YAML file may hold, or is not in UTF-8.",
    "yaml-documents": "The file holds several YAML documents.",
    "yaml-escape": "Double quotes do not know this escape.",
    "yaml-indentation": "A line is indented so that it belongs to nothing above it.",
    "yaml-key": "A key is a list or a mapping.",
    "yaml-limit": "The file is larger, deeper or has more aliases than any file needs.",
    "yaml-number": "A number that cannot be kept exactly.",
    "yaml-reserved": "A value starts with a character that means something to YAML: quote it.",
    "yaml-syntax": "The line is no YAML.",
    "yaml-tab": "A line is indented with a tab.",
    "yaml-unclosed": "A quote or a bracket is never closed.",
}


def all_codes(package: ModuleType) -> dict[str, str]:
    """The codes of every module of a package, sorted; of several sentences for one code the first."""
    found: dict[str, str] = dict(CODES)
    modules = (each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
    for name in sorted(modules):
        if not name.rpartition(".")[2].startswith("_"):
            for code, sentence in getattr(importlib.import_module(name), "CODES", {}).items():
                found.setdefault(code, sentence)
    return dict(sorted(found.items()))
