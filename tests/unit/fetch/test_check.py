"""What ``validate`` finds in a connector beyond its form, and where it points."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import SettingsError
from engine.expression import Expression
from engine.fetch.check import CODES, check_connector
from engine.fetch.connector import ConfigKey, Connector
from engine.fetch.install import by_type, configured, origins_of, require_secrets
from engine.fetch.reads import reads
from engine.fetch.receive import links_of
from engine.fetch.secrets import Secret
from engine.spec.load import load
from tests.unit.fetch.serving import connector

SOUND = """\
connector: made_up
config:
  region: {type: enum, values: [eu, us], default: eu}
secrets:
  key: {description: A key.}
http:
  base_url: https://${config.region}.example.com
  origins: [https://login.example.com]
  headers: {X-Region: "${config.region}"}
  auth: {type: api_key, send: {header.X-Key: "${secret.key}"}}
streams:
  things:
    path: /things
    records: items
    key: id
    pagination: {type: cursor, next: body.next, into: query.after}
    errors:
      - {when: status == `404`, then: skip}
  parts:
    path: /things/${partition.thing}/parts
    query: {since: "${window.start}", page: "${page.number}", shown: "${join(',', partition.all[].x)}"}
    for_each: {stream: things, value: id, as: thing, when: kind == 'x'}
    records: items
    key: [{value: thing, of: partition}, id]
    incremental: {cursor: changed, start: "${config.region}", zone: Europe/Berlin}
"""


def problems(text: str) -> list[str]:
    document = load(Connector, "specs/made_up.yaml", text)
    assert not document.problems, document.problems
    return [f"{each.line}:{each.column} {each.code}: {each.message}" for each in check_connector(document)]


def test_a_sound_connector_has_no_problem() -> None:
    assert problems(SOUND.replace("partition.all[].x", "partition.thing")) == []


@pytest.mark.parametrize(
    ("sound", "broken", "found"),
    [
        (
            "${config.region}.ex",
            "${config.regoin}.ex",
            "7:30 unknown-name: there is no 'config.regoin'; did you mean",
        ),
        ("secret.key", "secret.kay", "10:56 unknown-name: there is no 'secret.kay'; did you mean 'key'?"),
        ("partition.thing}/", "partition.thign}/", "20:31 unknown-name: there is no 'partition.thign'"),
        (
            "page.number",
            "page.nummer",
            "21:53 unknown-name: there is no 'page.nummer'; did you mean 'number'?",
        ),
        (
            "page.number",
            "pages.number",
            "21:48 unknown-name: there is no 'pages' in the scope; did you mean 'page'?",
        ),
        (
            "status == ",
            "stauts == ",
            "18:16 unknown-name: there is no 'stauts' in the scope; did you mean 'status'?",
        ),
        (
            "next: body.next",
            "next: secret.key",
            "16:38 secret-not-here: a secret may stand only in what is sent",
        ),
        (
            "stream: things,",
            "stream: thinks,",
            "22:24 unknown-stream: there is no stream 'thinks'; did you mean",
        ),
        (
            '"${window.start}"',
            "now",
            "25:5 missing-key: nothing tells the source where to start",
        ),
        (
            "cursor: changed, ",
            "cursor: changed, window: 30d, ",
            "25:5 missing-key: a window has to end",
        ),
        ("X-Region:", "Host:", "9:13 wrong-header: 'Host' is a header that the client sets itself"),
        ("X-Region:", "X Region:", "9:13 wrong-header: 'X Region' cannot be the name of a header"),
        ("https://login", "login", "8:13 wrong-origin: 'login.example.com' is no place to ask"),
        ("Europe/Berlin", "Europe/Berlim", "25:69 wrong-zone: there is no time zone 'Europe/Berlim'"),
        ("    key: id\n    pag", "    pag", "12:3 missing-key: stream 'things' needs 'key'"),
        (
            "/things\n",
            "/things/${partition.x}\n",
            "13:21 unknown-name: there is no 'partition' without 'for_each'",
        ),
    ],
)
def test_what_is_broken_is_pointed_at(sound: str, broken: str, found: str) -> None:
    text = SOUND.replace("partition.all[].x", "partition.thing")
    assert sound in text
    messages = problems(text.replace(sound, broken, 1))
    assert len(messages) == 1
    assert messages[0].startswith(found)
    assert messages[0].split()[1].rstrip(":") in CODES


@pytest.mark.parametrize(
    ("incremental", "found"),
    [
        ("{cursor: at, from: {into: query.since}}", []),
        ("{type: integer, cursor: at, window: 100, from: {into: query.since}}", []),
        ("{type: token, next: body.delta, from: {into: query.token}}", []),
        ("{from: {into: query.since}}", ["missing-key"]),
        ("{type: token, cursor: at}", ["missing-key"]),
        ("{cursor: at, next: body.x}", ["wrong-combination"]),
        ("{cursor: at, window: 30}", ["wrong-type"]),
        ("{type: integer, cursor: at, lookback: 10m}", ["wrong-type"]),
        ("{type: string, cursor: at, window: 10}", ["wrong-combination"]),
        ("{cursor: at, format: parts, from: {into: query.since, format: rfc3339}}", []),
        ("{cursor: at, format: parts, from: {into: query.since}}", ["wrong-time-format"]),
        ("{cursor: at, until: {into: query.until, format: parts}}", ["wrong-time-format"]),
        ("{cursor: at, format: iso_duration}", ["wrong-time-format"]),
    ],
)
def test_what_goes_with_which_cursor(incremental: str, found: list[str]) -> None:
    text = f"""
connector: made_up
http: {{base_url: https://a.example}}
streams: {{things: {{path: /, records: "@", key: id, incremental: {incremental}}}}}
"""
    document = load(Connector, "specs/made_up.yaml", text)
    assert sorted(each.code for each in document.problems) == found


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("2015-01-01", []),
        ("2015-01-01T00:00:00Z", []),
        ("-30d", []),
        ("${config.since}", []),
        ("2015-13-01", ["6:63 incremental-start"]),
        ("yesterday", ["6:63 incremental-start"]),
        ("2015", ["6:63 incremental-start"]),
    ],
)
def test_a_start_that_is_no_time_is_found_before_the_first_run(start: str, found: list[str]) -> None:
    text = f"""
connector: made_up
config: {{since: {{type: date}}}}
http: {{base_url: https://a.example}}
streams: {{things: {{path: /, records: "@", key: id,
  incremental: {{cursor: at, from: {{into: query.since}}, start: "{start}"}}}}}}
"""
    document = load(Connector, "specs/made_up.yaml", text)
    problems = [*document.problems, *check_connector(document)]
    assert [f"{each.line}:{each.column} {each.code}" for each in problems] == found


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("config.a", {("config", "a")}),
        ("config.a.b[0].c", {("config", "a")}),
        ("config", {("config", None)}),
        ("body.items[?config.a].b", {("body", "items")}),
        ("body | secret.key", {("body", None)}),
        ("@.config.a", {("config", "a")}),
        ("join(',', [config.a, secret.b])", {("config", "a"), ("secret", "b")}),
        ("sort_by(body, &secret)", {("body", None)}),
        ("{x: config.a, y: `1`}", {("config", "a")}),
        ("!(config.a) && page.size > `3`", {("config", "a"), ("page", "size")}),
    ],
)
def test_names_that_an_expression_reads(expression: str, names: set[tuple[str, str | None]]) -> None:
    assert reads(Expression.parse(expression)) == names


INSTALLED = """
connector: made_up
config:
  url: {type: enum, values: {live: https://a.example, test: https://b.example}, default: live}
  since: {type: date}
  size: {type: integer, default: 10}
  note: {required: false}
secrets: {key: {}, spare: {required: false}}
http: {base_url: "${config.url}"}
streams: {things: {path: /, records: "@", key: id}}
"""


def test_config_comes_with_defaults_and_what_choices_stand_for() -> None:
    made = configured(connector(INSTALLED), {"since": "2026-01-01"}, source="s")
    assert made == {"url": "https://a.example", "since": "2026-01-01", "size": 10, "note": None}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "17", 17),
        ("integer", " 17 ", 17),
        ("integer", "1.5", "1.5"),
        ("integer", "", ""),
        ("boolean", "true", True),
        ("boolean", "no", "no"),
        ("list", "eu, us,", ["eu", "us"]),
        ("string", "017", "017"),
        ("string", "true", "true"),
        ("date", "2026-01-01", "2026-01-01"),
    ],
)
def test_what_the_environment_says_is_read_by_the_type_of_its_key(kind: Any, text: str, value: Any) -> None:
    """What is none of its type stays text, and is refused as such; text stays text whatever it looks like."""
    made = by_type(ConfigKey(type=kind), text)
    assert (type(made), made) == (type(value), value)


def test_everything_wrong_with_config_and_secrets_is_said_at_once() -> None:
    given = {"url": "staging", "size": "ten", "sinse": "x"}
    with pytest.raises(SettingsError) as caught:
        configured(connector(INSTALLED), given, source="s")
    assert str(caught.value).splitlines() == [
        "s: config.sinse is not of this connector; did you mean 'since'?",
        "s: config.url is 'staging', none of live, test",
        "s: config.since is missing",
        "s: config.size is 'ten', not of type integer",
    ]
    with pytest.raises(SettingsError) as caught:
        require_secrets(connector(INSTALLED), {"kay": Secret("x")}, source="s")
    assert str(caught.value).splitlines() == [
        "s: secrets.kay is not of this connector; did you mean 'key'?",
        "s: secrets.key is missing",
    ]


@pytest.mark.parametrize(
    ("header", "links"),
    [
        (None, {}),
        ("", {}),
        ('</a?p=2>; rel="next"', {"next": {"url": "/a?p=2"}}),
        ('</a>; rel=next; results="true", </b>; rel="prev last"', None),
        ('<a,b;c>; title="x, y; \\"z\\""; rel=next', {"next": {"url": "a,b;c", "title": 'x, y; "z"'}}),
        ("</a>; rel=next, </b>; rel=next", {"next": {"url": "/a"}}),
        ('garbage, </a>; rel="next', {"next": {"url": "/a"}}),
    ],
)
def test_link_headers(header: str | None, links: dict[str, dict[str, str]] | None) -> None:
    if links is None:
        links = {"next": {"url": "/a", "results": "true"}, "prev": {"url": "/b"}, "last": {"url": "/b"}}
    assert links_of(header) == links


def test_where_an_installed_connector_wants_to_send_requests() -> None:
    """With config and secrets spliced in: what the operator allows where ``egress`` says nothing."""
    made = connector(
        "connector: x\nsecrets: {host: {}}\nstreams: {s: {path: /, records: '@', key: id}}\n"
        "http: {base_url: 'https://${secret.host}.example/v1/', origins: ['${config.login}']}\n"
    )
    found = origins_of(made, {"login": "https://login.example"}, {"host": Secret("acme")})
    assert found == ("https://acme.example/v1", "https://login.example")
