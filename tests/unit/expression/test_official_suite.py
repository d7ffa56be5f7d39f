"""
Does every case of the official JMESPath suite hold, in the generated and in the exact form?

The suite is not part of this repository: it is read from the folder that ``JMESPATH_SUITE`` names,
else from ``../shared/data/jmespath-compliance`` beside the checkout.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.expression import Expression, decode_number, fuse

NAMED = os.environ.get("JMESPATH_SUITE")
BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "jmespath-compliance"
FOLDER = Path(NAMED) if NAMED else BESIDE
FILES = sorted(FOLDER.glob("*.json"))

Case = tuple[str, Any, dict[str, Any]]


def cases() -> Iterator[Case]:
    """File, document and case, benchmarks left out: they have no result."""
    for file in FILES:
        for group in json.loads(file.read_text("utf-8"), parse_float=decode_number):
            for case in group["cases"]:
                if "bench" not in case:
                    yield file.stem, group["given"], case


def same(left: Any, right: Any) -> bool:
    """Equal in value; true is not 1."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def failure(case: Case, evaluate: Callable[[Expression, Any], Any]) -> str | None:
    """What is wrong with one case; None where it holds."""
    name, document, wanted = case
    try:
        found = evaluate(Expression.parse(wanted["expression"]), document)
    except ValueError as error:
        return None if "error" in wanted else f"{name}: {wanted['expression']}: {error}"
    if "error" in wanted:
        return f"{name}: {wanted['expression']}: {found!r}, and {wanted['error']} was wanted"
    if same(found, wanted["result"]):
        return None
    return f"{name}: {wanted['expression']}: {found!r}, not {wanted['result']!r}"


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Print even where the test passes: this is part of what a run must report."""
    with capsys.disabled():
        print(f"\nJMESPath suite: {text}")


def test_every_case_holds_in_both_forms(capsys: pytest.CaptureFixture[str]) -> None:
    """Each case gives its result, or its error, by closures and by generated code; none by the library."""
    assert FILES or not NAMED, f"JMESPATH_SUITE names {NAMED}, where no *.json lies"
    if not FILES:
        say(capsys, f"NOT RUN: none in {FOLDER}, and JMESPATH_SUITE names no other folder")
        return
    served: Counter[str] = Counter()

    def generated(expression: Expression, document: Any) -> Any:
        fused = fuse([expression])
        try:
            found = fused._fast(document)
        except Exception:  # noqa: BLE001 # counted: the exact form serves it
            served["closures"] += 1
            found = fused.exact(document)
        else:
            served["generated code"] += 1
        return found[0]

    exact = [failure(case, Expression.search) for case in cases()]
    fast = [failure(case, generated) for case in cases()]
    assert [each for each in exact + fast if each] == []
    say(
        capsys,
        f"{len(exact)} cases pass in both forms; of those that are evaluated {served['generated code']}"
        f" were served by generated code, {served['closures']} by closures, 0 by the library",
    )
    assert len(exact) > 800
