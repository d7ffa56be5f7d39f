"""A link in a recording leads where the files of the project say, and names nobody."""

from __future__ import annotations

import pytest

from engine.flow.links import Links
from engine.flow.mask import Mask
from engine.flow.stand_ins import StandIns

KNOWN = StandIns(Mask(b"key" * 11), words={"active"}, names={"team"})
LINKS = Links(KNOWN, {"", "api", "users"}, live="https://us.example:8443/api", recorded="https://us.invalid")


@pytest.mark.parametrize(
    ("link", "stands"),
    [
        ("https://US.example:8443/api/users?page=2", "https://us.invalid/api/users?page=2"),
        ("//us.example:8443/api", "//us.invalid/api"),
        ("/api/users?team=active&$skip=40#", "/api/users?team=active&$skip=40#"),
        ("?cursor=", "?cursor="),
        (
            '</api/users?page=2>; rel="next", </api>; rel=first',
            '</api/users?page=2>; rel="next", </api>; rel="first"',
        ),
    ],
)
def test_what_files_say_and_what_pages_are_counted_by_stands(link: str, stands: str) -> None:
    assert LINKS.masked(link) == stands


@pytest.mark.parametrize(
    ("link", "shape"),
    [
        ("https://anna:ruiz@miller.example/api", "https://"),
        ("/api/users/anna%40miller.example/49151123", "/api/users/"),
        ("/api/users?anna=ruiz&page=1984#miller", "/api/users?"),
        ('</api/anna>; rel="miller"; title="ruiz"', "</api/"),
        ("/api/users/Anna%20Müller%2FRuiz", "/api/users/"),
    ],
)
def test_all_else_is_masked_in_its_shape(link: str, shape: str) -> None:
    masked = LINKS.masked(link)
    assert masked.startswith(shape)
    assert not [
        each for each in ("anna", "ruiz", "miller", "müller", "4915", "1984") if each in masked.casefold()
    ]
    assert [each for each in masked if each in "/?&=#<>"] == [each for each in link if each in "/?&=#<>"]


def test_a_step_is_masked_as_the_same_text_is_in_a_record() -> None:
    assert LINKS.masked("/api/users/anna%40miller.example").endswith(
        KNOWN.text("anna@miller.example").replace("@", "%40")
    )
