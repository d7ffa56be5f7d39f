"""Streams for tests, from the YAML that a connector would hold."""

from __future__ import annotations

import textwrap

from engine.fetch.connector import Connector
from engine.fetch.stream import Stream
from engine.spec.load import load

_HEAD = """
connector: made
http: {base_url: "https://api.example.com/v1"}
streams:
  things:
"""


def connector_of(text: str) -> Connector:
    """A connector with one stream ``things``, whose keys are ``text``; fails where that has problems."""
    document = load(Connector, "made.yaml", _HEAD + textwrap.indent(textwrap.dedent(text), "    "))
    assert document.value is not None, "\n".join(map(str, document.problems))
    return document.value


def stream_of(text: str) -> Stream:
    """The stream whose keys are ``text``."""
    return connector_of(text).stream("things")
