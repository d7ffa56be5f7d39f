"""
The projects that ship as data: the demo's, and the one that ``syncline init`` starts with.

All name the fixed ports; who serves on other ports has them written into the copies.
"""

from __future__ import annotations

from dataclasses import astuple
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from engine.demo.server import FIXED, Ports


def write_project(folder: Path, *, ports: Ports = FIXED) -> tuple[Path, ...]:
    """Copy the demo's project into ``folder``; the files written, in order. Files there are replaced."""
    return _copy(files("engine.demo") / "project", folder, ports)


def write_starter(folder: Path, *, ports: Ports = FIXED) -> tuple[Path, ...]:
    """Copy the starter project into ``folder``; the files written, in order. Files there are replaced."""
    return _copy(files("engine.demo") / "starter", folder, ports)


def _copy(source: Traversable, folder: Path, ports: Ports) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for each in sorted(source.iterdir(), key=lambda entry: entry.name):
        target = folder / each.name
        if each.is_dir():
            written += _copy(each, target, ports)
            continue
        text = each.read_text(encoding="utf-8")
        for fixed, port in zip(astuple(FIXED), astuple(ports), strict=True):
            text = text.replace(f":{fixed}", f":{port}")
        target.write_text(text, encoding="utf-8")
        written.append(target)
    return tuple(written)
