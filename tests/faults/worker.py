"""
A process that syncs when it is told to: a line of JSON in, a line of JSON out.

``{"project": DIR, "targets": [], "faults": "raw.copy=kill"}`` → ``{"complete": true, "streams": {…}}``, or
``{"error": code}``. It says ``ready`` when everything is imported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.errors import StoreError
from engine.flow.events import silence
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from engine.store import points


def main() -> None:
    print("ready", flush=True)
    workspace = None
    for line in sys.stdin:
        told = json.loads(line)
        points.arm(told["faults"])
        try:
            if workspace is None:
                workspace = Workspace.open(Path(told["project"]), say=lambda _: None)
            report = sync(workspace, told["targets"], stopping=lambda: False, listen=silence)
            said = {
                "complete": report.complete,
                "streams": {
                    str(each.stream): None if each.fetched is None else each.fetched.proof()
                    for each in report.streams
                },
            }
        except StoreError as error:
            said = {"error": error.code, "message": str(error)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
