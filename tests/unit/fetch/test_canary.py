"""A secret that somebody could find again is planted in every auth type; nobody may find it."""

from __future__ import annotations

import base64
import io
import json
import random
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from engine import telemetry
from engine.errors import FetchError
from engine.fetch.auth import Authenticator
from engine.fetch.egress import Egress
from engine.fetch.secrets import MASK, Masker, Secret
from engine.spec.component import family
from tests.unit.fetch.serving import Seen, Server, client_of, said, serving

CANARY = 'cAnary-7/é+"&\\x ö='

AUTHS = {
    "none": "none",
    "basic": '{type: basic, username: admin, password: "${secret.key}"}',
    "bearer": '{type: bearer, token: "${base64(secret.key)}"}',
    "api_key": (
        '{type: api_key, send: {header.X-Api-Key: "${url_encode(secret.key)}", query.k: "${secret.key}"}}'
    ),
    "oauth2_client_credentials": (
        "{type: oauth2_client_credentials, token_url: URL/token, client_id: app, client_secret: "
        '"${secret.key}", parameters: {again: "${secret.key}"}}'
    ),
}


def forms_of(secret: str) -> Iterator[str]:
    """Ways in which somebody could still read it; written without the masker's own code."""
    yield secret
    yield quote(secret, safe="")
    yield quote(secret).lower()
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield base64.b64encode(secret.encode()).decode()[:-4]
    for front in ("admin:", "a", "ab"):
        whole = base64.b64encode((front + secret).encode()).decode()
        yield whole[len(base64.b64encode(front.encode())) : -4]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, down to DEBUG."""
    stream = io.StringIO()
    telemetry.configure(debug=True, stream=stream)
    yield stream
    structlog.reset_defaults()
    telemetry.configure()


def echo(request: Seen) -> bytes:
    """A server that repeats all it was told, in body and headers."""
    if request.target == "/token":
        return said({"access_token": CANARY, "scope": "all"})
    told = json.dumps({"you said": request.everything, "in short": CANARY})
    return said(told, status=200, X_Echo=quote(CANARY), Link=f'</x?k={quote(CANARY)}>; rel="next"')


def fail(request: Seen) -> bytes:
    return said({"error": request.everything}, status=500)


def deny(request: Seen) -> bytes:
    return said({"error": CANARY, "error_description": request.everything}, status=401)


def redirect(request: Seen) -> bytes:
    return said(status=302, Location=f"http://elsewhere.example/?k={quote(CANARY)}&{quote(request.target)}")


def break_off(request: Seen) -> bytes:
    return said(request.everything, length=100_000)


def garble(request: Seen) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + request.headers.get("authorization", CANARY).encode("utf-8") + b"\r\n\r\n"


@pytest.mark.parametrize("reply", [echo, fail, deny, redirect, break_off, garble])
@pytest.mark.parametrize("auth", AUTHS)
def test_canary_is_found_nowhere(
    server: Server, log: io.StringIO, auth: str, reply: Callable[[Seen], bytes]
) -> None:
    """Not in errors, tracebacks, logs, shown requests, answers or the repr of anything."""
    server.reply = reply
    asking = client_of(
        server.url,
        auth=AUTHS[auth].replace("URL", server.url),
        secrets={"key": CANARY},
        more="retry: {attempts: 2}",
    )
    found: list[str] = []
    try:
        judged = asking.ask()
        again = asking.client.prepare(asking.stream, {})
        found += [repr(judged), judged.answer.body.decode("utf-8", "replace"), repr(again)]
        found += [json.dumps(judged.answer.request, ensure_ascii=False), str(judged.answer.url)]
        found += [repr(dict(judged.answer.headers)), repr(judged.answer.links)]
    except FetchError as error:
        found += [str(error), repr(error), "".join(traceback.format_exception(error))]
        telemetry.logger("fetch").exception("failed", error=error)
    found += [repr(asking.client), repr(vars(asking.client)), log.getvalue()]
    assert log.getvalue()
    for form in forms_of(CANARY):
        for text in found:
            assert form not in text
    if auth != "none":
        sent = "".join(each.everything for each in server.seen)
        assert any(form in sent for form in (*forms_of(CANARY), quote(quote(CANARY, safe="")), _basic_pair()))


def _basic_pair() -> str:
    return base64.b64encode(f"admin:{CANARY}".encode()).decode()


@pytest.mark.parametrize("auth", AUTHS)
def test_credentials_do_not_follow_a_redirect(server: Server, auth: str) -> None:
    """Not to another host, another port or another scheme, and not in a header of their own either."""
    with serving() as elsewhere:

        def reply(request: Seen) -> bytes:
            if request.target == "/token":
                return said({"access_token": CANARY})
            return said(status=307, Location=f"http://localhost:{elsewhere.port}{request.target}")

        server.reply = reply
        given = AUTHS[auth].replace("URL", server.url)
        listed = Egress(listed=[server.url, f"http://localhost:{elsewhere.port}"])
        judged = client_of(server.url, auth=given, secrets={"key": CANARY}, egress=listed).ask()
        assert judged.answer.status == 307
        assert not elsewhere.seen


def test_every_auth_type_has_a_canary() -> None:
    assert set(AUTHS) == set(family(Authenticator))


def test_nothing_of_a_token_answer_is_logged(server: Server, log: io.StringIO) -> None:
    """The token was made by the other side, so nobody could know it before."""
    server.reply = lambda request: (
        said({"access_token": "tok-quite-new", "expires_in": 60}, X_Token="tok-quite-new")
        if request.target == "/token"
        else said({"you sent": request.headers["authorization"]})
    )
    auth = AUTHS["oauth2_client_credentials"].replace("URL", server.url)
    asking = client_of(server.url, auth=auth, secrets={"key": "hush-hush"})
    judged = asking.ask()
    assert "tok-quite-new" not in log.getvalue() + repr(judged)
    assert judged.answer.altered == 1


def test_a_secret_shows_nothing() -> None:
    secret = Secret(CANARY)
    assert [repr(secret), str(secret), f"{secret}", f"{secret!r:>5}"] == [MASK, MASK, MASK, "  ***"]
    assert secret.reveal() == CANARY


def test_masking_leaves_other_values_as_they_are() -> None:
    masker = Masker(["secret-1"])
    tree: Any = {"a": [1, True, None, "plain"], "b": {"c": 1.5}}
    assert masker.tree(tree) == tree
    assert masker.tree({"secret-1": ["x secret-1 y", b"secret-1"]}) == {MASK: ["x *** y", b"***"]}
    body = b"nothing to hide"
    assert masker.bytes(body) == (body, False)


def test_short_texts_are_not_looked_for() -> None:
    """A password ``test`` would mask half of the word latest in every body."""
    assert Masker(["x", "test"]).bytes(b"xxx latest") == (b"xxx latest", False)


def test_what_looks_like_base64_by_chance_is_left_alone() -> None:
    """Only so much of a secret's base64 counts as cannot come up by chance in a large body."""
    chance = random.Random(7)
    body = base64.b64encode(chance.randbytes(3_000_000))
    assert Masker(["secret", "hush-7", "longer-one"]).bytes(body) == (body, False)
