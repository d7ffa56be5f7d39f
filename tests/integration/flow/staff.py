"""A source of people on a real socket, a project that records it, and what is then written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.flow.playback import play
from engine.flow.record import Recorded, record
from engine.flow.recording import read
from engine.flow.trial import trial
from engine.flow.workbench import Workbench
from tests.integration.serving import Asked, Told, serving, write

PROJECT = {
    "specs/staff.yaml": """
connector: staff
config: {url: {type: string}}
http: {base_url: "${config.url}/api", auth: {type: none}, retry: {attempts: 1}}
streams:
  people:
    path: /people
    records: items
    key: id
    when: kind != 'robot' && name
    version: {value: changed, type: integer}
    deletes: {type: marker, when: state == 'gone'}
    pagination: {type: next_url, next: body.next, more: "body.total > `0`"}
  listed:
    path: /listed
    records: items
    key: id
    pagination: {type: link}
  sorted:
    path: /sorted
    records: items
    key: id
    pagination:
      type: keyset
      by: {code: code, id: id}
      query: {after: "${page.token.code}/${page.token.id}"}
""",
    "mappings/entities/person.yaml": """
entity: person
fields:
  name: {type: string, pii: true}
  born: {type: date, pii: true}
  status: {type: enum, values: [here, away]}
  country: country
  pay: {type: decimal}
  hired: date
  team: string
""",
    "mappings/entities/phone.yaml": """
entity: phone
fields: {number: {type: string, pii: true}, sort: {type: enum, values: [home, work]}, person: string}
""",
    "mappings/staff/people.yaml": """
from: staff.people
to: person
when: "!starts_with(note, 'IGNORE')"
fields:
  name: {value: "join(' ', [name, family])"}
  born: {value: born, format: parts}
  status: {value: "lower(status)", map: {active: here, absent: away}, otherwise: reject}
  country: {value: country, on_error: omit}
  pay: pay
  hired: {value: hired, format: "%d %B %Y"}
  team: team
""",
    "mappings/staff/phones.yaml": """
from: staff.people
to: phone
each: phones
key: id
fields: {number: number, sort: sort, person: {value: id, of: record}}
""",
    "mappings/staff/sorted.yaml": "from: staff.sorted\nto: person\nfields: {team: code}\n",
}


def project_at(folder: Path, url: str) -> Path:
    """Write the project; its key of masks is always the same."""
    files = PROJECT | {
        "syncline.yaml": f'project: p\nsources:\n  staff: {{connector: staff, config: {{url: "{url}"}}}}\n'
        f'egress: {{allow: ["{url}"]}}\n'
    }
    write(folder, files)
    (folder / ".syncline").mkdir()
    (folder / ".syncline/mask.key").write_text("5a" * 32)  # so that no mask is by chance what it stands for
    return folder


class Source:
    """Answers with what a test puts there."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}

    def answer(self, asked: Asked) -> Told:
        return self.told.get(asked.target) or self.told[asked.target.partition("?")[0]]

    def say(self, target: str, body: Any, **headers: str) -> None:
        self.told[target] = Told(body=json.dumps(body).encode(), headers=headers)


@contextmanager
def staffed(folder: Path) -> Iterator[tuple[Source, Path, str]]:
    """The source, the project's folder, and the source's address."""
    source = Source()
    with serving(source.answer) as url:
        yield source, project_at(folder / "project", url), url


def recorded(folder: Path, stream: str) -> tuple[Recorded, str]:
    """What came of recording, and all that was written; it plays as it was written down."""
    with Workbench.open(folder) as bench:
        found = record(bench, f"staff.{stream}")
        assert found.error is None
        assert found.folder is not None
        programs = {each.mapping: bench.programs[each.mapping] for each in bench.project.feeds}
        taken = read(found.folder)
        again = play(
            bench.project.connector("staff"),
            {name: program for name, program in programs.items() if name in found.changed},
            taken,
        )
    assert again.expected() == taken.expected
    report = trial(folder)
    assert [each.differences for each in report.recordings if each.folder.endswith(f"/{stream}")] == [[]]
    return found, "".join(each.read_text() for each in sorted(found.folder.iterdir()))


def person(number: int, **more: Any) -> dict[str, Any]:
    """A record that fits."""
    return {
        "id": f"P-{number:05d}",
        "kind": "human",
        "name": "Anna",
        "family": "Ruiz",
        "born": {"year": 1984, "month": 12, "day": 31},
        "status": "ACTIVE",
        "country": "ES",
        "pay": "1250.50",
        "hired": "17 January 2024",
        "team": "Blue",
        "note": "calm",
        "changed": number,
        "phones": [{"id": number, "number": "+34 600 123 456", "sort": "home"}],
    } | more
