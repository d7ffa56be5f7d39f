"""How does reading go on while what was read is loaded? The next batch is made on a thread of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(batches: Iterator[T]) -> Generator[T, None, None]:
    """
    The same batches; each is made while the one before it is dealt with.

    ``batches`` is only ever asked from one thread. Close what this gives before what ``batches`` reads from.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read ahead") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch
