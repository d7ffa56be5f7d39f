"""A compiled mapping that runs: generated code for the usual record, the exact road for the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from engine.mapping.apply import Row, apply
from engine.mapping.generate_program import Generated, generate
from engine.mapping.mapped import Rows, hashes, map_exactly, map_record
from engine.mapping.patches import Patcher
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.records.mapped import Mapped
from engine.records.received import Decoded, Fate, Fault

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Program:
    """One mapping onto one entity; pure, and safe to share between threads."""

    plan: Plan
    generated: Generated = field(repr=False)
    patcher: Patcher | None = field(default=None, repr=False)
    """Maps the records of a stream of patches."""

    @property
    def mapping(self) -> str:
        """``connector/name``."""
        return self.plan.mapping

    @property
    def entity(self) -> str:
        """The entity that it says things about."""
        return self.plan.entity

    @property
    def fingerprint(self) -> str:
        """Equal for programs that make the same of every record."""
        return self.plan.fingerprint

    def map(self, decoded: Decoded, *, skip: Collection[int] = ()) -> Mapped:
        """Map the records of a response; ``skip`` are indices known to be the same."""
        if self.patcher is not None:
            return self.patcher.map(decoded)
        if self.plan.each:
            return map_exactly(self.plan, decoded, skip=skip, run=self.element)
        rows = Rows(self.plan, decoded)
        self._batch(rows, decoded, skip)
        rows.elements += len(skip)
        return rows.done(len(skip))

    def element(self, sources: Sources) -> Row | tuple[Fault, ...]:
        """What one record or element says, or everything that is wrong with it."""
        try:
            columns, said, identity = self.generated.run(
                sources.element, sources.record, sources.parent, sources.partition, sources.body
            )
        except Exception:  # noqa: BLE001 # whatever is not usual, the exact road decides
            return apply(self.plan, sources)
        return Row(columns=columns, said=said, identity=identity, omitted=0)

    def _batch(self, rows: Rows, decoded: Decoded, skip: Collection[int]) -> None:
        response, says = decoded.response, int(Fate.SAYS)
        done: list[int] = []
        owns: list[str] = []

        def settle() -> None:
            """Say of the lines so far whose they are, before the exact road adds its own."""
            rows.keys += owns if self.plan.key else [decoded.keys[index] or "" for index in done]
            rows.versions += [decoded.versions[index] for index in done]
            rows.places += [decoded.places[index] for index in done]
            rows.fates += [says] * len(done)
            done.clear()
            owns.clear()

        def exact(index: int) -> None:
            settle()
            map_record(rows, index, lambda sources: apply(self.plan, sources))

        count = len(decoded.records)
        self.generated.run(
            range(count) if not skip else [index for index in range(count) if index not in skip],
            decoded.records,
            decoded.keys,
            decoded.versions,
            decoded.places,
            hashes(self.plan, decoded),
            decoded.fates,
            decoded.faults,
            response.partition,
            decoded.document,
            response.position,
            response.id,
            (response.fetched_at - _EPOCH) // _MILLISECOND,
            rows.lines,
            done,
            owns,
            exact,
        )
        settle()
        rows.elements = count - len(skip)


def compile_program(plan: Plan) -> Program:
    """Make a plan ready to run."""
    return Program(plan, generate(plan), Patcher(plan) if plan.partial else None)
