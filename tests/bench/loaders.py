"""Who is measured: ``syncline``, the hand-written loader, and dlt where it is installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from tests.bench.rig import ROOT

PROJECT = ROOT / "tests" / "bench" / "project"
HANDWRITTEN, SYNCLINE, DLT = "hand-written", "syncline", "dlt"


def loaders() -> tuple[str, ...]:
    """In the order in which they take turns; dlt comes with the extra ``bench``."""
    return (HANDWRITTEN, SYNCLINE, *([DLT] if importlib.util.find_spec("dlt") else []))


def syncline(*arguments: str) -> list[str]:
    """A command of ours on the project of the benchmark."""
    return [sys.executable, "-m", "engine", *arguments, "--project", str(PROJECT), "--json"]


def command(loader: str, base: str, url: str, folder: Path) -> list[str]:
    """What loads everything once; ``syncline`` finds its database in the environment."""
    if loader == SYNCLINE:
        return syncline("sync")
    module = {HANDWRITTEN: "tests.bench.handwritten", DLT: "tests.bench.with_dlt"}[loader]
    return [sys.executable, "-m", module, base, url, *([str(folder)] if loader == DLT else [])]
