"""An entity's shape as it is kept in ``syncline.entity``: JSON there and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed, FieldShape, Over, Preference, Unique
from engine.store.database import Connection


def dumps(shape: EntityShape, *, wide: bool) -> dict[str, Any]:
    """The shape as a JSON object; ``wide`` says whether contributions carry values by now."""
    return {
        "name": shape.name,
        "wide": wide,
        "fields": [
            {
                "name": field.name,
                "bit": field.bit,
                "columns": [list(column) for column in field.columns],
                "type": field.type,
                "pii": field.pii,
                "refers_to": field.refers_to,
                "words": list(field.words),
                "awaited": field.awaited,
            }
            for field in shape.fields
        ],
        "identity": list(shape.identity),
        "preferences": [
            {
                "mask": each.mask,
                "prefer": list(each.prefer),
                "ways": list(each.ways),
                "union": each.union,
                **({} if each.max_age is None else {"max_age": each.max_age}),
            }
            for each in shape.preferences
        ],
        "groups": list(shape.groups),
        "feeds": [
            {
                "mapping": feed.mapping,
                "stream": [feed.stream.source, feed.stream.stream],
                "refs": {name: [ref.source, ref.stream] for name, ref in sorted(feed.refs.items())},
                "by_identity": {name: list(key) for name, key in sorted(feed.by_identity.items())},
                "scopes": dict(sorted(feed.scopes.items())),
                "links": {name: [to.source, to.stream] for name, to in sorted(feed.links.items())},
                "opens": feed.opens,
                "keyed": feed.keyed,
                "partial": feed.partial,
                **({"confirms": True} if feed.confirms else {}),
                "listed_by": None
                if feed.listed_by is None
                else [feed.listed_by.source, feed.listed_by.stream],
            }
            for feed in shape.feeds
        ],
        "history": shape.history,
        **({} if shape.history_for is None else {"history_for": shape.history_for}),
        "end_entity": sorted(shape.end_entity),
        **({"keeps": sorted(shape.keeps)} if shape.keeps else {}),
        "guards": list(shape.guards),
        "scopes": {key: dict(sorted(of.items())) for key, of in sorted(shape.scopes.items())},
        "links": [[to.source, to.stream] for to in shape.links],
        "unique": [{"name": each.name, "fields": list(each.fields)} for each in shape.unique],
        "over": [
            {"name": each.name, "lines": each.lines, "by": each.by, "meaning": each.meaning}
            for each in shape.over
        ],
        "fingerprint": shape.fingerprint,
    }


def loads(stored: Mapping[str, Any]) -> EntityShape:
    """The shape that ``dumps`` wrote."""
    return EntityShape(
        name=stored["name"],
        fields=tuple(
            FieldShape(
                name=field["name"],
                bit=field["bit"],
                columns=tuple((name, kind) for name, kind in field["columns"]),
                type=field["type"],
                pii=field["pii"],
                refers_to=field["refers_to"],
                words=tuple(field.get("words", ())),
                awaited=field.get("awaited", False),
            )
            for field in stored["fields"]
        ),
        identity=tuple(stored["identity"]),
        preferences=tuple(map(_preference, stored["preferences"])),
        groups=tuple(stored["groups"]),
        feeds=tuple(
            Feed(
                mapping=feed["mapping"],
                stream=_stream(feed["stream"]),
                entity=stored["name"],
                refs={name: _stream(ref) for name, ref in feed["refs"].items()},
                by_identity={name: tuple(key) for name, key in feed.get("by_identity", {}).items()},
                scopes=feed.get("scopes", {}),
                links={name: _stream(to) for name, to in feed.get("links", {}).items()},
                opens=feed["opens"],
                keyed=feed["keyed"],
                partial=feed.get("partial", False),
                confirms=feed.get("confirms", False),
                listed_by=None if feed.get("listed_by") is None else _stream(feed["listed_by"]),
            )
            for feed in stored["feeds"]
        ),
        history=stored["history"],
        history_for=stored.get("history_for"),
        end_entity=frozenset(stored["end_entity"]),
        keeps=frozenset(stored.get("keeps", ())),
        guards=tuple(stored.get("guards", ())),
        scopes=stored.get("scopes", {}),
        links=tuple(map(_stream, stored.get("links", ()))),
        unique=tuple(
            Unique(name=each["name"], fields=tuple(each["fields"])) for each in stored.get("unique", ())
        ),
        over=tuple(Over(**each) for each in stored.get("over", ())),
        fingerprint=stored["fingerprint"],
    )


def stored_shapes(connection: Connection) -> dict[str, EntityShape]:
    """By entity: no field may take another's bit in its masks, no link the kind of another's values."""
    rows = connection.execute("SELECT name, shape FROM syncline.entity WHERE shape IS NOT NULL").fetchall()
    return {name: loads(shape) for name, shape in rows}


def stored_wide(stored: Mapping[str, Any] | None) -> bool:
    """Whether the stored entity's contributions carry values of their own."""
    return bool(stored and stored["wide"])


def _preference(stored: Mapping[str, Any]) -> Preference:
    before = ["latest"] if stored.get("then_latest") else []  # what was kept when no other way was built
    return Preference(
        mask=stored["mask"],
        prefer=tuple(stored["prefer"]),
        ways=tuple(stored.get("ways", before)),
        union=stored.get("union", False),
        max_age=stored.get("max_age"),
    )


def _stream(pair: list[str]) -> StreamName:
    return StreamName(source=pair[0], stream=pair[1])
