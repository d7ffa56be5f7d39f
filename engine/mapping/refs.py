"""How does what a rule reads become what a ref is found by? A key of several parts, or an identity value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.expression import FUNCTIONS
from engine.mapping.entity import Entity, IdentityKey
from engine.mapping.identity import identifier
from engine.mapping.keys import joined_key
from engine.mapping.rules import IdentityRef, Rule
from engine.mapping.steps import Step
from engine.mapping.types import Field
from engine.mapping.types.ref import Ref
from engine.spec.component import Path
from engine.spec.meaning import meaning
from engine.spec.say import near

Report = Callable[[Path, str, str, int], None]
"""Takes a problem: path below the rule, code, message, offset in the text there."""
Contracts = Mapping[str, Entity | None]
"""Every entity's contract by name; None for one that cannot be read."""


def ref_steps(rule: Rule, kind: Field, contracts: Contracts, report: Report) -> list[Step]:
    """The steps that make the text by which a ``ref`` is found; none for a stream's key of one part."""
    if isinstance(rule.ref, IdentityRef) and isinstance(kind, Ref):
        return _identity_steps(rule, rule.ref, kind, contracts, report)
    if isinstance(rule.value, tuple):
        return [Step(key="ref", run=lambda values, _inputs: joined_key(values))]
    return []


def _identity_steps(
    rule: Rule, ref: IdentityRef, kind: Ref, contracts: Contracts, report: Report
) -> list[Step]:
    if ref.entity not in contracts:
        said = f"there is no entity {str(ref.entity)!r}{near(ref.entity, contracts)}"
        report(("ref", "entity"), "entity-missing", said, 0)
        return []
    if ref.entity != kind.entity:
        said = f"the contract's field refers to {str(kind.entity)!r}, not to {str(ref.entity)!r}"
        report(("ref", "entity"), "wrong-rule", said, 0)
        return []
    contract = contracts[ref.entity]
    if contract is None:
        report(("ref",), "wrong-contract", f"the contract of {str(ref.entity)!r} cannot be read", 0)
        return []
    names = [str(each.name) for each in contract.identity]
    if ref.by not in names:
        known = near(ref.by, names) if names else ": it has none"
        said = f"{str(ref.entity)!r} has no identity key {ref.by!r}{known}"
        report(("ref", "by"), "unknown-identity", said, 0)
        return []
    key = contract.identity[names.index(ref.by)]
    given = len(rule.key_parts) or 1
    if given != len(key.on):
        wanted = key.on[0] if len(key.on) == 1 else f"[{', '.join(key.on)}]"
        said = f"identity key {ref.by!r} is made of {', '.join(key.on)}: give what stands there as {wanted}"
        report(("value",) if rule.value is not None else ("constant",), "key-parts", said, 0)
        return []
    return [_found_by(key, contract)]


def _found_by(key: IdentityKey, contract: Entity) -> Step:
    """Each part is read as the key's field is, then normalised as the key is: equal to what records say."""
    kinds = [contract.types[name] for name in key.on]
    made = identifier(key, key.on.index)

    def run(value: Any, _inputs: Any) -> str | None:
        values = value if isinstance(value, tuple) else (value,)
        return made.value([kind.write(kind.read(each))[0] for kind, each in zip(kinds, values, strict=True)])

    return Step(
        key="ref",
        run=run,
        says=lambda _value, _inputs: f"as identity key {key.name}",
        meaning=[
            meaning(key),
            [meaning(kind) for kind in kinds],
            [FUNCTIONS[name].version for name in key.normalise],
        ],
    )
