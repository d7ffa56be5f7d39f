"""The benchmark, for form: it runs, both loaders agree, and every figure is there. No time is asserted."""

from __future__ import annotations

import json

import pytest

from tests.bench import entities
from tests.bench.__main__ import PHASES, main
from tests.bench.loaders import loaders


@pytest.mark.database
def test_the_benchmark_runs_and_its_loaders_agree(
    server_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tiny run measures each loader in each phase, after asserting that both hold the same."""
    monkeypatch.setenv("DATABASE_URL", server_url)
    main(["--records", "520", "--rounds", "1", "--latency", "5", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert [(row["run"], row["loader"]) for row in said["runs"]] == [
        (phase, loader) for phase in PHASES for loader in loaders()
    ]
    assert all(row["total"] > 0 and row["peak_mb"] > 0 for row in said["runs"])
    assert len(said["goals"]) >= 10
    assert next(each for each in said["goals"] if each["unit"] == "pages")["reached"]


@pytest.mark.database
def test_the_benchmark_of_three_sources_runs(
    server_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tiny run asserts what the tables hold, and has every figure."""
    monkeypatch.setenv("DATABASE_URL", server_url)
    entities.main(["--entities", "520", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert len(said) == 14
    assert all(each["measured"] > 0 for each in said)
