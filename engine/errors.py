"""
What can go wrong, sorted by what to do next.

    SynclineError
    ├── SpecError                 fix the files: every problem is inside
    ├── SettingsError             fix the environment, the command or syncline.yaml's operator part
    ├── FetchError                a source did not give what it should
    │   ├── TransientFetchError   try again later, nothing to fix here
    │   ├── PermanentFetchError   this stream stops until somebody changes something
    │   ├── AuthenticationError   fix the secret
    │   └── CircuitOpenError      the source is failing: come back when the breaker closes
    ├── StoreError                the database did not do what it should
    │   ├── StoreUnavailable      it cannot be reached, or went away: try again
    │   ├── StoreOutOfDate        migrate it, or change the contract in an additive way
    │   └── LeaseLost             another worker holds the stream now: this one writes nothing more
    └── Interrupted               somebody asked to stop: what was committed is kept, the next run goes on

Faults in *data* are values, not exceptions: ``Problem`` for files, ``records.Rejection`` for records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file, at one place, with a stable kebab-case code."""

    file: str
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    code: str
    message: str
    severity: Literal["error", "warning"] = "error"
    """A warning is valid and cannot be meant: it stops nothing."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]"


class SynclineError(Exception):
    """Any fault that the engine names itself; its text is fit for a person."""

    code = "error"


class SpecError(SynclineError):
    """Files that cannot be used; holds every problem found in them."""

    code = "spec"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class SettingsError(SynclineError):
    """The environment, the command line or the operator's part of ``syncline.yaml`` is wrong."""

    code = "settings"


class FetchError(SynclineError):
    """A source did not give what it should; ``code`` says what happened."""

    def __init__(self, message: str, *, code: str = "fetch", after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.after = after
        """Seconds until another try makes sense, where the source or the breaker said so."""


class TransientFetchError(FetchError):
    """Try again later: time-outs, 5xx, 429, cut connections, a retry budget that is used up."""


class PermanentFetchError(FetchError):
    """Trying again changes nothing: the answer, the spec or the operator's egress forbids it."""


class AuthenticationError(FetchError):
    """The source refuses the credentials."""


class CircuitOpenError(FetchError):
    """The breaker of this origin is open: nothing was sent."""


class StoreError(SynclineError):
    """The database refused; ``code`` says what."""

    def __init__(self, message: str, *, code: str = "store") -> None:
        super().__init__(message)
        self.code = code


class StoreUnavailable(StoreError):
    """The database cannot be reached, or went away in the middle."""


class StoreOutOfDate(StoreError):
    """The tables do not fit what the files say."""


class LeaseLost(StoreError):
    """The stream's lease has a higher epoch: nothing was written, nothing more may be."""


class Interrupted(SynclineError):
    """Somebody asked to stop; the batch in hand was finished."""

    code = "interrupted"
