"""JSON, whatever Content-Type says."""

from engine.fetch.decode import Decoder
from engine.spec.component import component


@component("json")
class Json(Decoder):
    """One JSON document; ``records`` finds the records in it."""
