"""
The real ``scim2-server`` on a free loopback port, in a process of its own, filled over ``/Bulk``.

Users are made from their number alone, so that a test knows what it put there without keeping it.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

TOKEN = "scim-acceptance-token"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GIVEN = ("Anna", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hans", "Inés", "Jürgen", "Kofi")
FAMILY = ("Müller", "Okafor", "Rossi", "Nguyen", "García", "Jensen", "Silva", "Tanaka", "Dubois")
MEMBERS = 100
_OPERATIONS = 500
_STARTS_WITHIN = 60.0


class ScimError(AssertionError):
    """The server did not do what the test set up."""


class ScimServer:
    """``with ScimServer(users=5_000, groups=50) as scim:`` ends with the process gone and its data lost."""

    def __init__(self, *, users: int = 5_000, groups: int = 50) -> None:
        self._users = users
        self._groups = groups
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.user_ids: list[str] = []
        """By number of the user; a deleted user's id stays here."""
        self.group_ids: list[str] = []

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running server."""
        if self._process is None:
            raise ScimError("the server is not running")
        return self._process

    @property
    def url(self) -> str:
        """What the connector's ``url`` is set to."""
        return f"http://127.0.0.1:{self.port}/v2"

    @property
    def origin(self) -> str:
        """What the operator allows."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self._start()
            self._seed()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def user(self, number: int) -> dict[str, Any]:
        """The user of this number, as it was put there."""
        given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
        address = f"u{number:05d}@rig.example"
        return {
            "schemas": [USER, ENTERPRISE],
            "userName": address,
            "externalId": f"hr-{100_000 + number}",
            "name": {"givenName": given, "familyName": family, "formatted": f"{given} {family}"},
            "displayName": f"{given} {family}",
            "active": number % 10 != 0,
            "title": ("Accountant", "Engineer", "Buyer")[number % 3],
            "emails": [{"value": address, "type": "work", "primary": True}],
            ENTERPRISE: {
                "employeeNumber": str(100_000 + number),
                "costCenter": f"{40_000 + number % 400:010d}",
                "department": ("FIN", "HR", "IT", "OPS")[number % 4],
            },
        }

    def change_users(self, numbers: Iterable[int], **attributes: Any) -> None:
        """Replace these attributes (``title="Director"``) of some users."""
        operations = [{"op": "replace", "path": name, "value": value} for name, value in attributes.items()]
        body = {"schemas": [PATCH], "Operations": operations}
        for number in numbers:
            self._call("PATCH", f"/Users/{self.user_ids[number]}", body, expect={200, 204})

    def delete_users(self, numbers: Iterable[int]) -> None:
        """Delete some users; the server keeps no trace of them."""
        for number in numbers:
            self._call("DELETE", f"/Users/{self.user_ids[number]}", None, expect={204})

    def total(self, kind: str) -> int:
        """How many ``Users`` or ``Groups`` the server says it has."""
        return int(self._call("GET", f"/{kind}?count=0", None, expect={200})["totalResults"])

    def count(self, kind: str, matching: str) -> int:
        """How many of them match a SCIM filter, as the server itself counts."""
        path = f"/{kind}?count=0&filter={quote(matching)}"
        return int(self._call("GET", path, None, expect={200})["totalResults"])

    def _start(self) -> None:
        program = Path(sys.executable).with_name("scim2-server")
        deadline = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < deadline:
            self.port = _free_port()
            self._process = subprocess.Popen(
                [program, "--hostname", "127.0.0.1", "--port", str(self.port), "--bearer-token", TOKEN],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while self._process.poll() is None and time.monotonic() < deadline:
                if self._answers():
                    return
                time.sleep(0.05)  # between two looks at whether it listens yet
            self.__exit__()  # somebody took the port in between: try another
        raise ScimError(f"scim2-server did not answer within {_STARTS_WITHIN:g} s")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def _seed(self) -> None:
        for start in range(0, self._users, _OPERATIONS):
            numbers = range(start, min(start + _OPERATIONS, self._users))
            self.user_ids += self._create("/Users", [self.user(number) for number in numbers])
        for start in range(0, self._groups, _OPERATIONS):
            numbers = range(start, min(start + _OPERATIONS, self._groups))
            self.group_ids += self._create("/Groups", [self._group(number) for number in numbers])

    def _group(self, number: int) -> dict[str, Any]:
        """A group of up to 100 users: every one whose number is ``number`` more than a multiple."""
        step = max(1, self._groups)
        members = self.user_ids[number % max(1, self._users) :: step][:MEMBERS]
        return {
            "schemas": [GROUP],
            "displayName": f"group-{number:03d}",
            "members": [{"value": each, "type": "User"} for each in members],
        }

    def _create(self, path: str, resources: Sequence[Mapping[str, Any]]) -> list[str]:
        operations = [
            {"method": "POST", "path": path, "bulkId": f"b{index}", "data": data}
            for index, data in enumerate(resources)
        ]
        answer = self._call("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}, expect={200})
        for operation in answer["Operations"]:
            if str(operation["status"]) != "201":
                raise ScimError(f"not created: {operation}")
        return [str(each["location"]).rpartition("/")[2] for each in answer["Operations"]]

    def _call(self, method: str, path: str, body: Any, *, expect: set[int]) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, "/v2" + path, content, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status not in expect:
            raise ScimError(f"{method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text) if text else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
