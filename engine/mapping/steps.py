"""What happens to a value between a record and a column? The steps of one rule, compiled, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.mapping.misfit import Misfit
from engine.mapping.readings import Reading, Sources
from engine.mapping.types import Field

Inputs = Sequence[Any]
"""What the readings beside the value gave, in their order: unit or per, currency, zone; then ``beside``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done to a value that is not null; it may give null, and may raise ``Misfit``."""

    key: str
    """The rule's key that asks for it; ``type`` for the contract's."""
    run: Callable[[Any, Inputs], Any]
    says: Callable[[Any, Inputs], str] | None = None
    """What it does to this value, for people."""
    meaning: Any = None
    """What a fingerprint is taken over, beyond the rule's own text: derived constants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """One rule, ready to run: ``convert`` after ``value`` and ``inputs`` were read."""

    name: str
    """The entity's field."""
    place: str
    """``file:line`` of the rule."""
    type: Field
    value: Reading
    inputs: tuple[Reading, ...] = ()
    steps: tuple[Step, ...] = ()
    """The last one writes the columns."""
    default: tuple[str | None, ...]
    """The columns of ``default``; nulls without one."""
    has_default: bool = False
    required: bool = False
    omits: bool = False
    """``on_error: omit``."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """Digests of what the rule reads of tables, by the key that looks it up."""
    beside: str | None = None
    """The field whose column is read too, after ``inputs``: the day of a rate."""
    convert: Callable[..., tuple[str | None, ...]] = field(init=False, repr=False)
    """``convert(value, *inputs)``: PostgreSQL's text a column, None for null; raises ``Misfit``.

    A null value never looks at its inputs: they need not even be read.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "convert", _composed(tuple(step.run for step in self.steps), self.default))

    @property
    def leaves(self) -> tuple[Reading, ...]:
        """Every single thing that it reads: its value, part by part, and its inputs."""
        return (*self.value.leaves, *self.inputs)

    def read(self, sources: Sources, beside: str | None = None) -> tuple[str | None, ...]:
        """
        Read value and inputs, and convert; raises ``Misfit`` and ``EvaluationError``.

        ``beside``: the column of the field that the rule's ``beside`` names.
        """
        value = self.value.read(sources)
        if value is None:
            return self.default
        inputs = [each.read(sources) for each in self.inputs]
        return self.convert(value, *inputs) if self.beside is None else self.convert(value, *inputs, beside)

    def meaning(self) -> Any:
        """What a fingerprint is taken over, beside the meaning of the rule as written."""
        said = {
            "value": self.value.meaning(),
            "inputs": [[each.key, each.meaning()] for each in self.inputs],
            "steps": [[step.key, step.meaning] for step in self.steps],
        }
        return said | {"tables": dict(self.tables)} if self.tables else said


def _composed(
    runs: tuple[Callable[[Any, Inputs], Any], ...], default: tuple[str | None, ...]
) -> Callable[..., tuple[str | None, ...]]:
    if len(runs) == 1:
        only = runs[0]

        def convert_plain(value: Any, *inputs: Any) -> tuple[str | None, ...]:
            return default if value is None else only(value, inputs)

        return convert_plain

    def convert(value: Any, *inputs: Any) -> tuple[str | None, ...]:
        for run in runs:
            if value is None:
                return default
            value = run(value, inputs)
        return value  # type: ignore[no-any-return] # the last step gives columns

    return convert


FAULTS: Final = {
    "above-max": "A number is above max.",
    "below-min": "A number is below min.",
    "constraint-broken": "A constraint of the entity is false for what the record says.",
    "currency-missing": "An amount came without its currency.",
    "duration-out-of-range": "A duration is longer than an interval can hold.",
    "expression-error": "An expression has no value for this record.",
    "json-too-deep": "A json value nests deeper than 512 levels.",
    "key-missing": "The key of an element, or of the thing made, is null.",
    "key-too-long": "A key, or the value of an identity key, is longer than 1,000 bytes.",
    "key-twice": "Two elements of one record have the same key.",
    "lookup-miss": "A value is not in the column of the table that the rule looks it up in.",
    "map-miss": "A value is not in the rule's map.",
    "no-minor-unit": "A currency has no minor unit in ISO 4217, and the amount is said to count in it.",
    "not-a-boolean": "Neither true nor false.",
    "not-a-date": "Not a date, or not written as the rule says.",
    "not-a-duration": "Not a length of time as ISO 8601 has it, or a number without its unit.",
    "not-a-list": "A list was expected.",
    "not-a-number": "Neither a number nor text that is exactly one.",
    "not-a-quantity": "Not a number with its unit.",
    "not-a-time": "Not a time of day, or not written as the rule says.",
    "not-a-timestamp": "Not a time, or not written as the rule says.",
    "not-a-url": "Not an absolute address.",
    "not-a-uuid": "Not a UUID.",
    "not-an-email": "Not an e-mail address.",
    "not-an-integer": "A whole number was expected.",
    "not-in-enum": "Not one of the contract's words.",
    "number-out-of-range": "A number is beyond what its column can hold.",
    "patch-in-part": "A patch holds a part of what makes a value, as its currency, and not the rest.",
    "pattern-mismatch": "A text does not match the pattern that its field has.",
    "per-missing": "An amount came without the time that it is for.",
    "rate-date-missing": "An amount to be converted came without the day of its rate.",
    "rate-missing": "No rate of the day, nor of the days before that the contract allows.",
    "required": "A required field is null.",
    "text-nul": "Text holds U+0000, which PostgreSQL cannot store.",
    "text-surrogate": "Text holds half a character, a lone surrogate.",
    "time-ambiguous": "A local time that the clocks there showed twice.",
    "time-lost": "A time of day does not fit into a date.",
    "time-missing": "A date came where an instant was expected.",
    "time-nonexistent": "A local time that the clocks there skipped.",
    "time-out-of-range": "A time lies outside the years 1 to 9999.",
    "unit-missing": "A number came without its unit.",
    "unknown-country": "Not an alpha-2 code of ISO 3166-1.",
    "unknown-currency": "Not a code of ISO 4217.",
    "unknown-unit": "Not a unit, or not one of this dimension.",
    "wrong-type": "A list or an object where a single value was expected.",
    "zone-missing": "A time without an offset, and no zone.",
    "zone-unknown": "Not a zone of the IANA database.",
}
"""Every reason why a mapping refuses a record, by its code."""


def type_step(kind: Field, low: Any, high: Any, check: Callable[[Any], None] | None) -> Step:
    """Read as the contract's type, hold its limits (the contract's, then the rule's ``check``), write."""
    read, bound, write = kind.read, kind.bound, kind.write

    def plain(value: Any, _inputs: Inputs) -> Any:
        return write(read(value))

    def held(value: Any, _inputs: Inputs) -> Any:
        typed = read(value)
        bound(typed)
        if check is not None:
            check(typed)
        return write(typed)

    return Step(
        key="type", run=held if kind.bounded or check is not None else plain, meaning=[str(low), str(high)]
    )


def misfit_of(run: Callable[[], Any]) -> Misfit | None:
    """Give the reason why something does not fit; None where it does."""
    try:
        run()
    except Misfit as misfit:
        return misfit
    return None
