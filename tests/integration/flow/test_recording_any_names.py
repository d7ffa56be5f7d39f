"""Whatever names a source says, wherever it does, none is in what ``record`` writes."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.flow.staff import Source, person, recorded, staffed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Source, Path, str]]:
    with staffed(tmp_path) as found:
        yield found


CONSONANTS = "".join(sorted(set(string.ascii_lowercase) - set("aeiou")))


class Names:
    """Draws names that no file says and no mask makes by chance, and remembers them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.drawn: list[str] = []

    def name(self) -> str:
        name = "".join(self.random.choices(CONSONANTS, k=self.random.randint(7, 11)))
        name = self.random.choice((str.title, str.upper, str.lower))(name)
        self.drawn.append(name)
        return self.random.choice(
            (name, f" {name} ", f"{name}@{self._host()}", f"{name} 17", f"{name}.2024-01-02")
        )

    def _host(self) -> str:
        self.drawn.append("".join(self.random.choices(CONSONANTS, k=9)))
        return f"{self.drawn[-1]}.com"

    def tree(self, depth: int = 0) -> Any:
        """Anything that JSON may hold, with names in it."""
        kind = self.random.randrange(6 if depth < 4 else 2)
        if kind >= 4:
            return {self.name(): self.tree(depth + 1) for _ in range(self.random.randrange(4))}
        if kind == 3:
            return [self.tree(depth + 1) for _ in range(self.random.randrange(4))]
        return self.random.choice((None, True, 12, 1.5)) if kind == 2 else self.name()

    def person(self, number: int) -> dict[str, Any]:
        """A record of which any part may be anything, and some are what they should be."""
        made = person(number, name=self.name(), family=self.name(), note=self.name(), team=self.name())
        for name in self.random.sample(sorted(set(made) - {"id"}), k=self.random.randrange(5)):
            made[name] = self.tree()
        return made | {self.name(): self.tree() for _ in range(self.random.randrange(4))}


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a smaller seed is no simpler source
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_no_name_that_a_source_says_is_in_what_is_written(world: tuple[Source, Path, str], seed: int) -> None:
    """Whatever stands where, as value or as key, on the way to the next page or beside the records."""
    source, folder, url = world
    names = Names(seed)
    step = names.name().strip().partition("@")[0].replace(" ", "")
    body: dict[str, Any] = {
        "next": f"{url}/api/people/{step}?{step}={step}",
        "total": 9,
        names.name(): names.tree(),
    }
    source.say("/api/people", body | {"items": [names.person(number) for number in range(1, 5)]})
    rest: dict[str, Any] = {
        "items": [names.person(number) for number in range(5, 10)],
        "next": None,
        "total": 9,
    }
    source.say(f"/api/people/{step}", rest)
    found, text = recorded(folder, "people")
    assert found.played is not None
    assert len(found.played.pages) == 2
    assert len(names.drawn) > 40
    assert [each for each in names.drawn if each.casefold() in text.casefold()] == []
