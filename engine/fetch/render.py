"""What does a template say in a scope? Single texts, and trees of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.expression import EvaluationError, Template, text_of
from engine.fetch.writing import refused


def expand(tree: Any, scope: Mapping[str, Any], where: str) -> Any:
    """A tree with its templates rendered; a name whose template is null is left out."""
    if isinstance(tree, Template):
        try:
            return tree.render(scope)
        except EvaluationError as error:
            raise refused(f"{where}: {error}") from None
    if isinstance(tree, Mapping):
        made = {}
        for name, each in tree.items():
            value = expand(each, scope, f"{where}.{name}")
            if value is not None or not isinstance(each, Template):
                made[name] = value
        return made
    if isinstance(tree, list | tuple):
        return [expand(each, scope, f"{where}[{index}]") for index, each in enumerate(tree)]
    return tree


def text(template: Template, scope: Mapping[str, Any], where: str) -> str:
    """A template that has to give a text."""
    try:
        return text_of(template.render(scope))
    except EvaluationError as error:
        raise refused(f"{where}: {error}") from None
