"""What an editor does with the schemas: the YAML language server itself, spoken to over its own protocol."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.third_party.node import environment, node, packages

HERE = Path(__file__).parent / "language_server"
_ANSWERS_WITHIN = 60.0
"""Seconds: node has to start, and to compile the schemas."""


class Editor:
    """One workspace, open in an editor that speaks to ``yaml-language-server``."""

    def __init__(self, workspace: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.workspace = workspace
        self.settings = settings or {}
        """As ``.vscode/settings.json`` has them: ``yaml.schemas`` and the like."""
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._number = 0

    def __enter__(self) -> Self:
        program = packages(HERE) / "yaml-language-server" / "bin" / "yaml-language-server"
        self._process = subprocess.Popen(
            [str(node()), str(program), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment()),
            cwd=self.workspace,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        folder = {"uri": self.workspace.as_uri(), "name": "project"}
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": {
                    "textDocument": {
                        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                        "hover": {"contentFormat": ["markdown"]},
                    }
                },
            },
        )
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": {}}})
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def open(self, path: Path) -> list[dict[str, Any]]:
        """Open a file; what is underlined in it."""
        text = path.read_text(encoding="utf-8")
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while path.as_uri() not in self._diagnostics:
            self._take()
        return self._diagnostics[path.as_uri()]

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is shown over a place; line and column count from 1."""
        found = self._ask("textDocument/hover", self._at(path, line, column))
        contents = (found or {}).get("contents", "")
        return str(contents["value"] if isinstance(contents, dict) else contents)

    def completion(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What is offered at a place: label → documentation."""
        found = self._ask("textDocument/completion", self._at(path, line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return {each["label"]: json.dumps(each.get("documentation", "")) for each in items}

    def _at(self, path: Path, line: int, column: int) -> dict[str, Any]:
        place = {"line": line - 1, "character": column - 1}
        return {"textDocument": {"uri": path.as_uri()}, "position": place}

    def _ask(self, method: str, params: Any) -> Any:
        self._number += 1
        wanted = self._number
        self._send({"id": wanted, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == wanted and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _take(self) -> dict[str, Any]:
        """The next message; what the server asks of us is answered."""
        message = self._messages.get(timeout=_ANSWERS_WITHIN)
        if message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        """The server asks for the editor's settings by their sections."""
        if message["method"] != "workspace/configuration":
            return None
        return [self._yaml() if each["section"] == "yaml" else {} for each in message["params"]["items"]]

    def _yaml(self) -> dict[str, Any]:
        ours = {key.removeprefix("yaml."): value for key, value in self.settings.items()}
        return {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}, **ours}

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            if header.lower().startswith(b"content-length:"):
                size = int(header.partition(b":")[2])
                while stream.readline().strip():
                    pass
                self._messages.put(json.loads(stream.read(size)))
