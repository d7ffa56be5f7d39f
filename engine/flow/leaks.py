"""Would a recording tell a secret, or a personal value? The last look before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

from engine.errors import SettingsError
from engine.expression.json_text import read_json
from engine.fetch.secrets import Masker
from engine.flow import recording as kept
from engine.flow.mask import TIME
from engine.flow.recording import Recording

TELLING: Final = 6
"""Characters of a personal text from which on its coming back is no chance."""
TELLING_DIGITS: Final = 9
"""Those of a number: amounts of fewer come twice."""
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_LINK: Final = re.compile(r"://|^\s*[/?<]")
_STEPS: Final = re.compile(r"[/?&=#<>;,]")


def refuse_leaks(masker: Masker, personal: Iterable[str], recording: Recording) -> None:
    """
    Raise ``SettingsError`` where a secret would stand in the files, or a text out of ``personal``.

    ``config`` is passed over: it stands as the project's own file says it.
    """
    files = kept.files(recording)
    text = "".join(files.values())
    if masker.text(text) != text:
        raise SettingsError("a secret of the source would stand in the recording: nothing was written")
    there: set[str] = set()
    for each in files.values():
        document = read_json(each)
        there |= set(_atoms({name: part for name, part in document.items() if name != "config"}))
    if any(_tells(each) and each in there for each in personal):
        raise SettingsError(
            "a personal value also stands where it is needed as it is, and would be in the recording: "
            "nothing was written"
        )


def _tells(text: str) -> bool:
    if TIME.fullmatch(text):  # a day of birth may be the day that somebody else was hired on
        return False
    return len(text) >= (TELLING_DIGITS if _NUMBER.fullmatch(text) else TELLING)


def _atoms(value: Any) -> Iterator[str]:
    """Every text, number and key, and every step of what may be a link."""
    if isinstance(value, dict):
        yield from _atoms(list(value))
        yield from _atoms(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _atoms(each)
    elif isinstance(value, str):
        yield value.strip()
        if _LINK.search(value):
            yield from (unquote(each).strip() for each in _STEPS.split(value))
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield str(value)
