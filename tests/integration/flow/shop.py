"""A project that reads the items of one shop into articles of one field."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

from engine.flow.workspace import Workspace

CURSOR = "pagination: {type: cursor, next: body.next, into: query.cursor}"


def project(*stream: str, http: str = "", field: str = "name: string") -> dict[str, str]:
    """Its files. ``stream``: lines below the stream beside path, records and key; ``http``: more keys."""
    name, _, _ = field.partition(":")
    return {
        "syncline.yaml": """
project: shop
database: env:DATABASE
sources: {shop: {connector: shop, config: {base: "env:API"}}}
egress: {allow: ["env:API"]}
""",
        "specs/shop.yaml": f"""
connector: shop
config: {{base: {{type: string}}}}
http: {{base_url: "${{config.base}}"{http and f", {http}"}}}
streams:
  items:
    path: /items
    records: items
    key: id
"""
        + "".join(indent(f"{line}\n", "    ") for line in stream),
        "mappings/entities/article.yaml": f"entity: article\nfields: {{{field}}}\n",
        "mappings/shop/items.yaml": f"from: shop.items\nto: article\nfields: {{{name}: {name}}}\n",
    }


def opened(folder: Path, database_url: str, address: str) -> Workspace:
    """The project in a folder as its files stand, for one verb."""
    environment = {"DATABASE": database_url, "API": address}
    return Workspace.open(folder, say=lambda _: None, environment=environment)
