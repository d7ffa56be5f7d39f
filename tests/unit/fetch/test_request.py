"""What is written into a request, character by character."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.errors import PermanentFetchError
from engine.expression import decode_number
from engine.fetch.exchange import Content, Prepared
from engine.fetch.place import Place, PlaceError
from engine.fetch.placing import put
from engine.fetch.request import prepare
from engine.fetch.writing import body_of, header_text, url_of
from tests.unit.fetch.serving import connector

BASE = "https://api.example.com/v1"


def made(keys: str, *, http: str = "", base: str = BASE, **scope: Any) -> Prepared:
    text = f"connector: made_up\nhttp: {{base_url: '{base}', {http}}}\nstreams:\n  things: {keys}\n"
    whole = connector(text)
    return prepare(whole.http, whole.stream("things"), {"config": {}, **scope})


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/things", BASE + "/things"),
        ("things", BASE + "/things"),
        ("https://evil.example/x", BASE + "/https://evil.example/x"),
        ("/a b/ü", BASE + "/a%20b/%C3%BC"),
        ("/already%20encoded", BASE + "/already%20encoded"),
        ("/of/${partition.id}", BASE + "/of/a%2Fb%3Fc%20d"),
        ("/number/${partition.n}", BASE + "/number/17"),
        ("${partition.id}", BASE + "/a%2Fb%3Fc%20d"),
    ],
)
def test_path_is_appended_and_what_is_spliced_in_is_encoded_whole(path: str, url: str) -> None:
    assert url_of(made(f"{{path: '{path}'}}", partition={"id": "a/b?c d", "n": 17})) == url


@pytest.mark.parametrize("value", ["", ".", "..", None, [], {}])
def test_what_would_change_the_shape_of_the_path_is_refused(value: Any) -> None:
    with pytest.raises(PermanentFetchError) as caught:
        made("{path: '/of/${partition.id}/parts'}", partition={"id": value})
    assert caught.value.code == "request"


@pytest.mark.parametrize(
    ("value", "query"),
    [
        ("plain", "?q=plain"),
        ("'a b&c=d+e'", "?q=a%20b%26c%3Dd%2Be"),
        ("[a, 2, true]", "?q=a&q=2&q=true"),
        ("1.50", "?q=1.50"),
        ("false", "?q=false"),
        ("'${page.number}'", "?q=3"),
        ("'${page.token}'", ""),
        ("'up to ${page.number}'", "?q=up%20to%203"),
        ("{raw: 'a=b&c'}", "?q=a=b&c"),
        ("{raw: 'x eq ${page.number}'}", "?q=x%20eq%203"),
        ("[]", ""),
        ("'$${literal}'", "?q=%24%7Bliteral%7D"),
    ],
)
def test_query_values(value: str, query: str) -> None:
    prepared = made(f"{{path: /x, query: {{q: {value}}}}}", page={"number": 3, "token": None})
    assert url_of(prepared) == BASE + "/x" + query


def test_null_inside_a_text_is_an_error() -> None:
    with pytest.raises(PermanentFetchError, match="null"):
        made("{path: /x, query: {q: 'from ${page.token}'}}", page={"token": None})


def test_bodies_keep_types_and_digits() -> None:
    keys = (
        "{path: /x, body: {json: {n: 1.50, id: '${page.number}', gone: '${page.token}', kept: null, l: [a]}}}"
    )
    body, content_type = body_of(made(keys, page={"number": 3, "token": None}).content)
    assert body == b'{"n":1.50,"id":3,"kept":null,"l":["a"]}'
    assert content_type == "application/json"


def test_forms_and_texts() -> None:
    body, content_type = body_of(made("{path: /x, body: {form: {a: 'b c', l: [1, 2]}}}").content)
    assert (body, content_type) == (b"a=b%20c&l=1&l=2", "application/x-www-form-urlencoded")
    body, content_type = body_of(made("{path: /x, body: {text: 'SELECT ü'}}").content)
    assert (body, content_type) == ("SELECT ü".encode(), "text/plain; charset=utf-8")


def test_a_number_with_an_exponent_is_written_as_a_number() -> None:
    body, _ = body_of(Content(kind="json", value=[decode_number("1e3"), Decimal("0.10")]))
    assert body == b"[1E+3,0.10]"


def test_headers_hold_one_line() -> None:
    assert header_text("X", " plain ") == "plain"
    for value in ("a\r\nX: b", "a\nb", "\x00", "€"):
        with pytest.raises(PermanentFetchError):
            header_text("X", value)


@pytest.mark.parametrize(
    ("text", "part", "name", "path"),
    [
        ("query.created[gte]", "query", "created[gte]", ()),
        ("query.filter.since", "query", "filter.since", ()),
        ("header.X-Api-Key", "header", "X-Api-Key", ()),
        ("body.params[1].since", "body", "params[1].since", ("params", 1, "since")),
        ("body.[0]", "body", "[0]", (0,)),
        ("url", "url", "", ()),
    ],
)
def test_places(text: str, part: str, name: str, path: tuple[str | int, ...]) -> None:
    place = Place.parse(text)
    assert (place.part, place.name, place.path) == (part, name, path)


@pytest.mark.parametrize(
    "text", ["", "query", "query.", "cookie.x", "header.a b", "body.", "body.a[x]", "body.a..b"]
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(PlaceError):
        Place.parse(text)


def test_values_are_put_in_their_places() -> None:
    start = Prepared(method="POST", url=BASE, content=Content(kind="json", value={"params": ["a", {}]}))
    done = put(start, Place.parse("query.page"), 2)
    done = put(done, Place.parse("header.X-Since"), "now")
    done = put(done, Place.parse("body.params[1].since"), 17)
    done = put(done, Place.parse("body.more.deep"), True)
    assert url_of(done) == BASE + "?page=2"
    assert done.headers == {"X-Since": "now"}
    assert body_of(done.content)[0] == b'{"params":["a",{"since":17}],"more":{"deep":true}}'
    assert url_of(put(done, Place.parse("query.page"), None)) == BASE
    assert put(done, Place.parse("header.x-since"), "then").headers == {"x-since": "then"}
    assert start.content == Content(kind="json", value={"params": ["a", {}]})


def test_a_link_takes_the_place_of_path_and_query_and_keeps_its_own() -> None:
    start = Prepared(method="GET", url=BASE, query={"limit": 10})
    linked = put(start, Place.parse("url"), BASE + "?cursor=x%2Fy&api_key=old")
    assert url_of(linked) == BASE + "?cursor=x%2Fy&api_key=old"
    assert url_of(put(linked, Place.parse("query.api_key"), "new")) == BASE + "?cursor=x%2Fy&api_key=new"


def test_a_list_in_a_body_is_never_made_longer() -> None:
    start = Prepared(method="POST", url=BASE, content=Content(kind="json", value={"l": []}))
    with pytest.raises(PermanentFetchError, match="no element 3"):
        put(start, Place.parse("body.l[3]"), 1)


def test_what_may_hold_secrets_shows_nothing_in_its_repr() -> None:
    prepared = made("{path: /x, query: {q: canary}}", http="headers: {X-Key: canary}")
    assert "canary" not in repr(prepared)
