"""The people of the demo: always the same, in all systems, some of them badly recorded."""

from __future__ import annotations

import datetime as dt

from engine.demo import unfit
from engine.demo.payroll import PayrollSystem
from engine.demo.server import DemoSystems
from engine.demo.workers import departments, workers


def test_a_seed_makes_the_same_people_every_time_and_others_for_another_seed() -> None:
    assert workers(50) == workers(50)
    assert workers(50) != workers(50, seed=3)


def test_two_thousand_have_numbers_identifiers_and_addresses_of_their_own() -> None:
    people = workers()
    assert len(people) == 2_000
    assert len({person.number for person in people}) == 2_000
    assert len({person.uid for person in people}) == 2_000
    assert len({person.email for person in people}) == 2_000


def test_managers_exist_are_somebody_else_and_some_come_late() -> None:
    people = workers()
    managers = [(person.index, person.manager) for person in people if person.manager is not None]
    assert len(managers) == 1_999
    assert all(1 <= manager <= 2_000 and manager != index for index, manager in managers)
    assert sum(manager > index for index, manager in managers) > 500


def test_every_change_lies_in_the_past_of_any_machine_that_runs_this() -> None:
    assert max(person.changed for person in workers()) < dt.datetime(2024, 12, 1, tzinfo=dt.UTC)


def test_departments_are_a_tree() -> None:
    known = {each.id for each in departments()}
    assert [each.id for each in departments() if each.parent_id is None] == [1]
    assert all(each.parent_id in known for each in departments() if each.parent_id is not None)


def test_each_defect_replaces_fields_that_the_record_has() -> None:
    with DemoSystems() as systems:
        for defects, system in (
            (unfit.HR, systems.hr),
            (unfit.PAYROLL, systems.payroll),
            (unfit.DIRECTORY, systems.directory),
        ):
            for index, defect in defects.items():
                record = system.record(f"E-{index:05d}")
                assert set(defect.fields) <= set(system.record("E-00001"))
                assert {name: record[name] for name in defect.fields} == dict(defect.fields)


def test_no_worker_is_badly_recorded_in_two_systems() -> None:
    badly = [*unfit.HR, *unfit.PAYROLL, *unfit.DIRECTORY]
    assert len(badly) == len(set(badly))
    assert not set(unfit.HR) & unfit.GARBLED_BADGES


def test_a_stopped_system_gives_its_port_back() -> None:
    first = PayrollSystem(workers(1))
    port = first.port
    first.start()
    first.stop()
    again = PayrollSystem(workers(1), port=port).start()
    assert again.port == port
    again.stop()
