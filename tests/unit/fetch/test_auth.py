"""Runs ``tests/cases/auth``: what each authenticator asks for, sends, and refuses."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.errors import AuthenticationError, FetchError
from engine.fetch.check import check_connector
from engine.fetch.client import Client
from engine.fetch.connector import Connector
from engine.fetch.egress import Egress
from engine.fetch.gate import MemoryGate
from engine.fetch.secrets import Secret
from engine.fetch.tries import Surroundings
from engine.spec.load import load
from tests.unit.fetch.serving import Asking, Naps, Seen, Server, said

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(Path("tests/cases/auth").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text())
]


def asking(server: Server, case: dict[str, Any], world: Surroundings | None = None) -> Asking | list[str]:
    """A client with the case's auth, or the codes of what is wrong with it."""
    secrets = case.get("secrets", {})
    posts = {"method": "POST"} if "body" in case else {}
    document = load(
        Connector,
        "specs/made_up.yaml",
        yaml.safe_dump(
            {
                "connector": "made_up",
                "config": {"url": {"description": "Where it is."}},
                "secrets": {name: {"description": name} for name in secrets},
                "http": {"base_url": "${config.url}", "auth": case["auth"]},
                "streams": {"things": {"path": "/things", "records": "@", "key": "id", **posts}},
            }
        ),
    )
    problems = [*document.problems, *check_connector(document)]
    if problems:
        return [each.code for each in problems]
    assert document.value is not None
    world = world or Surroundings(sleep=lambda _: None, chance=lambda: 0.0)
    client = Client(
        source="made_up",
        connector=document.value,
        config={"url": server.url},
        secrets={name: Secret(value) for name, value in secrets.items()},
        egress=Egress(listed=[server.url]),
        gate=MemoryGate(clock=world.clock),
        world=world,
    )
    return Asking(client=client, stream=document.value.stream("things"))


@pytest.mark.parametrize("case", CASES)
def test_case(server: Server, case: dict[str, Any]) -> None:
    token = case.get("token", {})

    def reply(request: Seen) -> bytes:
        if request.target == "/token":
            return said(token["body"], status=token.get("status", 200))
        return said("[]")

    server.reply = reply
    made = asking(server, case)
    assert sorted(case.get("problems", [])) == sorted(made if isinstance(made, list) else [])
    if isinstance(made, list):
        return
    if "raises" in case:
        with pytest.raises(FetchError) as caught:
            made.ask()
        assert caught.value.code == case["raises"]
        assert case.get("says", "") in str(caught.value)
        assert not [each for each in case["secrets"].values() if each in str(caught.value)]
        assert len(server.seen) == case.get("tokens", len(server.seen))
        return
    made.ask()
    request = server.seen[-1]
    for name, value in case.get("sends", {}).items():
        assert request.headers[name] == value
    assert request.target == case.get("target", "/things")
    assert request.body.decode() == case.get("body", "")
    asked = {**server.seen[0].headers, "body": server.seen[0].body.decode()}
    assert case.get("asks", {}).items() <= asked.items()


OAUTH = {
    "auth": {
        "type": "oauth2_client_credentials",
        "token_url": "${config.url}/token",
        "client_id": "app",
        "client_secret": "${secret.client_secret}",
    },
    "secrets": {"client_secret": "hush-hush"},
}


class Issuer:
    """Hands out numbered tokens, of which only the newest is good."""

    def __init__(self, *, lifetime: int) -> None:
        self.lifetime = lifetime
        self.issued = 0
        self.good = True

    def __call__(self, request: Seen) -> bytes:
        if request.target == "/token":
            self.issued += 1
            return said({"access_token": f"token-{self.issued}", "expires_in": self.lifetime})
        good = self.good and request.headers["authorization"] == f"Bearer token-{self.issued}"
        return said("[]", status=200 if good else 401)


def test_token_is_kept_until_shortly_before_its_end(server: Server) -> None:
    issuer = server.reply = Issuer(lifetime=100)
    naps = Naps(taken=[])
    made = asking(server, OAUTH, Surroundings(sleep=naps.sleep, clock=naps.clock))
    assert isinstance(made, Asking)
    for time, issued in ((0, 1), (89, 1), (91, 2), (180, 2), (182, 3)):
        naps.time = time
        assert made.ask().answer.status == 200
        assert issuer.issued == issued


def test_refused_token_is_renewed_once(server: Server) -> None:
    issuer = server.reply = Issuer(lifetime=3600)
    made = asking(server, OAUTH)
    assert isinstance(made, Asking)
    made.ask()
    issuer.issued += 1  # somebody else asked, and ours went bad
    judged = made.ask()
    assert (judged.answer.status, judged.attempts, issuer.issued) == (200, 2, 3)
    issuer.good = False
    assert made.ask().judgement.then == "reauthenticate"
    assert issuer.issued == 4


def test_one_token_request_for_many_threads(server: Server) -> None:
    """However many find the token expired at once."""
    issuer = server.reply = Issuer(lifetime=3600)
    made = asking(server, OAUTH)
    assert isinstance(made, Asking)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(made.ask().answer.status)) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert statuses == [200] * 12
    assert issuer.issued == 1


def test_refused_credentials_are_not_tried_by_every_thread(server: Server) -> None:
    """Nor by the same one again, for a minute: no account is locked out."""
    server.reply = lambda _: said({"error": "invalid_client"}, status=401)
    naps = Naps(taken=[])
    made = asking(server, OAUTH, Surroundings(sleep=naps.sleep, clock=naps.clock))
    assert isinstance(made, Asking)
    errors: list[AuthenticationError] = []

    def ask() -> None:
        try:
            made.ask()
        except AuthenticationError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(errors), len(server.seen)) == (8, 1)
    naps.time = 61
    ask()
    assert (len(errors), len(server.seen)) == (9, 2)
