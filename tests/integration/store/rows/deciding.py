"""People's decisions on persons of three streams, and a rebuild that has to agree with them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

from engine.mapping.components import resolve
from engine.records.received import StreamName
from engine.store import rebuild
from engine.store.decisions import Decider
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part, shape_of

PERSON = shape_of(
    "person",
    ["name", "born"],
    [HR, PAY, BADGES],
    identity=["number", "email"],
    guards=["born"],
    history=True,
)


def said(key: str, number: str | None = None, email: str | None = None, **values: str) -> Said:
    """A record, named by its key."""
    return Said(key=key, values={"name": key, **values}, identity=(number, email))


def deciding(loader: Loader) -> Decider:
    """Decides as ada."""
    return Decider(connection=loader.connection, shape=PERSON, who="ada", why="same person")


def groups(loader: Loader) -> dict[str, UUID]:
    """By the keys of the live records that stand together, the entity."""
    rows = loader.connection.execute(
        "SELECT string_agg(_key, '' ORDER BY _key), _entity_id FROM syncline.contribution_person"
        " WHERE _fate = 0 AND _dead_run IS NULL GROUP BY _entity_id"
    ).fetchall()
    loader.connection.commit()
    return dict(rows)


def state(loader: Loader) -> dict[str, list[tuple[object, ...]]]:
    """All that a rebuild has to give again."""
    texts = {
        "rows": "SELECT id, _won, name, born FROM canonical.person ORDER BY id",
        "crosswalk": "SELECT _source, _stream, _key, _entity_id FROM syncline.contribution_person"
        " ORDER BY 1, 2, 3",
        "values": "SELECT kind, value, disabled, CASE WHEN NOT disabled THEN entity_id END"
        " FROM syncline.identity_key ORDER BY 1, 2",
        "redirects": "SELECT old, new FROM syncline.redirect ORDER BY 1",
    }
    found = {name: loader.connection.execute(text).fetchall() for name, text in texts.items()}
    loader.connection.commit()
    return found


Sayings = Sequence[tuple[StreamName, Sequence[Said]]]
"""What came, the first first, one response each."""


def numbered(sayings: Sayings) -> list[tuple[int, StreamName, Said]]:
    """Each record with its response."""
    return [(n, stream, each) for n, (stream, every) in enumerate(sayings, 1) for each in every]


def replayed(loader: Loader, heard: Sequence[tuple[int, StreamName, Said]]) -> None:
    """Wipe the projection and load everything in other orders and batch sizes: nothing may change."""
    before = state(loader)
    for seed in range(3):
        rebuild.clear(loader.connection, PERSON)
        dice = random.Random(seed)
        left = dice.sample(heard, len(heard))
        while left:
            stream, size = left[0][1], dice.choice([1, 2, 7])
            batch = [each for each in left if each[1] == stream][:size]
            parts = [part(PERSON, stream, [each], raw_id=n) for n, _, each in batch]
            loader.load(PERSON, stream, parts, rebuild=True)
            left = [each for each in left if not any(each is other for other in batch)]
        rebuild.finish(loader.connection, PERSON, resolve=resolve)
        assert state(loader) == before, f"seed {seed}"
