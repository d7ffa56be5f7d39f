"""Which rule makes a field of what stands at a path? Where the values show it, the whole of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.mapping.types import Field
from engine.mapping.types.enum import Enum
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.review.forms import EPOCHS
from engine.review.masked import tells, words
from engine.review.profile import Stands
from engine.review.reach import Fold, Steps
from engine.spec.quotes import quoted
from engine.spec.say import closest
from engine.spec.scalars import plain

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A rule as it stands behind ``field:``, and what only a person can know of it."""

    rule: str
    asks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a rule of one mapping could read beside a path."""

    paths: Mapping[Steps, Stands]
    base: Steps = ()
    """Where the element stands that its rules read."""
    streams: Mapping[str, str]
    """By entity the stream of the same connector whose keys lead to it, ``connector.stream``."""


def path_text(steps: Steps) -> str:
    """A path as JMESPath writes it; that of the whole is ``@``."""
    text = ""
    for step in steps:
        if step is Fold.EACH:
            text += "[*]"
        elif step is Fold.ANY:
            text += ".*"
        else:
            name = (
                step
                if _PLAIN_NAME.fullmatch(step)
                else '"' + step.replace("\\", r"\\").replace('"', r"\"") + '"'
            )
            text += f".{name}"
    return text.removeprefix(".") or "@"


def ready(kind: Field, stands: Stands, around: Around) -> Ready | None:
    """The rule by which a path becomes a field of this type; None where its values do not look like it."""
    steps = stands.steps[len(around.base) :]
    if kind.tag == "list":
        inner = steps[:-1] if steps[-1:] == (Fold.EACH,) else steps
        return _plainly(inner if Fold.EACH not in inner else steps) if Fold.EACH in steps else None
    if any(isinstance(step, Fold) for step in steps):
        return None
    if isinstance(kind, Ref):
        stream = around.streams.get(str(kind.entity))
        return None if stream is None else Ready(rule=_long(steps, ref=stream))
    make = _MAKERS.get(kind.tag or "")
    return None if make is None else make(kind, stands, steps, around)


def _plainly(steps: Steps) -> Ready:
    text = path_text(steps)
    return Ready(rule=text if plain(text, flow=False) else quoted(text))


def _long(steps: Steps, **keys: str) -> str:
    """``{value: …, key: …}``; values of keys are YAML already."""
    text = path_text(steps)
    said = [f"value: {text if plain(text, flow=True) else quoted(text)}"]
    return "{" + ", ".join(said + [f"{key}: {value}" for key, value in keys.items()]) + "}"


_Maker = Callable[[Field, Stands, Steps, Around], Ready | None]


def _scalar(*types: str, forms: frozenset[str] = frozenset()) -> _Maker:
    """Whatever has these types, or texts of these forms only."""

    def make(_kind: Field, stands: Stands, steps: Steps, _around: Around) -> Ready | None:
        there = set(stands.types) - {"null"}
        fits = there <= set(types) or (
            bool(forms) and there <= {*types, "text"} and set(stands.forms) <= forms
        )
        return _plainly(steps) if fits else None

    return make


def _only(stands: Stands, *forms: str) -> bool:
    return set(stands.types) <= {"text", "null"} and bool(stands.forms) and set(stands.forms) <= set(forms)


_NAMED_FORMS: Final = {"day/month/year": "%d/%m/%Y", "day.month.year": "%d.%m.%Y"}


def _date(_kind: Field, stands: Stands, steps: Steps, _around: Around) -> Ready | None:
    if _only(stands, "date"):
        return _plainly(steps)
    for form, written in _NAMED_FORMS.items():
        if _only(stands, form):
            day = "" if form == "day.month.year" else "is it day/month/year, or %m/%d/%Y?"
            return Ready(rule=_long(steps, format=quoted(written)), asks=day)
    return None


def _timestamp(_kind: Field, stands: Stands, steps: Steps, _around: Around) -> Ready | None:
    if _only(stands, "timestamp"):
        return _plainly(steps)
    if set(stands.types) <= {"integer", "null"}:
        numbers = [each for each in stands.examples if isinstance(each, int)]
        form = next((name for name, fits in EPOCHS if numbers and all(map(fits, numbers))), None)
        return None if form is None else Ready(rule=_long(steps, format=form))
    if _only(stands, "local time"):
        sample = str(stands.examples[0]).strip()
        clock = "%H:%M" if sample.count(":") == 1 else "%H:%M:%S" + (".%f" if "." in sample else "")
        written = quoted(f"%Y-%m-%d{sample[10]}{clock}")
        return Ready(rule=_long(steps, format=written, zone="UTC"), asks="in which zone are these times?")
    return None


_TRUE: Final = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE: Final = frozenset({"0", "f", "false", "n", "no", "off"})


def _boolean(_kind: Field, stands: Stands, steps: Steps, _around: Around) -> Ready | None:
    if set(stands.types) <= {"boolean", "null"}:
        return _plainly(steps)
    found = {each: each.strip().lower() for each in stands.words}
    if stands.many or not found or not set(found.values()) <= _TRUE | _FALSE:
        return None
    return Ready(
        rule=_long(steps, map=_map({word: str(said in _TRUE).lower() for word, said in found.items()}))
    )


def _enum(kind: Field, stands: Stands, steps: Steps, _around: Around) -> Ready | None:
    if not isinstance(kind, Enum) or stands.many or not stands.words or set(stands.types) - {"text", "null"}:
        return None
    if set(stands.words) <= set(kind.values):
        return _plainly(steps)
    if tells(stands.steps):
        return None
    meant = {each: closest("_".join(words(each)), kind.values) for each in stands.words}
    known = {word: value for word, value in meant.items() if value is not None}
    left = ", ".join(quoted(each) for each in meant if each not in known)
    asks = f"what stands for {left}?" if left else ""
    return Ready(rule=_long(steps, map=_map(known)), asks=asks) if known else None


def _map(lines: Mapping[str, str]) -> str:
    pairs = (f"{key if plain(key, flow=True) else quoted(key)}: {value}" for key, value in lines.items())
    return "{" + ", ".join(pairs) + "}"


def _code(kind: Field, stands: Stands, steps: Steps, _around: Around) -> Ready | None:
    """Countries and currencies, by how long their codes are."""
    if stands.many and not stands.examples:
        return None
    samples = {*stands.words, *(each for each in stands.examples if isinstance(each, str))}
    if not samples or set(stands.types) - {"text", "null"}:
        return None
    if all(re.fullmatch(r"[A-Z]{2}" if kind.tag == "country" else r"[A-Z]{3}", each) for each in samples):
        return _plainly(steps)
    if kind.tag == "country" and all(re.fullmatch(r"[A-Z]{3}", each) for each in samples):
        table = "{table: countries, from: alpha3, to: alpha2}"
        return Ready(rule=_long(steps, lookup=table))
    return None


_NUMBERS: Final = frozenset({"integer", "number", "null"})


def _numeric(stands: Stands) -> bool:
    texts = {"text"} if stands.forms and set(stands.forms) <= {"number in text"} else set()
    return set(stands.types) <= _NUMBERS | texts and stands.values > 0


def _beside(stands: Stands, around: Around, *wanted: str) -> Steps | None:
    """The path of the same object whose name has one of these words."""
    above = stands.steps[:-1]
    own = set(words(str(stands.steps[-1]))) if stands.steps else set()

    def near(steps: Steps) -> Iterator[str]:
        yield from (each for each in words(str(steps[-1])) if any(each.startswith(word) for word in wanted))

    found = [
        steps for steps in around.paths if steps[:-1] == above and steps != stands.steps and any(near(steps))
    ]
    # of `bonus` and `pay` the currency is `bonusCurrency`, not `payCurrency`
    best = max(found, key=lambda steps: len(own & set(words(str(steps[-1])))), default=None)
    return None if best is None else best[len(around.base) :]


_TIMES: Final = {
    "hour": "work_hour",
    "week": "work_week",
    "month": "work_month",
    "year": "work_year",
    "annual": "work_year",
}


def _money(kind: Field, stands: Stands, steps: Steps, around: Around) -> Ready | None:
    if not isinstance(kind, Money) or not _numeric(stands):
        return None
    keys, asks = {}, []
    currency = _beside(stands, around, "currenc", "ccy")
    if currency is None:
        keys["currency"] = kind.in_ or "EUR"
        asks.append("in which currency?")
    else:
        keys["currency"] = _long(currency)
    if kind.per is not None:
        period = _beside(stands, around, "period", "per", "frequenc", "interval")
        there = None if period is None else around.paths[(*around.base, *period)]
        known = {} if there is None or there.many else {
            each: unit for each in there.words for word, unit in _TIMES.items() if word in each.lower()
        }  # fmt: skip
        keys["per"] = _long(period, map=_map(known)) if period is not None and known else kind.per
        asks += [] if period is not None and known else ["for which time is it?"]
    if {"cents", "minor"} & set(words(str(stands.steps[-1]))):
        keys["minor"] = "true"
    return Ready(rule=_long(steps, **keys), asks=" ".join(asks))


def _quantity(kind: Field, stands: Stands, steps: Steps, around: Around) -> Ready | None:
    if not isinstance(kind, Quantity):
        return None
    if _only(stands, "quantity"):
        return Ready(rule=_long(steps, unit="text"))
    if not _numeric(stands):
        return None
    unit = _beside(stands, around, "unit", "uom")
    if unit is not None:
        return Ready(rule=_long(steps, unit=_long(unit)))
    tail = words(str(stands.steps[-1]))[-1:] if stands.steps else []
    named = tail[0] if tail and tail[0] in _UNITS else None
    return Ready(rule=_long(steps, unit=named or kind.unit), asks="" if named else "in which unit?")


_UNITS: Final = frozenset({"mm", "cm", "m", "km", "ft", "mg", "g", "kg", "lb", "oz", "ml", "l", "min"})
"""Units that names of fields end with, and that are no words."""

_MAKERS: Final[Mapping[str, _Maker]] = {
    "string": _scalar("text", "integer", "number", "boolean"),
    "text": _scalar("text", "integer", "number", "boolean"),
    "email": _scalar(forms=frozenset({"email"})),
    "url": _scalar(forms=frozenset({"url"})),
    "uuid": _scalar(forms=frozenset({"uuid"})),
    "duration": _scalar(forms=frozenset({"duration"})),
    "time": _scalar(forms=frozenset({"time of day"})),
    "integer": _scalar("integer"),
    "decimal": _scalar("integer", "number", forms=frozenset({"number in text"})),
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "enum": _enum,
    "country": _code,
    "currency": _code,
    "money": _money,
    "quantity": _quantity,
}
