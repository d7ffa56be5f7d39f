"""A project that reads the CAP server, in a folder of a test's own."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.command import Syncline
from tests.third_party.cap_server import PASSWORD, USER

_PROJECT = """
project: erp_check
database: env:SYNCLINE_DATABASE
sources:
  erp:
    connector: {connector}
    config: {{url: "{origin}/odata/v4", user: {user}}}
    secrets: {{password: "file:password"}}
egress:
  allow: ["{origin}"]
"""


def project_of(folder: Path, origin: str, database: str, connector: str = "sap_odata") -> Syncline:
    """The source ``erp`` at ``origin``, by the catalogue's connector or one of the project's own."""
    (folder / "syncline.yaml").write_text(_PROJECT.format(connector=connector, origin=origin, user=USER))
    (folder / "password").write_text(PASSWORD)
    return Syncline(folder=folder, database=database)
