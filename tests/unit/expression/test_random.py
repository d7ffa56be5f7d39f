"""Do both forms give what an independent evaluation gives, for expressions that nobody chose?"""

from __future__ import annotations

import json
import random
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jmespath

from engine.expression import EvaluationError, Expression, decode_number, fuse
from tests.unit.expression.drawn import Drawer, json_of, text_of
from tests.unit.expression.plain import Failed, evaluate

FAILED = object()


def same(left: Any, right: Any) -> bool:
    """Equal, with the same kinds throughout: true is not 1."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Decimal):
        left = Fraction(left)
    return bool(left == right) and not (isinstance(left, str) ^ isinstance(right, str))


def both_forms(expression: Expression, documents: list[Any]) -> list[Any]:
    """What the closures give for each document, after the generated form was seen to agree."""
    fused = fuse([expression])
    results = []
    for document in documents:
        found: list[Any] = []
        for generated in (True, False):
            try:
                found.append(fused.values(document)[0] if generated else expression.search(document))
            except EvaluationError:
                found.append(FAILED)
        assert same(found[0], found[1]), (expression.text, document, found)
        results.append(found[1])
    return results


def test_100000_pairs_agree_with_the_library() -> None:
    """Integers only: the same value, and expression-error where the library raises anything."""
    drawer = Drawer(draw=random.Random(20261123))
    pairs = values = failures = 0
    while pairs < 100_000:
        text = text_of(drawer.tree())
        theirs = jmespath.compile(text)
        documents = [drawer.record() for _ in range(40)]
        for document, ours in zip(documents, both_forms(Expression.parse(text), documents), strict=True):
            try:
                expected = theirs.search(document)
            except Exception:  # noqa: BLE001 # the library lets bare TypeErrors out
                expected = FAILED
            assert same(ours, expected), (text, document, ours, expected)
            pairs += 1
            failures += expected is FAILED
            values += expected is not FAILED and expected is not None
    print(f"{pairs} pairs, {values} with a value, {failures} that fail in both")
    assert values > pairs // 4
    assert failures > pairs // 50


def test_20000_pairs_with_decimals_agree_with_the_plain_interpreter() -> None:
    """Decimals in documents and literals, arithmetic included: exact, or 34 digits half-even."""
    drawer = Drawer(draw=random.Random(34), decimals=True)
    pairs = decimals = 0
    while pairs < 20_000:
        tree = drawer.calculation() if drawer.draw.random() < 0.4 else drawer.tree()
        expression = Expression.parse(text_of(tree))
        drawn = [drawer.record() for _ in range(20)]
        documents = [json.loads(json_of(each), parse_float=decode_number) for each in drawn]
        for document, ours in zip(drawn, both_forms(expression, documents), strict=True):
            try:
                expected = evaluate(tree, document)
            except Failed:
                expected = FAILED
            assert same(ours, expected), (expression.text, json_of(document), ours, expected)
            pairs += 1
            decimals += isinstance(ours, Decimal)
    print(f"{pairs} pairs, {decimals} of them decimals")
    assert decimals > pairs // 50


def test_the_generated_form_serves_what_it_should() -> None:
    """Objects without surprises are served by generated code, not by the closures behind it."""
    drawer = Drawer(draw=random.Random(5))
    served = asked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(300):
            fused = fuse([Expression.parse(text_of(drawer.tree()))])
            for _ in range(10):
                document = {key: drawer.document() for key in ("a", "b", "c")}
                asked += 1
                try:
                    fused._fast(document)
                except Exception:  # noqa: BLE001, S112 # counted by not counting
                    continue
                served += 1
    assert served > asked * 0.6
