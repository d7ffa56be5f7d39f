"""What does a project say about itself? The document ``syncline.yaml``, and the settings it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from engine.review.verdict import BLOCK
from engine.settings import Reference, ReferenceProblem, Schedule, Settings, SourceSettings
from engine.spec.component import Component, Path, component, field
from engine.spec.values import Duration, Name, ValueProblem

FILE = "syncline.yaml"

CODES = {
    "conflicting-keys": "Two keys exclude one another, or one has no meaning without another.",
    "wrong-cron": "A text is no cron line: minute, hour, day, month, weekday.",
    "wrong-reference": "A secret stands in the file itself: say where it is, env:NAME or file:PATH.",
    "wrong-url": "A text is no URL of the kind that is needed here.",
}


class DatabaseUrl(str):
    """``postgresql://…``, or ``env:NAME`` where the environment holds it."""

    __slots__ = ()
    format: ClassVar[str] = "database-url"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL of PostgreSQL, or a reference to one."""
        if text.startswith("env:"):
            Reference.parse(text)
        elif urlsplit(text).scheme not in {"postgresql", "postgres"}:
            raise ValueProblem("a database is postgresql://… or env:NAME", code="wrong-url")
        return cls(text)


class OriginUrl(str):
    """Scheme, host and port: ``https://api.example.com``."""

    __slots__ = ()
    format: ClassVar[str] = "origin"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an origin, with nothing after it."""
        if text.startswith("env:"):
            Reference.parse(text)
        elif not re.fullmatch(r"https?://(?:\[[0-9a-fA-F:.]+\]|[^/\s:@?#\[\]]+)(?::[0-9]{1,5})?/?", text):
            said = f"{text!r} is no origin: write scheme and host, as https://api.example.com"
            raise ValueProblem(said, code="wrong-url")
        return cls(text)


class RawStore(str):
    """Where responses are kept: ``database``."""

    __slots__ = ()
    format: ClassVar[str] = "raw-store"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Only ``database`` is built."""
        if text == "database":
            return cls(text)
        scheme = text.partition(":")[0]
        if scheme in {"s3", "gs", "file"}:
            raise ValueProblem(
                f"a raw store in '{scheme}:' is not built yet: write database", code="not-built"
            )
        raise ValueProblem(f"{text!r} is no raw store: write database", code="wrong-value")


_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")


class Cron(str):
    """Minute, hour, day, month, weekday, in UTC."""

    __slots__ = ()
    format: ClassVar[str] = "cron"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read five fields of numbers, ``*``, ranges, steps and lists."""
        fields = text.split()
        if len(fields) != len(_CRON_RANGES):
            said = "a cron line has five fields: minute, hour, day, month, weekday"
            raise ValueProblem(said, code="wrong-cron")
        for each, (least, most) in zip(fields, _CRON_RANGES, strict=True):
            for part in each.split(","):
                found = _CRON_PART.fullmatch(part)
                numbers = [int(number) for number in found.groups()[:2] if number] if found else []
                if found is None or any(not least <= number <= most for number in numbers):
                    said = f"{part!r} is not a number from {least} to {most}, *, a range or a step"
                    raise ValueProblem(said, code="wrong-cron", offset=text.index(each))
        return cls(text)


@component()
class StreamSchedule(Component):
    """One stream that is to be synced."""

    every: Duration | None = field("How often.", default=None, examples=("5m",))
    cron: Cron | None = field("Or when: minute, hour, day, month, weekday (UTC).", default=None)

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """One schedule, and no turning back of time."""
        yield from schedule_problems(self.every, self.cron)


@component()
class Source(Component):
    """One installed connector; one connector can be installed many times."""

    connector: Name = field("The connector: a file in specs/, of the project or the catalogue.")
    config: Mapping[Name, Any] = field(
        "What the connector asks for; env:NAME reads the environment, by the type of the key.",
        default={},
        examples=({"subdomain": "acme"},),
    )
    secrets: Mapping[Name, Reference] = field(
        "Where its secrets are: env:NAME or file:PATH.",
        default={},
        examples=({"api_key": "env:BAMBOOHR_KEY"},),
    )
    every: Duration | None = field("How often it is synced.", default=None, examples=("15m",))
    cron: Cron | None = field(
        "Or when: minute, hour, day, month, weekday (UTC).", default=None, examples=("0 6 * * 1-5",)
    )
    streams: Mapping[Name, StreamSchedule] | None = field(
        "The streams to sync; left out: all that a mapping reads, and the parents those need.", default=None
    )

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """One schedule; references that can be."""
        yield from schedule_problems(self.every, self.cron)
        for key, value in self.config.items():
            if isinstance(value, str) and value.startswith("env:"):
                try:
                    Reference.parse(value)
                except ReferenceProblem as problem:
                    yield ("config", key), problem.code, f"{value!r} does not name a variable"


@component()
class Egress(Component):
    """The operator's word on where requests may go; a spec cannot widen it."""

    allow: tuple[OriginUrl, ...] | None = field(
        "Origins; left out: those of the installed connectors, public addresses only.",
        default=None,
        examples=(["https://api.bamboohr.com"],),
    )


@component()
class Review(Component):
    """What of a change asks for somebody's approval."""

    block: tuple[
        Literal["BREAKING", "RISKY", "fills", "alters", "loses", "errors", "regroups", "unmeasured"], ...
    ] = field(
        "Contracts and effects, as a plan names them, that need a line in approvals.yaml.",
        default=BLOCK,
        uniqueItems=True,
    )


@component()
class ProjectFile(Component):
    """A project: its sources, its database and where its requests may go."""

    project: Name = field("Its name.", examples=("acme",))
    database: DatabaseUrl | None = field(
        "A PostgreSQL; left out: an embedded one under .syncline/.",
        default=None,
        examples=("env:DATABASE_URL",),
    )
    raw_store: RawStore = field("Where responses are kept.", default=RawStore("database"))
    sources: Mapping[Name, Source] = field("Installed connectors by the name of the source.", default={})
    egress: Egress | None = field("Where requests may go.", default=None)
    review: Review = field("What of a change asks for an approval.", default=Review())


def schedule_problems(every: Duration | None, cron: Cron | None) -> Iterable[tuple[Path, str, str]]:
    """Either ``every`` or ``cron``."""
    if every is not None and cron is not None:
        yield ("cron",), "conflicting-keys", "either every or cron"
    if every is not None and every.seconds <= 0:
        yield ("every",), "out-of-range", f"{every.text} is no time to wait"


def settings_of(project: ProjectFile, directory: FilePath) -> Settings:
    """What the operator said, frozen; references are read when they are needed."""
    allow = None if project.egress is None else project.egress.allow
    return Settings(
        project=project.project,
        directory=directory,
        database=_reference(project.database),
        sources={name: _source(name, each) for name, each in project.sources.items()},
        egress=None if allow is None else tuple(map(_reference, allow)),
    )


def _source(name: str, source: Source) -> SourceSettings:
    streams = source.streams
    return SourceSettings(
        name=name,
        connector=source.connector,
        config={key: _reference(value) for key, value in source.config.items()},
        secrets={str(key): each for key, each in source.secrets.items()},
        schedule=_schedule(source.every, source.cron),
        streams=None
        if streams is None
        else {each: _schedule(said.every, said.cron) for each, said in streams.items()},
    )


def _schedule(every: Duration | None, cron: Cron | None) -> Schedule | None:
    if every is None and cron is None:
        return None
    return Schedule(every=None if every is None else every.seconds, cron=cron)


def _reference(value: Any) -> Any:
    """``env:NAME`` anywhere in this file is read from the environment; other values stand."""
    return Reference.parse(value) if isinstance(value, str) and value.startswith("env:") else value
