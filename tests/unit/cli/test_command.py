"""What exit codes say, and that an error is one message."""

from __future__ import annotations

import json

import pytest

from engine.cli.command import carry_out, code_of
from engine.cli.terminal import Terminal
from engine.errors import (
    AuthenticationError,
    CircuitOpenError,
    Interrupted,
    LeaseLost,
    PermanentFetchError,
    Problem,
    SettingsError,
    SpecError,
    StoreError,
    StoreOutOfDate,
    StoreUnavailable,
    SynclineError,
    TransientFetchError,
)
from engine.telemetry import configure

PROBLEM = Problem("specs/a.yaml", 3, 7, "unknown-key", "'pth' is not a key [here]")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SpecError([PROBLEM]), 2),
        (SettingsError("x"), 2),
        (TransientFetchError("x"), 3),
        (PermanentFetchError("x"), 3),
        (AuthenticationError("x"), 3),
        (CircuitOpenError("x"), 3),
        (LeaseLost("x"), 3),
        (StoreError("x", code="held"), 3),
        (StoreError("x"), 4),
        (StoreUnavailable("x"), 4),
        (StoreOutOfDate("x"), 4),
        (Interrupted("x"), 130),
    ],
)
def test_each_error_has_the_exit_code_that_says_what_to_do(error: SynclineError, code: int) -> None:
    assert code_of(error) == code


def _fails(error: BaseException, *, as_json: bool = False, debug: bool = False) -> int:
    def body() -> int:
        raise error

    return carry_out(Terminal(as_json=as_json, debug=debug), body)


def test_an_error_is_one_message_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets in it are no markup."""
    assert _fails(StoreError("the table [x] is gone")) == 4
    assert capsys.readouterr() == ("", "the table [x] is gone\n")


def test_problems_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert _fails(SpecError([PROBLEM])) == 2
    assert capsys.readouterr() == ("", "specs/a.yaml:3:7: 'pth' is not a key [here] [unknown-key]\n")


def test_programs_get_the_error_as_their_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert _fails(SpecError([PROBLEM]), as_json=True) == 2
    (said,) = json.loads(capsys.readouterr().out)["error"]["problems"]
    assert said == {
        "file": "specs/a.yaml",
        "line": 3,
        "column": 7,
        "severity": "error",
        "code": "unknown-key",
        "message": "'pth' is not a key [here]",
    }


def test_debug_shows_where_it_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert _fails(SettingsError("no such thing"), debug=True) == 2
    finally:
        configure()
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert _fails(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "interrupted\n"
