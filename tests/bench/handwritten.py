"""
The reference: what a strong engineer writes by hand for this one API.

httpx with four pages in flight, orjson, raw pages kept with zstd, 38 typed columns, COPY into a
temporary table, ``ON CONFLICT DO UPDATE``, a watermark. No rules, no provenance, no dead letters.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import psycopg
import zstandard

SIZE = 500
COLUMNS = {
    "id": "text", "external_id": "text", "active": "bool", "given_name": "text", "family_name": "text",
    "full_name": "text", "work_email": "text", "home_email": "text", "primary_email": "text",
    "mobile": "text", "work_phone": "text", "street": "text", "city": "text", "country": "text",
    "postal_code": "text", "title": "text", "department_id": "text", "department": "text",
    "manager_id": "text", "started_on": "date", "salary": "numeric", "salary_currency": "text",
    "fte": "numeric", "weight": "numeric", "height": "numeric", "latitude": "numeric",
    "longitude": "numeric", "tags": "text[]", "last_event": "text", "last_event_on": "date",
    "first_event_on": "date", "events": "int4", "created_at": "timestamptz", "updated_at": "timestamptz",
    "version": "int4", "etag": "text", "raw_page": "int4", "raw_place": "int4",
}  # fmt: skip
LB = 0.45359237
INCH = 0.0254


def row(person: dict[str, Any], page: int, place: int) -> tuple[Any, ...]:
    """One person as a row of 38 columns."""
    name, job, body, meta = person["name"], person["employment"], person["physical"], person["meta"]
    emails = {each["type"]: each["value"] for each in person["emails"]}
    phones = {each["type"]: each["value"] for each in person["phones"]}
    primary = next((each["value"] for each in person["emails"] if each["primary"]), None)
    history = sorted(person["history"], key=lambda each: each["date"])
    weight = body["weight"]
    address = person["address"]
    return (
        person["id"], person["externalId"], person["active"], name["givenName"], name["familyName"],
        name["formatted"] or f"{name['givenName']} {name['familyName']}",
        emails.get("work"), emails.get("home"), primary, phones.get("mobile"), phones.get("work"),
        address["street"], address["city"], address["country"], address["postalCode"],
        job["title"], job["department"]["id"], job["department"]["name"],
        job["manager"]["id"] if job["manager"] else None, job["startDate"],
        job["salary"]["amount"], job["salary"]["currency"], job["fte"],
        weight["value"] * (LB if weight["unit"] == "lb" else 1), body["height"]["value"] * INCH,
        person["geo"]["lat"], person["geo"]["lon"], person["tags"],
        history[-1]["event"], history[-1]["date"], history[0]["date"], len(history),
        meta["created"], meta["lastModified"], meta["version"], meta["etag"], page, place,
    )  # fmt: skip


def pages(base: str) -> Iterator[tuple[int, bytes]]:
    """Every page in order, four in flight."""
    with httpx.Client(base_url=base) as client, ThreadPoolExecutor(4) as pool:

        def fetch(number: int) -> tuple[int, bytes]:
            return number, client.get("/workers", params={"offset": number * SIZE}).content

        first = fetch(0)
        yield first
        count = -(-orjson.loads(first[1])["total"] // SIZE)
        waiting = [pool.submit(fetch, number) for number in range(1, min(5, count))]
        for number in range(1, count):
            body = waiting.pop(0).result()
            if number + 4 < count:
                waiting.append(pool.submit(fetch, number + 4))
            yield body


def load(base: str, url: str) -> int:
    """Sync everything once; the number of records."""
    names = ", ".join(COLUMNS)
    types = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    update = ", ".join(f"{name} = excluded.{name}" for name in list(COLUMNS)[1:])
    press, total = zstandard.ZstdCompressor(level=1), 0
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS handwritten")
        cursor.execute("SET search_path = handwritten")
        cursor.execute(f"CREATE TABLE IF NOT EXISTS worker ({types}, PRIMARY KEY (id))")
        cursor.execute("CREATE TABLE IF NOT EXISTS raw (page int4, at timestamptz DEFAULT now(), body bytea)")
        cursor.execute("CREATE TABLE IF NOT EXISTS watermark (stream text PRIMARY KEY, page int4)")
        cursor.execute(f"CREATE TEMP TABLE stage ({types}) ON COMMIT DELETE ROWS")
        connection.commit()
        held: list[tuple[int, bytes]] = []

        def flush() -> None:
            nonlocal total
            with cursor.copy("COPY raw (page, body) FROM STDIN") as copy:
                for number, body in held:
                    copy.write_row((number, press.compress(body)))
            with cursor.copy("COPY stage FROM STDIN") as copy:
                for number, body in held:
                    for place, person in enumerate(orjson.loads(body)["items"]):
                        copy.write_row(row(person, number, place))
                        total += 1
            cursor.execute(
                f"INSERT INTO worker ({names}) SELECT {names} FROM stage"
                f" ON CONFLICT (id) DO UPDATE SET {update}"
            )
            cursor.execute(
                "INSERT INTO watermark VALUES ('workers', %s)"
                " ON CONFLICT (stream) DO UPDATE SET page = excluded.page",
                [held[-1][0]],
            )
            connection.commit()
            held.clear()

        for number, body in pages(base):
            held.append((number, body))
            if len(held) == 20:
                flush()
        if held:
            flush()
    return total


if __name__ == "__main__":
    print(load(sys.argv[1], sys.argv[2]))
