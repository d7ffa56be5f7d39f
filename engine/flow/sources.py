"""How is an installed connector reached? Its client, its streams and their readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Interrupted
from engine.fetch.client import Client
from engine.fetch.connector import Connector
from engine.fetch.egress import Egress
from engine.fetch.gate import Gate
from engine.fetch.incremental import Windows
from engine.fetch.install import by_type, configured, origins_of
from engine.fetch.reading import Reader
from engine.fetch.secrets import Secret
from engine.fetch.sender import Sender
from engine.fetch.stream import Stream
from engine.fetch.tries import Surroundings
from engine.fetch.walk import Walk
from engine.flow.check import Project
from engine.settings import Reference, Settings

_SLICE = 0.1
"""Seconds after which a wait looks up."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(slots=True, kw_only=True)
class Source:
    """One installed connector; its client is made when something is first to be sent."""

    name: str
    connector: Connector
    settings: Settings
    environment: Mapping[str, str]
    gate: Gate
    readers: dict[str, Reader] = field(default_factory=dict)
    stopping: Callable[[], bool] = never
    """Whether somebody asked to stop: a wait for the source then ends at once."""
    _client: Client | None = None

    def stream(self, name: str) -> Stream:
        """One of its streams, with the connector's defaults applied."""
        return self.connector.stream(name)

    def reader(self, name: str) -> Reader:
        """What reads a stream's responses."""
        if name not in self.readers:
            self.readers[name] = Reader(self.stream(name))
        return self.readers[name]

    def windows(self, name: str) -> Windows | None:
        """What plans a stream's windows; None where it is not incremental."""
        incremental = self.stream(name).incremental
        return None if incremental is None else Windows(incremental)

    def walk(self, name: str, *, sender: Sender | None = None, known: Collection[bytes] = ()) -> Walk:
        """
        The walks of a stream: by its client, or page by page by who stands in for it.

        ``known``: SHA-256 of bodies that came before, and need not be read whole.
        """
        return Walk(
            sender or self.client,
            self.reader(name),
            self.windows(name),
            retried=self.connector.http.retry.statuses,
            flights=1 if sender else self.connector.http.concurrency,
            known=known,
        )

    @property
    def config(self) -> dict[str, Any]:
        """What the project says for it; what stands in the environment is read by the type of its key."""
        said = self.settings.sources[self.name].config
        read = self.settings.config(self.name, self.environment)
        known = {str(name): key for name, key in self.connector.config.items()}
        return {
            name: by_type(known[name], value)
            if isinstance(said[name], Reference) and name in known
            else value
            for name, value in read.items()
        }

    @property
    def client(self) -> Client:
        """What sends its requests; raises ``SettingsError`` where config or secrets are missing."""
        if self._client is None:
            config = self.config
            texts = self.settings.secrets(self.name, self.environment)
            secrets = {name: Secret(text) for name, text in texts.items()}
            known = configured(self.connector, config, source=self.name)
            self._client = Client(
                source=self.name,
                connector=self.connector,
                config=config,
                secrets=secrets,
                egress=Egress(
                    listed=self.settings.origins(self.environment),
                    declared=origins_of(self.connector, known, secrets),
                ),
                gate=self.gate,
                world=Surroundings(sleep=self._wait),
            )
        return self._client

    def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _wait(self, seconds: float) -> None:
        """Sleep, unless somebody asks to stop meanwhile: raises ``Interrupted`` then."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.stopping():
                raise Interrupted("stopped while the source had us wait: the next run goes on from there")
            time.sleep(min(left, _SLICE))


def sources_of(project: Project, environment: Mapping[str, str], gate: Gate) -> dict[str, Source]:
    """Every source of a project by its name; ``gate``: what all of them ask before they send."""
    return {
        name: Source(
            name=name,
            connector=project.connector(name),
            settings=project.settings,
            environment=environment,
            gate=gate,
        )
        for name in project.settings.sources
    }
