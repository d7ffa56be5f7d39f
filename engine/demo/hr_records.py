"""How the demo's HR system writes people, applicants and departments as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine.demo.unfit import GARBLED_BADGES, HR
from engine.demo.workers import Department, Worker

_STATUS = {"active": "Active", "on_leave": "Leave", "left": "Left"}
_MIDNIGHT = "T00:00:00.000000Z"


def worker_record(person: Worker) -> dict[str, Any]:
    """A worker, with the defect that their index brings."""
    feet, inches = divmod(person.inches, 12)
    record: dict[str, Any] = {
        "id": 100_000 + person.index,
        "uid": str(person.uid),
        "employee_number": person.number,
        "name": {"first": person.given_name, "last": person.family_name},
        "email": person.email,
        "status": _STATUS[person.status],
        "birth_date": person.born.isoformat(),
        "hired_on": person.hired.isoformat(),
        "left_on": person.left.isoformat() if person.left else None,
        "height": f"{feet} ft {inches} in",
        "department_id": person.department,
        "manager_id": 100_000 + person.manager if person.manager else None,
        "fte_percent": person.percent,
        "remote": person.remote,
        "dependants": person.dependants,
        "languages": list(person.languages),
        "address": {"city": person.city, "country": person.country},
        "last_badge": {
            "date": person.badge_day.strftime("%d.%m.%Y"),
            "time": "25:99" if person.index in GARBLED_BADGES else person.badge_time,
            "zone": person.zone,
        },
        "note": person.note,
        "pay": {"amount": int(person.pay), "currency": person.currency, "period": person.period},
        "deleted": False,
        "updated_at": written(person.changed),
    }
    defect = HR.get(person.index)
    return record | dict(defect.fields) if defect else record


def candidate_record(number: int) -> dict[str, Any]:
    """An applicant: in the list, without an employee number."""
    return {
        "id": 900_000 + number,
        "employee_number": None,
        "name": {"first": "Candidate", "last": f"No. {number}"},
        "status": "Candidate",
        "deleted": False,
        "updated_at": f"2024-06-{number:02d}{_MIDNIGHT}",
    }


def department_record(each: Department) -> dict[str, Any]:
    """A department."""
    return {
        "id": each.id,
        "name": each.name,
        "parent_id": each.parent_id,
        "updated_at": f"2024-01-{each.id:02d}{_MIDNIGHT}",
    }


def written(moment: dt.datetime) -> str:
    """A time in UTC as the system writes it; such texts compare as times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
