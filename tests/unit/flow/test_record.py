"""The key under which recordings are masked."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from engine.errors import SettingsError
from engine.flow.record import mask_key


def test_the_key_of_masks_is_made_once_and_kept(tmp_path: Path) -> None:
    """Two recordings of one project are masked alike, and nobody else reads their key."""
    key = mask_key(tmp_path)
    assert len(key) == 32
    assert mask_key(tmp_path) == key
    assert (tmp_path / "mask.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("held", ["", "00ff", "no key at all"])
def test_a_key_that_was_cut_off_masks_nothing(tmp_path: Path, held: str) -> None:
    """An empty key would make masks that anybody can take off: it is refused, and the file stands."""
    (tmp_path / "mask.key").write_text(held)
    with pytest.raises(SettingsError, match=r"mask\.key holds no key of masks"):
        mask_key(tmp_path)
    assert (tmp_path / "mask.key").read_text() == held


def test_of_two_that_make_the_key_at_once_the_second_reads_that_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one's key comes to stand there after it was looked for, and before this one is written."""
    other, draw = "ab" * 32, secrets.token_bytes

    def slow(size: int) -> bytes:
        (tmp_path / "mask.key").write_text(other)
        return draw(size)

    monkeypatch.setattr(secrets, "token_bytes", slow)
    assert mask_key(tmp_path) == bytes.fromhex(other)
    assert [each.name for each in tmp_path.iterdir()] == ["mask.key"]
