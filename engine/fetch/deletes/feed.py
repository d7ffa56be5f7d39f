"""Another stream lists what was deleted."""

from engine.fetch.deletes import Deletes
from engine.fetch.key_part import KeyPart
from engine.spec.component import component, field
from engine.spec.values import Name


@component("feed")
class Listed(Deletes):
    """
    A second stream of the connector lists the keys of deleted records. It is read first in each run of
    this one, with requests and a watermark of its own, and has to say when each was deleted (``version``).
    """

    stream: Name = field(
        "The stream that lists them. It is read for this stream only, and nothing is mapped from it.",
        examples=("deleted_employees",),
    )
    key: tuple[KeyPart, ...] | KeyPart = field(
        "Reads a record of that stream: the key of the record that was deleted; as many parts as the key "
        "of this stream has.",
        examples=("id",),
    )

    @property
    def parts(self) -> tuple[KeyPart, ...]:
        """The parts of the key of what was deleted."""
        return self.key if isinstance(self.key, tuple) else (self.key,)
