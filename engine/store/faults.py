"""The edge to PostgreSQL: what psycopg raises becomes a ``StoreError``; nothing foreign escapes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from engine.errors import StoreError, StoreOutOfDate, StoreUnavailable

_CONTENDED = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
_FULL = (errors.DiskFull, errors.OutOfMemory, errors.ConfigurationLimitExceeded)
_OUT_OF_DATE = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
)
_REFUSED = (errors.InvalidPassword, errors.InvalidAuthorizationSpecification, errors.InvalidCatalogName)


def translate(error: psycopg.Error) -> StoreError:
    """
    The error of ours that says the same: ``StoreUnavailable`` wherever trying again may help
    (codes ``store-contended``, ``store-full``, ``store-unavailable``), ``StoreOutOfDate`` where
    tables are missing, else ``StoreError``.
    """
    # Without detail and context, which quote rows.
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    if isinstance(error, _CONTENDED):
        return StoreUnavailable(text, code="store-contended")
    if isinstance(error, _FULL):
        return StoreUnavailable(text, code="store-full")
    if isinstance(error, _OUT_OF_DATE):
        return StoreOutOfDate(f"{text}\nrun `syncline database migrate`", code="store-out-of-date")
    if isinstance(error, _REFUSED) or _refused(text):
        return StoreError(f"the database refuses us: {text}", code="store-refused")
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return StoreUnavailable(f"the database cannot be reached: {text}", code="store-unavailable")
    return StoreError(text)


def _refused(text: str) -> bool:
    """While connecting, psycopg knows no SQLSTATE."""
    return "authentication failed" in text or "no pg_hba.conf entry" in text


@contextmanager
def translated() -> Iterator[None]:
    """Whatever psycopg raises inside leaves as a ``StoreError``."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from error
