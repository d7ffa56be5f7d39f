"""A deleted record comes once more, marked."""

from engine.expression import Expression
from engine.fetch.deletes import Deletes
from engine.spec.component import component, field


@component("marker")
class Marker(Deletes):
    """The source still delivers what was deleted, and says so in the record."""

    when: Expression = field(
        "Reads the record; true where it is deleted. A marker is a version of its record like any other.",
        examples=("status == 'deleted'",),
    )
