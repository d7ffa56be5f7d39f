"""What does the operator say? Where the database is, what is installed, where requests may go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from engine.errors import SettingsError

_ELSEWHERE = {
    "aws-sm": "AWS Secrets Manager",
    "aws-ssm": "AWS Systems Manager",
    "vault": "Vault",
}


class ReferenceProblem(ValueError):
    """A text that refers to nothing."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code
        self.offset = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a value is to be found when it is needed: ``env:NAME`` or ``file:PATH``."""

    format: ClassVar[str] = "reference"

    kind: Literal["env", "file"]
    name: str
    """The variable, or the path; a relative one counts from the project."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference; a secret itself is never written in a file."""
        kind, colon, name = text.partition(":")
        if kind in _ELSEWHERE and colon:
            raise ReferenceProblem(f"secrets in {_ELSEWHERE[kind]} are not built yet", code="not-built")
        if kind == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            return cls(kind="env", name=name)
        if kind == "file" and name:
            return cls(kind="file", name=name)
        # The text may be a secret: it is not repeated.
        raise ReferenceProblem(
            "a secret is not written here: say where it is, env:NAME or file:PATH", code="wrong-reference"
        )

    def read(self, environment: Mapping[str, str], directory: Path) -> str:
        """The value; raises SettingsError where there is none."""
        if self.kind == "env":
            value = environment.get(self.name)
            if not value:
                raise SettingsError(f"the environment has no {self.name}, which syncline.yaml names")
            return value
        try:
            return (directory / self.name).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise SettingsError(f"{self.name}, which syncline.yaml names, cannot be read: {reason}") from None

    def meaning(self) -> str:
        """Stand for this reference in a fingerprint."""
        return str(self)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often: every so many seconds, or by a cron line (UTC)."""

    every: Decimal | None = None
    cron: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One installed connector."""

    name: str
    connector: str
    config: Mapping[str, Any]
    """As written; ``Reference`` where a value comes from the environment."""
    secrets: Mapping[str, Reference]
    schedule: Schedule | None = None
    streams: Mapping[str, Schedule | None] | None = None
    """The streams to sync, with a schedule of their own; None: all that a mapping reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the operator says, frozen."""

    project: str
    directory: Path
    """Where ``syncline.yaml`` stands."""
    database: str | Reference | None = None
    """A URL; None: the embedded PostgreSQL under ``.syncline``."""
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    egress: tuple[str | Reference, ...] | None = None
    """Origins that may be asked; None: those that the connectors declare, public addresses only."""

    def database_url(self, environment: Mapping[str, str]) -> str | None:
        """The database's URL; None: embedded. Raises SettingsError."""
        url = self._read(self.database, environment)
        return None if url is None else str(url)

    def origins(self, environment: Mapping[str, str]) -> tuple[str, ...] | None:
        """Origins that may be asked, as in ``egress``. Raises SettingsError."""
        if self.egress is None:
            return None
        return tuple(str(self._read(each, environment)) for each in self.egress)

    def config(self, source: str, environment: Mapping[str, str]) -> dict[str, Any]:
        """A source's configuration with the environment's values in it. Raises SettingsError."""
        return {key: self._read(value, environment) for key, value in self.sources[source].config.items()}

    def secrets(self, source: str, environment: Mapping[str, str]) -> dict[str, str]:
        """A source's secrets by name. Raises SettingsError."""
        known = self.sources[source].secrets
        return {name: each.read(environment, self.directory) for name, each in known.items()}

    def _read(self, value: Any, environment: Mapping[str, str]) -> Any:
        return value.read(environment, self.directory) if isinstance(value, Reference) else value
