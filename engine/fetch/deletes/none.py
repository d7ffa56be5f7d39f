"""Nothing is ever found to be deleted."""

from engine.fetch.deletes import Deletes
from engine.spec.component import component


@component("none")
class NoDeletes(Deletes):
    """Deletions at the source are not looked for."""
