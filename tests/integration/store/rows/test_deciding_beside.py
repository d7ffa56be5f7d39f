"""Decisions beside syncs: nobody waits for ever, nothing is lost, and a rebuild gives what stood."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence

import pytest

from engine.errors import SettingsError
from engine.records.received import StreamName
from engine.store.database import Database
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said
from tests.integration.store.rows.deciding import PERSON, deciding, replayed, said

pytestmark = pytest.mark.database

ROUNDS = 60
PEOPLE = 6

TWO_OF_A_STREAM = """
SELECT _entity_id FROM syncline.contribution_person WHERE _fate = 0 AND _dead_run IS NULL
GROUP BY _entity_id, _source, _stream HAVING count(*) > 1
"""


def _syncing(
    database: Database,
    stream: StreamName,
    first: int,
    heard: dict[int, tuple[StreamName, Said]],
    faults: list[str],
) -> None:
    """Says one record after another; ``heard`` keeps them by response."""
    dice = random.Random(first)
    connection = database.dial()
    try:
        loader = Loader(connection=connection, raw_id=first)
        for n in range(first + 1, first + 1 + ROUNDS):
            who = dice.randrange(PEOPLE)
            number = f"N{dice.choice([who, who, dice.randrange(PEOPLE)])}"
            mail = dice.choice([None, f"{dice.randrange(PEOPLE)}@x"])
            heard[n] = (stream, said(f"{stream.source}{who}", number, mail))
            loader.say(PERSON, stream, heard[n][1])
    except Exception as error:
        faults.append(f"{stream}: {error!r}")
        raise
    finally:
        connection.close()


def _decide(loader: Loader, dice: random.Random) -> str:
    """One decision about any two; what was decided, or why not."""
    decider = deciding(loader)
    live = loader.connection.execute("SELECT id FROM canonical.person ORDER BY id").fetchall()
    gone = loader.connection.execute("SELECT old FROM syncline.redirect ORDER BY old").fetchall()
    loader.connection.rollback()
    what = dice.choice(["merge", "merge", "split", "split", "apart"])
    try:
        if what == "split" and gone:
            decider.split(dice.choice(gone)[0])
        elif len(live) > 1:
            one, other = (each for (each,) in dice.sample(live, 2))
            if what == "apart":
                decider.keep_apart(one, other)
            else:
                decider.merge(one, other, overrule=dice.random() < 0.5)
    except SettingsError as refused:
        loader.connection.rollback()
        return str(refused)
    return what


@pytest.mark.parametrize("seed", range(3))
def test_decisions_and_syncs_side_by_side(loader: Loader, database: Database, seed: int) -> None:
    loader.ensure(PERSON)
    heard: dict[int, tuple[StreamName, Said]] = {}
    faults: list[str] = []
    threads = [
        threading.Thread(target=_syncing, args=(database, stream, first + 1000 * seed, heard, faults))
        for stream, first in ((HR, 10_000), (PAY, 20_000), (BADGES, 30_000))
    ]
    for each in threads:
        each.start()
    dice = random.Random(seed)
    decided: list[str] = []
    while any(each.is_alive() for each in threads):
        decided.append(_decide(loader, dice))
    for each in threads:
        each.join(60)
    assert not faults
    assert {"merge", "split", "apart"} <= set(decided)
    assert loader.connection.execute(TWO_OF_A_STREAM).fetchall() == []
    loader.connection.rollback()
    said_in_order: Sequence[tuple[int, StreamName, Said]] = [(n, *heard[n]) for n in sorted(heard)]
    replayed(loader, said_in_order)
