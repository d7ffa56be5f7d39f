"""A row as it was, until when, and what took its place: a response, a run, a pin."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

import psycopg
import pytest

from engine.errors import SettingsError
from engine.flow.events import silence
from engine.flow.pins import lift, pin
from engine.flow.sync import sync
from engine.flow.view import view
from engine.flow.workspace import Workspace
from engine.store import retention
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


def test_former_rows_go_when_their_time_is_over(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the last of an article that is gone; who asks for them is told, not shown a later one."""
    names = {f"{n}": f"n{n}" for n in range(10)}

    def answer(_: Asked) -> Told:
        return Told(
            body=json.dumps({"items": [{"id": n, "name": each} for n, each in names.items()]}).encode()
        )

    def rows() -> list[tuple[str]]:
        with psycopg.connect(database_url) as connection:
            return connection.execute("SELECT name FROM canonical.article_history ORDER BY name").fetchall()

    monkeypatch.setattr(retention, "LOT", 3)
    contract = {name: text.replace("true", "1s") for name, text in CONTRACT.items()}
    write(tmp_path, project("deletes: {type: enumeration, limit: 50%}") | contract)
    with serving(answer) as address, opened(tmp_path, database_url, address) as workspace:

        def read() -> dt.datetime:
            assert sync(workspace, full=True, stopping=lambda: False, listen=silence).complete
            return dt.datetime.now(dt.UTC)

        first = read()
        for turn in range(2):
            names |= {f"{n}": f"n{n} the {turn}" for n in range(1, 6)}
            read()
        del names["9"]
        read()
        assert ("n9",) in rows()
        assert ("n1 the 0",) in rows()
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE canonical.article_history SET _until = _until - interval '1 day'")
        time.sleep(max(0.0, 1.05 - (dt.datetime.now(dt.UTC) - first).total_seconds()))
        names["7"] = "renamed"
        read()
        assert rows() == [("n7",), ("n9",)]
        with pytest.raises(SettingsError, match="keeps former rows for a time: those before"):
            view(workspace, "article", "1", at=first)
        assert view(workspace, "article", "9").values is None


def _former(workspace: Workspace, key: str, at: dt.datetime) -> tuple[object, str, int]:
    """The name that an article had, and what ended that."""
    former = view(workspace, "article", key, at=at).former
    assert isinstance(former, Former)
    assert former.until > at
    return former.values["name"], former.cause, former.number
