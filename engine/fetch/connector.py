"""What is a remote system? The document ``specs/<connector>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from engine.fetch.http import Http
from engine.fetch.stream import Stream, StreamKeys, resolve
from engine.spec.component import Component, Path, component, field
from engine.spec.values import Name


@component()
class ConfigKey(Component):
    """One thing that an installation of the connector has to say, or may."""

    type: Literal["string", "integer", "boolean", "date", "timestamp", "duration", "list", "enum"] = field(
        "What the value is.", default="string"
    )
    values: Mapping[str, str] | tuple[str, ...] | None = field(
        "With ``enum``: the choices, or what each choice stands for.",
        default=None,
        examples=({"sandbox": "https://sandbox.example.com"},),
    )
    default: Any = field("What stands where nothing is said.", default=None)
    required: bool = field("Whether it has to be said; never where there is a default.", default=True)
    description: str | None = field("What it is for.", default=None, meta=True)

    def problems(self) -> list[tuple[Path, str, str]]:
        """An enum names its choices, and only an enum has any."""
        found: list[tuple[Path, str, str]] = []
        if self.type == "enum" and not self.values:
            found.append(((), "missing-key", "an enum needs 'values'"))
        if self.type != "enum" and self.values is not None:
            found.append((("values",), "wrong-combination", "'values' goes with 'type: enum' only"))
        if (
            self.type == "enum"
            and self.values
            and self.default is not None
            and self.default not in self.values
        ):
            found.append((("default",), "unknown-name", f"{self.default!r} is none of the values"))
        return found


@component()
class SecretKey(Component):
    """One secret that an installation of the connector has to hand over, or may."""

    description: str | None = field("What it is, and where one gets it.", default=None, meta=True)
    required: bool = field("Whether every installation has to hand it over.", default=True)


@component()
class Connector(Component):
    """A remote system: how it is spoken to, and which kinds of record it has."""

    reserved: ClassVar[Mapping[str, str]] = {"extends": "'extends' is not built yet"}

    connector: Name = field("Its name: that of the file.", examples=("bamboohr",))
    title: str | None = field("Its name for people.", default=None, meta=True)
    description: str | None = field("What it reaches.", default=None, meta=True)
    config: Mapping[Name, ConfigKey] = field("What each installation says.", default={})
    secrets: Mapping[Name, SecretKey] = field("What each installation keeps to itself.", default={})
    http: Http = field("How it is spoken to.")
    defaults: StreamKeys | None = field("What every stream starts from.", default=None)
    streams: Mapping[Name, StreamKeys] = field("Kinds of record, by name.", minProperties=1)

    def stream(self, name: str) -> Stream:
        """One stream with the defaults applied; ``KeyError`` where there is none of that name."""
        return resolve(name, self.streams[Name(name)], self.defaults, self.http.errors)
