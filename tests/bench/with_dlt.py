"""
The peer: dlt as its documentation tunes it for this job (pages, csv files, upsert, nothing nested).

    python -m tests.bench.with_dlt BASE URL FOLDER

It keeps no raw answers and has no types for dates and amounts in JSON: they stay as they came.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import dlt
import httpx

SIZE = 500


def load(base: str, url: str, folder: str) -> None:
    """Sync everything once into schema ``dlt``."""

    @dlt.resource(
        name="worker", primary_key="id", write_disposition={"disposition": "merge", "strategy": "upsert"}
    )  # type: ignore[untyped-decorator] # dlt is installed for `make bench` only
    def workers() -> Iterator[list[dict[str, Any]]]:
        with httpx.Client(base_url=base) as client:
            offset, total = 0, 1
            while offset < total:
                page = client.get("/workers", params={"offset": offset}).json()
                total = page["total"]
                offset += len(page["items"])
                yield page["items"]

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(url),
        dataset_name="dlt",
    )
    workers.max_table_nesting = 0
    pipeline.run(workers(), loader_file_format="csv").raise_on_failed_jobs()


if __name__ == "__main__":
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    load(*sys.argv[1:4])
