"""Names that go from file to file: sources, connectors, streams, entities, policies."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SettingsError, SpecError
from engine.fetch.gate import MemoryGate
from engine.flow.check import check
from engine.flow.sources import Source
from engine.records.received import StreamName
from engine.settings import Reference

FILES = {
    "syncline.yaml": """\
project: acme
sources:
  one:
    connector: crm
    config: {tenant: acme}
    secrets: {token: env:CRM_TOKEN}
    every: 15m
  two:
    connector: crm
    config: {tenant: env:TENANT}
    secrets: {token: file:token.txt}
    streams:
      people: {cron: "0 6 * * 1-5"}
egress:
  allow: [https://crm.example.com]
""",
    "specs/crm.yaml": """\
connector: crm
config:
  tenant: {type: string}
secrets:
  token: {description: A token}
http:
  base_url: https://crm.example.com/${config.tenant}
  headers: {X-Token: "${secret.token}"}
streams:
  people: {path: /people, records: "@", key: id, version: changed}
  teams: {path: /teams, records: "@", key: id}
""",
    "mappings/entities/person.yaml": """\
entity: person
fields:
  name: {type: string, required: true}
  team: {type: ref, entity: team}
""",
    "mappings/entities/team.yaml": "entity: team\nfields: {title: string}\n",
    "mappings/policies/person.yaml": "policy: person\ndefault: {prefer: [one, two.people]}\n",
    "mappings/policies/team.yaml": "policy: team\ndefault: {prefer: [one]}\n",
    "mappings/crm/people.yaml": """\
from: crm.people
to: person
fields:
  name: name
  team: {value: team, ref: crm.teams}
""",
    "mappings/crm/people.test.yaml": "- {name: one, record: {name: Ada}, expect: {name: Ada}}\n",
    "mappings/crm/teams.yaml": "from: crm.teams\nto: team\nfields: {title: title}\n",
}


def written(folder: Path, changes: dict[str, tuple[str, str]] | None = None) -> Path:
    for name, text in FILES.items():
        old, new = (changes or {}).get(name, ("", ""))
        assert old in text
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return folder


def test_a_project_without_a_problem(tmp_path: Path) -> None:
    """It has settings, documents, and the feeds of every source that syncs the stream."""
    project = check(written(tmp_path)).need()
    assert sorted((each.stream.source, each.mapping) for each in project.feeds) == [
        ("one", "crm/people"),
        ("one", "crm/teams"),
        ("two", "crm/people"),
    ]
    people = next(each for each in project.feeds if each.mapping == "crm/people")
    assert people.refs == {"team": StreamName(source="one", stream="teams")}
    assert project.timed == {StreamName(source=each, stream="people") for each in ("one", "two")}
    assert project.connector("one").connector == "crm"
    assert project.policy("person") is not None
    assert list(project.tests) == ["crm/people"]
    settings = project.settings
    assert settings.sources["two"].config == {"tenant": Reference(kind="env", name="TENANT")}
    assert settings.origins({}) == ("https://crm.example.com",)
    assert settings.database_url({}) is None


def test_references_are_read_when_they_are_needed(tmp_path: Path) -> None:
    """From the environment and from files beside the project; what is not there is named."""
    settings = check(written(tmp_path)).need().settings
    (tmp_path / "token.txt").write_text("t0ken\n", encoding="utf-8")
    assert settings.secrets("two", {}) == {"token": "t0ken"}
    assert settings.secrets("one", {"CRM_TOKEN": "x"}) == {"token": "x"}
    assert settings.config("two", {"TENANT": "acme"}) == {"tenant": "acme"}
    with pytest.raises(SettingsError, match="CRM_TOKEN"):
        settings.secrets("one", {})


def test_config_from_the_environment_has_the_type_that_the_connector_asks_for(tmp_path: Path) -> None:
    """A number that the file says stays one, the text of the environment becomes one."""
    folder = written(tmp_path, {"specs/crm.yaml": ("{type: string}", "{type: integer}")})
    file = folder / "syncline.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("tenant: acme", "tenant: 17"), encoding="utf-8")
    project = check(folder).need()
    for name in ("one", "two"):
        source = Source(
            name=name,
            connector=project.connector(name),
            settings=project.settings,
            environment={"TENANT": "17"},
            gate=MemoryGate(),
        )
        assert source.config == {"tenant": 17}


def test_the_project_is_found_from_below(tmp_path: Path) -> None:
    """A file or folder inside stands for the project."""
    written(tmp_path)
    assert check(tmp_path / "mappings" / "crm").directory == tmp_path
    assert check(tmp_path / "specs" / "crm.yaml").directory == tmp_path


def test_no_project_at_all(tmp_path: Path) -> None:
    """A folder that is in no project is a wrong setting."""
    with pytest.raises(SettingsError, match=r"syncline\.yaml"):
        check(tmp_path)


def test_problems_are_needed_to_be_none(tmp_path: Path) -> None:
    """Who needs the project gets every problem instead."""
    with pytest.raises(SpecError) as caught:
        check(written(tmp_path, {"mappings/crm/teams.yaml": ("crm.teams", "crm.team")})).need()
    assert "did you mean 'crm.teams'" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("syncline.yaml", "{token: env", "{tokenn: env", "6:15 unknown-secret"),
        ("syncline.yaml", "{tenant: acme}", "{tennant: acme}", "5:14 unknown-config"),
        ("specs/crm.yaml", "records: ", "recods: ", "unknown-key"),
        ("specs/crm.yaml", "key: ", "kee: ", "unknown-key"),
        ("specs/crm.yaml", "base_url: ", "baseurl: ", "unknown-key"),
        ("mappings/crm/people.yaml", "value: team", "vlaue: team", "5:10 unknown-key"),
        ("mappings/crm/people.yaml", "from: ", "form: ", "1:1 unknown-key"),
    ],
)
def test_a_misspelt_name_is_one_problem(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    """What was meant is known, so nothing is missing, in this file or in others."""
    written(tmp_path, {file: (old, new)})
    (problem,) = check(tmp_path).problems
    assert problem.file == file
    assert f"{problem.line}:{problem.column} {problem.code}".endswith(said)


S, C, M, P = "syncline.yaml", "specs/crm.yaml", "mappings/crm/people.yaml", "mappings/policies/person.yaml"
T = "mappings/crm/people.test.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "code"),
    [
        (S, "connector: crm", "connector: crn", "4:16", "unknown-connector"),
        (S, "tenant: acme", "tenant: 17", "5:22", "wrong-config"),
        (S, "{tenant: acme}", "{tenant: acme, tennant: b}", "5:28", "unknown-config"),
        (S, "config: {tenant: acme}", "config: {}", "3:3", "missing-config"),
        (S, "{token: env", "{tokenn: env", "6:15", "unknown-secret"),
        (S, "{token: env", "{parole: env", "3:3", "missing-secret"),
        (S, "env:CRM_TOKEN", "s3cret", "6:22", "wrong-reference"),
        (S, "env:CRM_TOKEN", "vault:crm/token", "6:22", "not-built"),
        (S, "people: {cron", "peeple: {cron", "13:7", "unknown-stream"),
        (S, "0 6 * * 1-5", "0 24 * * 1-5", "13:25", "wrong-cron"),
        (S, "every: 15m", "every: -15m", "7:12", "out-of-range"),
        (S, "    every: 15m\n", "    every: 15m\n    cron: '* * * * *'\n", "8:11", "conflicting-keys"),
        (S, "https://crm.example.com", "https://crm.example.com/v1", "15:11", "wrong-url"),
        (S, "project: acme\n", "project: acme\nraw_store: s3://b/p\n", "2:12", "not-built"),
        (S, "project: acme\n", "project: acme\nreview: {block: [braking]}\n", "2:18", "wrong-value"),
        (S, "project: acme\n", "project: acme\ndatabase: mysql://x\n", "2:11", "wrong-url"),
        (C, "connector: crm", "connector: crn", "1:12", "wrong-file-name"),
        (M, "crm.people", "crm.peple", "1:7", "unknown-stream"),
        (M, "to: person", "to: persn", "2:5", "entity-missing"),
        (M, "  name: name", "  nam: name", "4:3", "unknown-field"),
        (M, "ref: crm.teams", "ref: crm.people", "5:28", "feed-missing"),
        (M, "value: team, ", "value: team, of: partition, ", "5:27", "no-partition"),
        (T, "expect: {name", "expect: {nam", "1:45", "unknown-column"),
        (T, "expect: {name: Ada}", "reject: [{field: nam, code: x}]", "1:53", "unknown-field"),
        (P, "[one,", "[on,", "2:20", "unknown-source"),
        (P, "two.people", "two.peple", "2:25", "unknown-source"),
        (P, "default: {prefer: [one, two.people]}", "description: x", "1:1", "strategy-missing"),
    ],
)  # fmt: skip
def test_what_does_not_fit(tmp_path: Path, file: str, old: str, new: str, place: str, code: str) -> None:
    """It is reported where it is written."""
    checked = check(written(tmp_path, {file: (old, new)}))
    found = [f"{each.file}:{each.line}:{each.column} {each.code}" for each in checked.problems]
    assert f"{file}:{place} {code}" in found, "\n".join(map(str, checked.problems))
    assert checked.project is None


def test_several_sources_need_a_policy(tmp_path: Path) -> None:
    """Whose value counts is the project's decision, so it is asked for."""
    written(tmp_path)
    (tmp_path / P).unlink()
    (problem,) = check(tmp_path).problems
    assert (problem.file, problem.line, problem.code) == (S, 8, "policy-missing")
    assert "default: {prefer: [one, two]}" in problem.message


def test_latest_needs_versions(tmp_path: Path) -> None:
    """A strategy by time needs a time on every stream."""
    changes = {P: ("[one, two.people]", "[one], then: latest"), C: (", version: changed", "")}
    found = check(written(tmp_path, changes)).problems
    assert [(each.file, each.code) for each in found] == [(P, "latest-without-version")]


def test_a_table_of_the_project_stands_for_the_catalogues(tmp_path: Path) -> None:
    rule = "name: {value: name, lookup: {table: countries, from: alpha2, to: ours}}"
    folder = written(tmp_path, {"mappings/crm/people.yaml": ("name: name", rule)})
    (found,) = check(folder).problems
    assert (found.code, found.column) == ("unknown-column", 68)
    assert "catalogue/units/lookups/countries.csv has no column 'ours'" in found.message
    (folder / "units/lookups").mkdir(parents=True)
    (folder / "units/lookups/countries.csv").write_text("alpha2,ours\nDE,Germany\n")
    assert check(folder).problems == ()


def test_a_table_that_is_none_is_said_even_if_nothing_reads_it(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "units/lookups").mkdir(parents=True)
    (folder / "units/lookups/sizes.csv").write_text("a,b\n1,2\n3\n")
    (folder / "units/lookups/more.tsv").write_text("a\tb\n")
    assert [(each.file, each.line, each.code) for each in check(folder).problems] == [
        ("units/lookups/more.tsv", 1, "stray-file"),
        ("units/lookups/sizes.csv", 3, "wrong-table"),
    ]


def test_files_that_stand_nowhere(tmp_path: Path) -> None:
    """A file that nobody would read is not passed over in silence."""
    written(tmp_path)
    for name in ("specs/old/crm.yaml", "mappings/lost.yaml", "mappings/crm/more.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "mappings/crm/gone.test.yaml").write_text(
        "- {name: a, record: {}, filtered: true}\n", encoding="utf-8"
    )
    assert sorted((each.file, each.code) for each in check(tmp_path).problems) == [
        ("mappings/crm/gone.test.yaml", "unknown-mapping"),
        ("mappings/crm/more.yml", "stray-file"),
        ("mappings/lost.yaml", "stray-file"),
        ("specs/old/crm.yaml", "stray-file"),
    ]


def test_a_broken_connector_is_not_blamed_on_others(tmp_path: Path) -> None:
    """What cannot be read is given the doubt: one problem, not one in every file."""
    found = check(written(tmp_path, {C: ("streams:", "streams: [")})).problems
    assert {each.file for each in found} == {C}


def test_the_catalogue_itself_has_no_problem() -> None:
    """What ships is right, all of it."""
    checked = check(Path(__file__).resolve().parents[3] / "specs")
    assert checked.problems == ()
    assert checked.files > 20


RATED = (
    "name: {type: string, required: true}",
    "name: {type: string, required: true}\n  pay: {type: money, in: USD, on: day}\n  day: date",
)
PAID = ("  name: name\n", "  name: name\n  pay: {value: pay, currency: EUR}\n  day: day\n")


def test_rates_are_read_from_the_project_and_checked(tmp_path: Path) -> None:
    """A mapping that converts has its rates; a line that is none is a problem with its place."""
    written(tmp_path, {"mappings/entities/person.yaml": RATED, M: PAID})
    folder = tmp_path / "units" / "fx"
    (problem,) = check(tmp_path).problems
    assert (problem.file, problem.line, problem.column, problem.code) == (M, 5, 31, "rate-missing")
    folder.mkdir(parents=True)
    (folder / "ecb.csv").write_text("date,base,quote,rate,source\n2024-03-04,EUR,USD,1.08,ECB\n", "utf-8")
    project = check(tmp_path).need()
    assert project.rates.leads("EUR", "USD", None)
    (folder / "more.csv").write_text("date,base,quote,rate,source\n2024-03-05,EUR,USD,-1,ECB\n", "utf-8")
    (folder / "ecb.xlsx").write_text("", "utf-8")
    assert [(each.file, each.line, each.code) for each in check(tmp_path).problems] == [
        ("units/fx/ecb.xlsx", 1, "stray-file"),
        ("units/fx/more.csv", 2, "wrong-rate"),
    ]
