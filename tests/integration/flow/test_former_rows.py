"""A row as it was, until when, and what took its place: a response, a run, a pin."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.pins import lift, pin
from engine.flow.sync import sync
from engine.flow.view import view
from engine.flow.workspace import Workspace
from engine.store.evidence import Former
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

CONTRACT = {"mappings/entities/article.yaml": "entity: article\nfields: {name: string}\nhistory: true\n"}


def test_why_a_former_row_stands_no_more(tmp_path: Path, database_url: str) -> None:
    """One is renamed, one is gone, one is pinned and let go; each says when it changed, and by what."""
    names = {f"{n}": f"n{n}" for n in range(10)}

    def answer(_: Asked) -> Told:
        return Told(
            body=json.dumps({"items": [{"id": n, "name": each} for n, each in names.items()]}).encode()
        )

    def newest(table: str) -> int:
        with psycopg.connect(database_url) as connection:
            ((number,),) = connection.execute(f"SELECT max(id) FROM syncline.{table}").fetchall()
        return int(number)

    def now() -> dt.datetime:
        with psycopg.connect(database_url) as connection:
            ((moment,),) = connection.execute("SELECT clock_timestamp()").fetchall()
        assert isinstance(moment, dt.datetime)
        return moment

    write(tmp_path, project("deletes: {type: enumeration, limit: 50%}") | CONTRACT)
    with serving(answer) as address, opened(tmp_path, database_url, address) as workspace:

        def read() -> dt.datetime:
            assert sync(workspace, full=True, stopping=lambda: False, listen=silence).complete
            return now()

        first = read()
        names["1"] = "renamed"
        second = read()
        assert _former(workspace, "1", first) == ("n1", "response", newest("response"))
        del names["2"]
        third = read()
        assert _former(workspace, "2", second) == ("n2", "run", newest("run"))
        pin(workspace, "article", "3", "name", "held", why="so", who="ada")
        held, pinned = now(), newest("pin")
        assert _former(workspace, "3", third) == ("n3", "pin", pinned)
        lift(workspace, "article", "3", "name", why="no longer", who="ada")
        assert _former(workspace, "3", held) == ("held", "pin", pinned)
        assert view(workspace, "article", "3", at=now()).former is None
        assert view(workspace, "article", "2").values is None


def _former(workspace: Workspace, key: str, at: dt.datetime) -> tuple[object, str, int]:
    """The name that an article had, and what ended that."""
    former = view(workspace, "article", key, at=at).former
    assert isinstance(former, Former)
    assert former.until > at
    return former.values["name"], former.cause, former.number
