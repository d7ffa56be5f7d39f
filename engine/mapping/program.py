"""A compiled mapping that runs: generated code for the usual record, the exact road for the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan
from engine.records import Decoded, Mapped


@dataclass(frozen=True, slots=True)
class Program:
    """One mapping onto one entity; pure, and safe to share between threads."""

    plan: Plan

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
        return map_exactly(self.plan, decoded, skip=skip)


def compile_program(plan: Plan) -> Program:
    """Make a plan ready to run."""
    return Program(plan)
