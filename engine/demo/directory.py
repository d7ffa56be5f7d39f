"""
The demo's directory: SCIM 2.0 (RFC 7643, RFC 7644) behind a bearer token.

    GET /scim/v2/Users     ?startIndex &count &filter=meta.lastModified ge "…"
    GET /scim/v2/Groups    ?startIndex &count

It knows people by their e-mail address and by the id that HR gave them (``externalId``), and has no employee
number. Some have a new address, which HR does not know yet. Who leaves is not taken away: the user
stays, with ``active: false``. Accounts of machines are among the users. A page that holds nobody leaves
``Resources`` out, as the standard allows.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.demo.company import department_code
from engine.demo.listener import Asked, System, Told
from engine.demo.unfit import DIRECTORY
from engine.demo.workers import Worker, departments

TOKEN = "demo-directory-token"  # noqa: S105 - everyone may know it: the system holds made-up people
SERVICES = 12
"""Accounts of machines, after the people: not ours, to be filtered."""
RENAMED = 50
"""Each so manieth has a new address."""
_LARGEST_PAGE = 200
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_SINCE = re.compile(r'meta\.lastModified (ge|gt) "([^"]+)"')
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class DirectorySystem(System):
    """Lists users in the order in which they were made."""

    title = "directory"

    def __init__(
        self, people: Sequence[Worker], *, port: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(port=port, clock=clock)
        self._users = {person.number: _user(person) for person in people}
        self._users |= {f"service-{n}": _service(n) for n in range(1, SERVICES + 1)}
        self._groups = [
            {
                "id": f"g-{each.id:03d}",
                "externalId": department_code(each),
                "displayName": each.name,
                "members": [
                    {"value": str(person.uid), "type": "User"}
                    for person in people
                    if person.department == each.id and person.status != "left"
                ],
                "meta": {"resourceType": "Group", "lastModified": f"2024-01-{each.id:02d}T00:00:00Z"},
            }
            for each in departments()
        ]

    # What tests and the demo do behind the client's back

    def record(self, number: str) -> dict[str, Any]:
        """A copy of what the system says about an employee number, which it does not know itself."""
        with self.lock:
            return dict(self._users[number])

    def update(self, number: str, **fields: Any) -> dict[str, Any]:
        """Replace top-level attributes of a user and date the change now; the new user."""
        with self.lock:
            former = self._users[number]
            meta = {**former["meta"], "lastModified": self._now()}
            self._users[number] = former | {"meta": meta} | fields
            return dict(self._users[number])

    def delete(self, number: str) -> None:
        """Switch a user off, which is how this system deletes."""
        self.update(number, active=False)

    # What it answers

    def respond(self, asked: Asked) -> Told:
        """The answer to one request."""
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        if (kind.lower(), token) != ("bearer", TOKEN):
            return _error(
                401, "a bearer token is needed", headers={"WWW-Authenticate": 'Bearer realm="scim"'}
            )
        if asked.method != "GET":
            return _error(405, "read only", headers={"Allow": "GET"})
        with self.lock:
            every = {
                "/scim/v2/Users": list(self._users.values()),
                "/scim/v2/Groups": list(self._groups),
            }.get(asked.path)
        if every is None:
            return _error(404, f"no {asked.path} here")
        return self._page(asked, every)

    def _page(self, asked: Asked, every: Sequence[Mapping[str, Any]]) -> Told:
        try:
            start = max(1, int(asked.query.get("startIndex", "1")))
            count = min(_LARGEST_PAGE, max(0, int(asked.query.get("count", "100"))))
        except ValueError:
            return _error(400, "startIndex and count are numbers", kind="invalidValue")
        if said := asked.query.get("filter"):
            found = _SINCE.fullmatch(said)
            if found is None:
                return _error(400, "only meta.lastModified can be asked for", kind="invalidFilter")
            after, moment = found[1] == "gt", dt.datetime.fromisoformat(found[2])
            every = [
                each
                for each in every
                if (at := dt.datetime.fromisoformat(each["meta"]["lastModified"])) > moment
                or (at == moment and not after)
            ]
        page = every[start - 1 : start - 1 + count]
        document = {
            "schemas": [_LIST],
            "totalResults": len(every),
            "startIndex": start,
            "itemsPerPage": len(page),
        }
        return Told(document=document | ({"Resources": page} if page else {}))

    def _now(self) -> str:
        moment = dt.datetime.fromtimestamp(self.clock(), tz=dt.UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user(person: Worker) -> dict[str, Any]:
    address = person.email.lower() if person.index % RENAMED else f"contact{person.index}@example.com"
    user: dict[str, Any] = {
        "id": str(person.uid),
        "externalId": str(100_000 + person.index),
        "userName": address,
        "userType": "Employee",
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [
            {"value": f"home{person.index}@example.net", "type": "home"},
            {"value": address, "type": "work", "primary": True},
        ],
        "title": person.title,
        "active": person.status != "left",
        _ENTERPRISE: {"costCenter": f"{4000 + person.department:06d}"},
        "meta": {
            "resourceType": "User",
            "created": f"{person.hired}T08:00:00Z",
            "lastModified": f"{person.changed - dt.timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}",
        },
    }
    defect = DIRECTORY.get(person.index)
    return user | dict(defect.fields) if defect else user


def _service(number: int) -> dict[str, Any]:
    return {
        "id": f"service-{number}",
        "userName": f"backup-{number}",
        "userType": "Service",
        "active": True,
        "meta": {"resourceType": "User", "lastModified": f"2024-03-{number:02d}T00:00:00Z"},
    }


def _error(
    status: int, detail: str, *, kind: str | None = None, headers: Mapping[str, str] | None = None
) -> Told:
    document = {"schemas": [_ERROR], "status": str(status), "detail": detail}
    return Told(
        status=status, document=document | ({"scimType": kind} if kind else {}), headers=headers or {}
    )
