"""Does text from a file ever become code? 3,000 expressions that try, and source that must not pass."""

from __future__ import annotations

import ast
import builtins
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.expression import EvaluationError, Expression, ExpressionError, fuse
from engine.expression.allowlist import SourceError, build, check_source

BITS = (
    *("'", '"', "\\", "\n", "\r", "\t", "\x00", "\u2028", "\u00e9", "\U0001f600", "`", "{", "}", "#", ";"),
    *(")", "]", "%s", "{0}", "$" + "{x}", '"""', "'''", "\\x27", "\\N{DIGIT ONE}", "\\", "def f(): pass"),
    *("import os", "class", "None", "v1", "r", "EMPTY", "Surprise", "__class__", "__globals__", "lambda: 0"),
    *(
        '__import__("os").system("touch pwned")',
        "open('pwned', 'w')",
        "().__class__.__base__",
        "exec",
        "eval",
    ),
    *(".get", "'); raise SystemExit; ('", '"]; import os; ["', "\n    return 1\n", "\\\n", "f'{1}'"),
)
FORBIDDEN = (
    *("exec", "eval", "open", "compile", "__import__", "input", "breakpoint"),
    *("print", "getattr", "setattr", "globals", "vars"),
)


def hostile(draw: random.Random) -> tuple[str, Any]:
    """An expression made of hostile names and literals, and a document that answers to them."""
    names = ["".join(draw.choices(BITS, k=draw.randint(1, 5))) for _ in range(3)]
    one, two, three = map(json.dumps, names)
    literal = "`" + json.dumps(names[2]).replace("`", "\\`") + "`"
    raw = "'" + names[0].replace("\\", "\\\\").replace("'", "\\'") + "'"
    text = draw.choice(
        (
            f"{one}.{two}",
            f"{one}[?{two} == {literal}].{three} | [0]",
            f"{{{one}: {two}, {three}: {one}}}",
            f"join({raw}, [{two}, {literal}])",
            f"{one} || {literal}",
            f"sort_by({one}, &{two})[-1].{three}",
            f"if({one} == {raw}, {two}, {literal})",
            f"replace({two}, {raw}, {literal})",
            "".join(draw.choices(BITS, k=draw.randint(1, 6))),
        )
    )
    document = {names[0]: [{names[1]: names[2], names[2]: "v"}], names[1]: "x", names[2]: "y"}
    return text, document


def test_3000_hostile_expressions_execute_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing, compiling and running them touches no file and no builtin; both forms agree."""
    monkeypatch.chdir(tmp_path)
    touched: list[str] = []
    sources: list[str] = []
    cases = [hostile(random.Random(seed)) for seed in range(3000)]
    parsed = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in {
            "open",
            "os.system",
            "subprocess.Popen",
            "import",
            "os.exec",
            "socket.connect",
        }:
            touched.append(f"{event} {arguments!r}")

    watching = False
    sys.addaudithook(watch)
    for text, document in cases:
        watching = True
        try:
            expression = Expression.parse(text)
            fused = fuse([expression])
            results: list[Any] = []
            for generated in (True, False):
                try:
                    results.append(fused.values(document)[0] if generated else expression.search(document))
                except EvaluationError:
                    results.append("failed")
        except ExpressionError:
            continue
        finally:
            watching = False
        assert results[0] == results[1], text
        sources.append(fused.source)
        parsed += 1
    assert touched == []
    assert list(tmp_path.iterdir()) == []
    assert parsed > 2000
    names = {
        node.id for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)
    }
    assert not names & {*FORBIDDEN}
    assert {name for name in names if hasattr(builtins, name)} <= {
        "bool",
        "dict",
        "int",
        "len",
        "list",
        "str",
        "type",
    }


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "x1 = __import__",
        "x1 = ().__class__",
        "x1 = v1.format",
        "x1 = open",
        "class x1: pass",
        "x1 = [v1 for v1 in v2]",
        "x1 = (yield)",
        "global x1",
        "del x1",
        "with v1: pass",
        "assert v1",
        "x1 = v1 ** v2",
        "@v1\ndef f1(): pass",
        "def f1() -> v1: pass",
        "async def f1(): pass",
        "x1 = (v1 := 1)",
    ],
)
def test_source_beyond_the_list_is_refused(source: str) -> None:
    """What a generator never writes is refused before anything is compiled."""
    with pytest.raises(SourceError):
        check_source(source, frozenset({"v1", "v2"}))


def test_generated_code_runs_without_builtins() -> None:
    """Even a name that passed the check finds no builtin."""
    made = build("def f1():\n    return v1\n", {}, "f1")
    with pytest.raises(NameError):
        made()


def test_nothing_is_warned_about() -> None:
    """Python finds nothing odd in generated source, such as a comparison with a literal by identity."""
    text = "`null`[0] || 'a'[0] || `1` == `1` || !'a' || `[1]`[?@ == `true`] || !(`1` > '') || 'a'.b"
    code = f"from engine.expression import Expression, fuse; fuse([Expression.parse({text!r})])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=environment)
