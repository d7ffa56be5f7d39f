"""Where requests may go, whatever a spec, a name server or a server says."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from engine.errors import FetchError, PermanentFetchError, TransientFetchError
from engine.fetch.egress import Egress, Origin, is_public
from tests.unit.fetch.serving import Server, client_of, said

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 # an address to refuse
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "ff02::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_outside_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "2130706433", "0x7f.1", "127.1", "017700000001"],
)
def test_what_the_operator_did_not_list_is_not_dialled(server: Server, host: str) -> None:
    """A connector may declare it; in whatever form the address is written."""
    url = f"http://{host}:{server.port}"
    with pytest.raises(FetchError) as caught:
        client_of(url, egress=Egress(declared=[url]), more="retry: {attempts: 1}").ask()
    assert caught.value.code in {"egress", "resolve-failed"}
    assert not server.seen


def test_what_the_operator_listed_is_dialled(server: Server) -> None:
    server.reply = lambda _: said()
    assert client_of(server.url, egress=Egress(listed=[server.url])).ask().answer.status == 200


def test_a_name_that_leads_inside_is_refused(server: Server) -> None:
    """Even if only one of its addresses does."""
    url = f"http://api.example.test:{server.port}"
    egress = Egress(declared=[url], resolve=lambda *_: ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(PermanentFetchError, match="not a public address"):
        client_of(url, egress=egress).ask()
    assert not server.seen


def test_a_second_look_up_cannot_lead_elsewhere(server: Server) -> None:
    """The address that was checked is dialled: the name is asked for once per connection."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    url = f"http://api.example.test:{server.port}"
    server.reply = lambda _: said()
    client_of(url, egress=Egress(listed=[url], resolve=resolve)).ask()
    assert len(asked) == 1
    assert len(server.seen) == 1


def test_a_spec_cannot_widen_what_the_operator_allows(server: Server) -> None:
    egress = Egress(listed=["https://api.example.com"], declared=[server.url])
    with pytest.raises(PermanentFetchError, match=r"egress\.allow"):
        client_of(server.url, egress=egress).ask()
    assert not server.seen


def test_a_name_that_nobody_knows_is_worth_another_try() -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    egress = Egress(declared=["https://gone.example.test"], resolve=unknown)
    with pytest.raises(TransientFetchError) as caught:
        client_of("https://gone.example.test", egress=egress).ask()
    assert caught.value.code == "resolve-failed"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://API.example.com/v1", "https://api.example.com"),
        ("https://api.example.com:443/", "https://api.example.com"),
        ("http://api.example.com:8080/x?y#z", "http://api.example.com:8080"),
        ("https://api.example.com./", "https://api.example.com"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
    ],
)
def test_origins_are_compared_as_they_are_sent(url: str, origin: str) -> None:
    assert str(Origin.of(url)) == origin


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com",
        "/relative",
        "//example.com/x",
        "https://",
        "https://user:pw@example.com",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_place_to_ask_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Origin.of(url)
