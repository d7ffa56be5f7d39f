"""Whoever asks a sync to stop is not kept waiting by a source that says when to come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.errors import Interrupted
from engine.flow.events import silence
from engine.flow.sync import sync
from tests.integration.flow.shop import CURSOR, opened, project
from tests.integration.serving import Asked, Told, serving, write


@pytest.fixture
def busy() -> Iterator[tuple[str, threading.Event]]:
    """One page, then 429 with half a minute to wait; the event is set once that was said."""
    told = threading.Event()

    def answer(asked: Asked) -> Told:
        if not urlsplit(asked.target).query:
            return Told(body=b'{"items": [{"id": 1, "name": "a"}], "next": "b"}')
        told.set()
        return Told(status=429, headers={"Retry-After": "30"}, body=b"{}")

    with serving(answer) as address:
        yield address, told


def test_a_stop_does_not_wait_for_retry_after(
    tmp_path: Path, database_url: str, busy: tuple[str, threading.Event]
) -> None:
    """The page that came is kept; the wait ends long before the source's half a minute."""
    address, told = busy
    write(tmp_path, project(CURSOR))
    with opened(tmp_path, database_url, address) as workspace:
        began = time.monotonic()
        with pytest.raises(Interrupted):
            sync(workspace, stopping=told.is_set, listen=silence)
        assert time.monotonic() - began < 20
        with workspace.database.connect() as connection:
            kept = connection.execute("SELECT count(*) FROM syncline.response").fetchone()
    assert kept == (1,)
