"""
The real SAP CAP server, OData v4, on a free loopback port, with rows that a test knows.

``python -m tests.third_party.cap_server`` keeps one running until Ctrl-C, to look at by hand.
"""

from __future__ import annotations

import base64
import json
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from tests.third_party.cap.seed import Row, tables, write
from tests.third_party.node import environment, packages

PROJECT = Path(__file__).with_name("cap")
USER, PASSWORD = "reader", "cap-reader-password"
AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_STARTS_WITHIN = 120.0
_READY = "ready on port "


class CapError(AssertionError):
    """The server did not do what the test set up."""


class CapServer:
    """``with CapServer() as cap:`` ends with the process gone and its data lost."""

    def __init__(self, rows: Mapping[str, Sequence[Row]] | None = None) -> None:
        self.rows = tables() if rows is None else rows
        """What it started with, by entity."""
        self.port = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """What the operator allows."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[str]:
        """The running server."""
        if self._process is None:
            raise CapError("the server is not running")
        return self._process

    def __enter__(self) -> Self:
        modules = packages(PROJECT)
        self._folder = tempfile.TemporaryDirectory(prefix="syncline-cap-")
        project = Path(self._folder.name)
        for name in ("db", "srv", "package.json", "server.js"):
            source = PROJECT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, project / name)
        (project / "node_modules").symlink_to(modules)
        write(self.rows, project / "db" / "data")
        try:
            self._start(project)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._listener is not None:
            self._listener.join()
        if self._folder is not None:
            self._folder.cleanup()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What a request brings, its path below ``/odata/v4``; whatever is changed is changed at once."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json", "If-Match": "*"}
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, "/odata/v4" + quote(path, safe="/?$&=(),'%"), content, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise CapError(f"{method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text) if text else None

    def change(self, path: str, **values: Any) -> None:
        """Change a row, as in ``change("/erp/BusinessPartners('1')", name="New")``."""
        self.call("PATCH", path, values)

    def _start(self, project: Path) -> None:
        self._process = subprocess.Popen(
            [project / "node_modules" / ".bin" / "cds-serve", "all", "--port", "0"],
            cwd=project,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._listener = threading.Thread(target=_drain, args=(self._process, said), daemon=True)
        self._listener.start()
        heard: list[str] = []
        try:
            while not heard or not heard[-1].startswith(_READY):
                heard.append(said.get(timeout=_STARTS_WITHIN))
                if heard[-1] == "":
                    break
        except queue.Empty:
            heard.append("")
        if not heard[-1].startswith(_READY):
            raise CapError("CAP did not start:\n" + "".join(heard))
        self.port = int(heard[-1].removeprefix(_READY))


def _drain(process: subprocess.Popen[str], said: queue.SimpleQueue[str]) -> None:
    """Read all that a process says, so that it never waits for a reader; an empty text is its end."""
    if process.stdout is not None:
        with process.stdout as lines:
            for line in lines:
                said.put(line)
    said.put("")


if __name__ == "__main__":
    with CapServer() as running:
        print(f"{running.origin}/odata/v4  {USER} / {PASSWORD}", flush=True)
        threading.Event().wait()
