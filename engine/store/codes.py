"""What can the database have against us? One sentence for each code of a ``StoreError``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "copy-failed": "The tables cannot be read to be copied: the server is newer, or forbids it.",
    "embedded-account": "The embedded PostgreSQL needs a user that is not root, and a place it can reach.",
    "embedded-create": "The embedded PostgreSQL could not make its database.",
    "embedded-missing": "The embedded PostgreSQL is not installed: give the URL of a database.",
    "embedded-owner": "The project's .syncline folder belongs to another user.",
    "embedded-socket": "The folder of the embedded PostgreSQL's socket is not private: it is not used.",
    "embedded-start": "The embedded PostgreSQL did not start.",
    "embedded-stop": "The embedded PostgreSQL did not stop.",
    "embedded-unused": "The embedded PostgreSQL was asked for while nobody uses it.",
    "embedded-version": "The project's database was made by another major version of PostgreSQL.",
    "enumeration-unloaded": "A response of the run is not loaded yet, so that nothing is known to be absent.",
    "held": "Another worker holds a stream that is needed: try again when it is done.",
    "lease-lost": "Another worker holds the stream now: nothing was written.",
    "raw-torn": "A stored body is not there, or is not what its sha256 says.",
    "store-contended": "Rival writers got in the way too often: try again.",
    "store-encoding": "The database is not encoded in UTF-8.",
    "store-full": "The database has no space or memory left: it goes on when there is some.",
    "store-identifier": "A name cannot be that of a table or a column.",
    "store-newer": "The tables were made by a newer version of this program.",
    "store-out-of-date": "The tables are older than this program, or a contract did more than add fields.",
    "store-refused": "The database refuses the user, the password or the name of the database.",
    "store-too-old": "PostgreSQL is older than 15.",
    "store-unavailable": "The database cannot be reached, or went away in the middle.",
}
