"""
How is a request sent, and sent again, until there is an answer? One client for each source.

The only retry layer there is. Every try asks the gate (breaker, rate limits), carries credentials
to the origin that they belong to and nowhere else, and has one deadline. Redirects are answers: they
are never followed.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self

from engine.errors import FetchError, PermanentFetchError, SettingsError
from engine.fetch import grant
from engine.fetch.auth import Token, TokenAuthenticator
from engine.fetch.connector import Connector
from engine.fetch.dial import Dialler
from engine.fetch.egress import Egress, Origin
from engine.fetch.exchange import Judged, Prepared, Request
from engine.fetch.gate import Gate
from engine.fetch.inflate import ACCEPTED
from engine.fetch.install import configured, require_secrets
from engine.fetch.place import Place
from engine.fetch.placing import put
from engine.fetch.request import base_of, prepare
from engine.fetch.scope import sending
from engine.fetch.secrets import MASK, Masker, Secret
from engine.fetch.shown import shown
from engine.fetch.stream import Stream
from engine.fetch.tokens import Held, Tokens
from engine.fetch.tries import Judge, Surroundings, Tries
from engine.fetch.writing import body_of, header_text, url_of
from engine.telemetry import mask_with

_HEADERS = {"User-Agent": "syncline", "Accept": "*/*", "Accept-Encoding": ACCEPTED}


class Client:
    """Speaks to one source; safe to share between threads."""

    def __init__(
        self,
        *,
        source: str,
        connector: Connector,
        config: Mapping[str, Any],
        secrets: Mapping[str, Secret],
        egress: Egress,
        gate: Gate,
        world: Surroundings | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """``SettingsError`` where config or secrets are not what the connector wants."""
        require_secrets(connector, secrets, source=source)
        world = world or Surroundings()
        self.config = configured(connector, config, source=source)
        """As expressions read it."""
        self.masker = Masker(each.reveal() for each in secrets.values())
        mask_with(self.masker.tree)
        self._http = connector.http
        self._secrets = dict(secrets)
        self._home = self._origin(source)
        self._dialler = Dialler(
            egress, connections=self._http.concurrency, ssl_context=ssl_context, clock=world.clock
        )
        self._tries = Tries(
            self._http,
            source=source,
            credential=tuple(each.reveal() for each in secrets.values()),
            dialler=self._dialler,
            gate=gate,
            masker=self.masker,
            world=world,
        )
        auth = self._http.auth
        self._grant = auth if isinstance(auth, TokenAuthenticator) else None
        self._tokens = None if self._grant is None else Tokens(self._token, clock=world.clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._dialler.close()

    @property
    def first_date(self) -> dt.datetime | None:
        """The ``Date`` of this client's first answer, a login's included."""
        return self._tries.first_date

    @property
    def gate_name(self) -> str:
        """What the gate knows the API's origin with these credentials by."""
        return self._tries.name(self._home)

    @property
    def renews(self) -> bool:
        """Whether a 401 is worth a second try with another token."""
        return self._tokens is not None

    def prepare(self, stream: Stream, scope: Mapping[str, Any]) -> Prepared:
        """
        The request of a stream in a scope, without paging, windows and credentials; raises as ``send``.
        """
        with self._masked():
            held = None if self._tokens is None else self._tokens.current()
            return prepare(self._http, stream, self._sending(scope, held))

    def send(self, prepared: Prepared, *, judge: Judge) -> Judged:
        """
        Send a request of the API until there is an answer that is not worth another try.

        Raises ``TransientFetchError`` where there is no answer at all, ``CircuitOpenError``,
        ``AuthenticationError`` where no token is to be had, ``PermanentFetchError`` where it may not
        or cannot be sent. All texts are masked.
        """
        with self._masked():
            origin = Origin.of(prepared.url)
            if origin != self._home:
                raise PermanentFetchError(
                    f"nothing was sent to {origin}: the credentials are for {self._home}",
                    code="foreign-origin",
                )
            return self._authorized(prepared, judge)

    def show(self, prepared: Prepared) -> Mapping[str, Any]:
        """What people may see of a request that is not sent: ``{method, url, headers, body}``."""
        with self._masked():
            held = None if self._tokens is None else self._tokens.current()
            return self._with_credentials(prepared, held).shown

    @contextmanager
    def _masked(self) -> Iterator[None]:
        """What is raised inside is raised again without secrets, and without what led to it."""
        try:
            yield
        except FetchError as error:
            raise type(error)(self.masker.text(str(error)), code=error.code, after=error.after) from None
        except ValueError as error:
            message = self.masker.text(f"the request cannot be sent: {error}")
            raise PermanentFetchError(message, code="request") from None

    def _origin(self, source: str) -> Origin:
        """Where the API lives: the origin that the credentials are for."""
        try:
            return Origin.of(base_of(self._http, self._sending({})))
        except (FetchError, ValueError) as error:
            message = self.masker.text(f"{source}: base_url is no place to ask: {error}")
            raise SettingsError(message) from None

    def _authorized(self, prepared: Prepared, judge: Judge) -> Judged:
        held = None if self._tokens is None else self._tokens.current()
        judged = self._tries.settle(self._with_credentials(prepared, held), judge)
        if judged.judgement.then != "reauthenticate" or self._tokens is None or held is None:
            return judged
        again = self._tries.settle(self._with_credentials(prepared, self._tokens.renew(held)), judge)
        return replace(again, attempts=judged.attempts + again.attempts)

    def _sending(self, scope: Mapping[str, Any], held: Held | None = None) -> dict[str, Any]:
        token = None if held is None else held.token.value
        return sending({**scope, "config": self.config}, self._secrets, token)

    def _with_credentials(self, prepared: Prepared, held: Held | None) -> Request:
        credentials = self._http.auth.credentials(self._sending({}, held))
        for place, value in credentials.items():
            if place.lower() == "header.authorization":
                self.masker.add(str(value).rpartition(" ")[2])
            prepared = put(prepared, Place.parse(place), value)
        return self._written(prepared, hidden=frozenset(credentials))

    def _written(self, prepared: Prepared, *, hidden: frozenset[str]) -> Request:
        """On the wire; ``hidden`` places are shown as ``***``, whatever stands there."""
        body, content_type = body_of(prepared.content)
        headers = {name: header_text(name, value) for name, value in prepared.headers.items()}
        given = {name.lower() for name in headers}
        if content_type is not None and "content-type" not in given:
            headers["Content-Type"] = content_type
        headers |= {name: value for name, value in _HEADERS.items() if name.lower() not in given}
        return Request(
            method=prepared.method,
            url=url_of(prepared),
            headers=headers,
            body=body,
            shown=shown(prepared, headers, hidden=hidden, masker=self.masker),
        )

    def _token(self) -> Token:
        """Ask for a token; what comes back is never kept, shown or logged."""
        assert self._grant is not None  # noqa: S101 # only called where there are tokens
        request = self._written(self._grant.token_request(self._sending({})), hidden=frozenset())
        request = replace(request, shown={**request.shown, "body": MASK})
        judged = self._tries.settle(request, grant.judge_of(self._http.retry), cap=grant.LARGEST)
        token = grant.token_of(self._grant, judged)
        self.masker.add(*token.hidden)
        return token
