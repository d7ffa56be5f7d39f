"""What is read of a body that came before is what would be read of it whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from engine.fetch.connector import Connector
from engine.fetch.pagination.cursor import Cursor
from engine.fetch.reading import Reader
from engine.fetch.skim import skimmer
from engine.spec.load import load
from tests.unit.fetch.streams import stream_of

ROOT = Path(__file__).parents[3]
PATHS = sorted((ROOT / "specs").rglob("*.yaml")) + sorted((ROOT / "engine/demo/project/specs").glob("*.yaml"))
WHOLE = """
path: /things
records: data.items
key: [code, {value: site, of: partition}]
version: {value: meta.changed, type: integer}
when: kind != 'robot'
deletes: {type: marker, when: "state == 'gone' && !starts_with(name.first, 'x')"}
pagination: {type: cursor, into: query.page, next: body.paging.next}
"""
BODY: dict[str, Any] = {
    "paging": {"next": "p2", "size": 2},
    "data": {
        "items": [
            {
                "code": 7,
                "kind": "human",
                "meta": {"changed": 3, "by": "x"},
                "name": {"first": "a"},
                "pay": 1.5,
            },
            {"code": "8", "kind": "robot", "state": "gone", "meta": None, "deep": [[[{}]]]},
            {"code": None, "state": "gone", "name": {"first": "y"}},
        ],
        "count": 3,
    },
    "note": "never read",
}


def body_of(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_what_a_stream_reads_is_the_same() -> None:
    """Keys, versions, fates, faults and where to go on; records hold nothing else, and have no hash."""
    reader, body, partition = Reader(stream_of(WHOLE)), body_of(BODY), {"site": "b"}
    known = {hashlib.sha256(body).digest()}
    skimmed, whole = reader.skim(body, partition, known), reader.examine(body, partition)
    assert skimmed is not None
    for name in (
        "verdict",
        "elements",
        "places",
        "keys",
        "versions",
        "fates",
        "faults",
        "unreadable_versions",
    ):
        assert getattr(skimmed, name) == getattr(whole, name), name
    assert skimmed.document["paging"] == BODY["paging"]
    assert "note" not in skimmed.document
    assert list(skimmed.records[0]) == ["code", "kind", "meta", "name"]
    assert (list(skimmed.hashes), skimmed.skimmed in known) == ([], True)


def test_a_body_that_is_not_known_is_read_whole() -> None:
    """One byte of difference is another body."""
    reader, body = Reader(stream_of(WHOLE)), body_of(BODY)
    assert reader.skim(body + b"\n", {}, {hashlib.sha256(body).digest()}) is None


@pytest.mark.parametrize(
    "body",
    [
        '{"data": {"items": []}}',
        '{"data": {"items": [null, {"code": 1}]}}',
        '{"data": {"items": [{"code": 1}, {"other": 2}]}}',
        '{"data": {"items": {"code": 1}}}',
        '{"data": {"items": [1]}}',
        '{"data": []}',
        '{"data": {}}',
        "[]",
        "not JSON",
        '{"data": {"items": [{"code": 1%s}]}}' % ("0" * 2000),
    ],
    ids=lambda body: body[:40],
)
def test_what_is_odd_is_read_whole(body: str) -> None:
    """Nothing is decided about it here."""
    known = {hashlib.sha256(body.encode()).digest()}
    assert Reader(stream_of(WHOLE)).skim(body.encode(), {}, known) is None


@pytest.mark.parametrize(
    ("before", "after", "skims"),
    [
        ("type: cursor", "type: cursor", True),
        ("data.items", '"data.items || `[]`"', True),
        ("data.items", '"if(data.count == `0`, `[]`, data.items)"', True),
        ("data.items", '"data.items[]"', False),
        ("data.items", '"data.items || data.others"', False),
        ("kind != 'robot'", "length(kind) > `1`", True),
        ("kind != 'robot'", "length(@) > `1`", False),
        ("kind != 'robot'", '"*.kind"', False),
        ("body.paging.next", "to_string(body.paging)", True),
        ("body.paging.next", '"body.data.items[-1].name.last"', True),
        ("body.paging.next", "\"body.data.items[?kind == 'human'] | [-1].code\"", True),
        ("body.paging.next", '"body.data.items[?@ == `{}`] | [-1].code"', False),
        ("body.paging.next", '"to_string(body.data.items)"', False),
        ("body.paging.next", "to_string(body)", False),
        ("body.paging.next", '"body.data == body.old"', False),
    ],
)
def test_who_looks_at_a_whole_record_never_skims(before: str, after: str, *, skims: bool) -> None:
    """What was left out would matter to it; where nothing does, both readings say the same."""
    assert before in WHOLE
    reader, body = Reader(stream_of(WHOLE.replace(before, after))), body_of(BODY)
    found, whole = reader.skim(body, {}, {hashlib.sha256(body).digest()}), reader.examine(body, {})
    assert (found is not None) == skims
    if found is not None:
        said = [(each.keys, each.versions, each.fates, each.faults) for each in (found, whole)]
        assert said[0] == said[1]
        follows = reader.stream.pagination
        assert isinstance(follows, Cursor)
        assert len({str(follows.next.search({"body": each.document})) for each in (found, whole)}) == 1


def test_a_patch_is_never_skimmed() -> None:
    """It says something new after another, though its bytes are the same."""
    assert (
        skimmer(
            stream_of("path: /t\nrecords: d\nkey: id\nversion: {value: v, type: integer}\npartial: true\n")
        )
        is None
    )


def test_shipped_streams_skim() -> None:
    """All but those that look for documents whose items do not end."""
    whole = []
    for path in PATHS:
        connector = load(Connector, path.name, path.read_text()).need()
        streams = [connector.stream(str(name)) for name in connector.streams]
        whole += [f"{path.stem}.{each.name}" for each in streams if skimmer(each) is None]
    assert whole == ["sap_odata.purchase_orders", "sap_odata.supplier_invoices"]
