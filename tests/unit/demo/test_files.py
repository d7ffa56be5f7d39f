"""The projects that ship as data can be copied, for any ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.demo import directory, hr, payroll
from engine.demo.files import write_project, write_starter
from engine.demo.server import FIXED, Ports


def test_copies_name_the_fixed_ports_unless_told_otherwise(tmp_path: Path) -> None:
    write_project(tmp_path / "shipped")
    shipped = (tmp_path / "shipped/syncline.yaml").read_text()
    assert f"http://127.0.0.1:{FIXED.hr}" in shipped
    assert f"http://127.0.0.1:{FIXED.payroll}" in shipped
    assert f"http://127.0.0.1:{FIXED.directory}" in shipped
    write_project(tmp_path / "other", ports=Ports(hr=4001, payroll=4002, directory=4003))
    other = (tmp_path / "other/syncline.yaml").read_text()
    assert str(FIXED.hr) not in other
    assert str(FIXED.payroll) not in other
    assert str(FIXED.directory) not in other
    assert other.count(":4001") == shipped.count(f":{FIXED.hr}")


def test_secrets_in_the_copies_are_those_of_the_systems(tmp_path: Path) -> None:
    write_project(tmp_path)
    assert (tmp_path / "secrets/hr_client_secret").read_text().strip() == hr.CLIENT_SECRET
    assert (tmp_path / "secrets/payroll_password").read_text().strip() == payroll.PASSWORD
    assert (tmp_path / "secrets/directory_token").read_text().strip() == directory.TOKEN


@pytest.mark.parametrize(
    "name",
    ["syncline.yaml", "specs/my_hr.yaml", "mappings/entities/worker.yaml", "mappings/my_hr/workers.yaml"],
)
def test_starter_shows_one_of_each_kind_of_file(tmp_path: Path, name: str) -> None:
    written = write_starter(tmp_path)
    assert tmp_path / name in written
    assert (tmp_path / "mappings/my_hr/workers.test.yaml").is_file()


def test_catalogues_connectors_default_to_the_fixed_ports() -> None:
    root = Path(__file__).parents[3]
    assert f'default: "http://127.0.0.1:{FIXED.hr}"' in (root / "specs/hr.yaml").read_text()
    assert f'default: "http://127.0.0.1:{FIXED.payroll}"' in (root / "specs/payroll.yaml").read_text()
    directory_spec = (root / "specs/directory.yaml").read_text()
    assert f'default: "http://127.0.0.1:{FIXED.directory}"' in directory_spec
