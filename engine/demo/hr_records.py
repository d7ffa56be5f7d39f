"""How the demo's HR system writes people, applicants and what they belong to as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine.demo.company import (
    COMPANIES,
    Absence,
    Company,
    Office,
    company_of,
    department_code,
    office_of,
)
from engine.demo.unfit import GARBLED_BADGES, HR
from engine.demo.workers import Department, Worker, departments

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
        "company_id": company_of(person.country).id,
        "office_id": office_of(person).id,
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
        "code": department_code(each),
        "name": each.name,
        "parent_id": each.parent_id,
        "cost_center": f"{4000 + each.id:06d}",
        "updated_at": f"2024-01-{each.id:02d}{_MIDNIGHT}",
    }


def company_record(each: Company) -> dict[str, Any]:
    """A legal entity; the first one holds the others."""
    return {
        "id": each.id,
        "code": each.code,
        "name": each.name,
        "legal_name": each.legal_name,
        "lei": each.lei,
        "country": each.country,
        "books_in": each.currency,
        "year_ends": 12,
        "parent_id": None if each is COMPANIES[0] else COMPANIES[0].id,
        "site": f"https://example.com/{each.country.lower()}",
        "updated_at": f"2024-01-{each.id:02d}{_MIDNIGHT}",
    }


def office_record(each: Office) -> dict[str, Any]:
    """A place of work."""
    return {
        "id": each.id,
        "code": each.code,
        "name": f"{each.city} office",
        "address": {
            "street": each.street,
            "city": each.city,
            "postal_code": each.postal_code,
            "country": each.country,
        },
        "zone": each.zone,
        "place": {"lat": each.latitude, "lon": each.longitude},
        "open": True,
        "updated_at": f"2024-01-{each.id:02d}{_MIDNIGHT}",
    }


def contract_record(person: Worker) -> dict[str, Any]:
    """A contract of employment: a department that has no positions has none in it."""
    department = departments()[person.department - 1]
    return {
        "id": f"C-{person.index:05d}",
        "worker_id": 100_000 + person.index,
        "company_id": company_of(person.country).id,
        "office_id": office_of(person).id,
        "department_id": person.department,
        "position": f"P{1 + person.index % 4}" if department.positions else None,
        "title": person.title,
        "manager_id": 100_000 + person.manager if person.manager else None,
        "state": _STATUS[person.status],
        "starts": person.hired.isoformat(),
        "ends": person.left.isoformat() if person.left else None,
        "probation_until": (person.hired + dt.timedelta(days=182)).isoformat(),
        "pay": {"amount": int(person.pay), "currency": person.currency, "period": person.period},
        "fte_percent": person.percent,
        "updated_at": written(person.changed),
    }


def absence_record(each: Absence) -> dict[str, Any]:
    """Days away."""
    manager = each.person.manager
    return {
        "id": f"A-{each.person.index:05d}",
        "worker_id": 100_000 + each.person.index,
        "approver_id": 100_000 + manager if manager else None,
        "type": each.kind,
        "state": each.state,
        "from": each.first.isoformat(),
        "to": each.last.isoformat(),
        "days": each.days,
        "asked_at": written(each.asked),
        "decided_at": written(each.decided) if each.decided else None,
        "updated_at": written(each.decided or each.asked),
    }


def written(moment: dt.datetime) -> str:
    """A time in UTC as the system writes it; such texts compare as times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
