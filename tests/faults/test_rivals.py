"""Two syncs of one stream at once: one of them works, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.rig import Rig

SEED = 77

pytestmark = pytest.mark.database


def test_of_two_syncs_at_once_one_holds_the_stream(database_url: str, tmp_path: Path) -> None:
    with Rig(tmp_path, seed=SEED, database=database_url) as rig:
        rig.source.pause = 0.02  # long enough for the second one to come while the first is at work
        rig.settle()
        rig.source.turn(0.3)
        rivals = [rig.worker(), rig.worker()]
        rig.source.asked.clear()
        rivals[0].tell(rig.folder)
        assert rig.source.asked.wait(30)
        rivals[1].tell(rig.folder)
        told = [rival.hear() for rival in rivals]
        assert all(each is not None for each in told)
        reads = [each["streams"] for each in told if each is not None]
        for stream in ("staff.people", "desk.people"):
            assert any(each[stream] is not None for each in reads), f"nobody read {stream}"
        held_off = [stream for each in reads for stream in each if each[stream] is None]
        assert held_off, "the two never met"
        rig.settle()
