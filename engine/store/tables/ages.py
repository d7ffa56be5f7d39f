"""When was what records say confirmed, and against which time is that held?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, Integer, SmallInteger

from engine.store.tables.declared import KEY, WHEN, column, key, table

confirmation = table(
    "confirmation",
    "primary",
    "When the records of a stream that feeds an entity were confirmed, all that have no time of their own.",
    column("entity", SmallInteger),
    column("stream", Integer),
    column("run", BigInteger, about="the newest one that was asked whom it held"),
    column("at", WHEN, nullable=True, about="when the newest whole run began; null: there was none yet"),
    key("entity", "stream"),
)
confirmed_record = table(
    "confirmed_record",
    "primary",
    "A record that the newest whole run of its stream did not hold, or that a later run confirmed.",
    column("entity", SmallInteger),
    column("stream", Integer),
    column("key", KEY, about="of the contribution"),
    column("at", WHEN, about="when the newest run that held it began"),
    key("entity", "stream", "key"),
    Index("confirmed_record_at", "entity", "at"),
)
aging = table(
    "aging",
    "primary",
    "Rows were folded anew because records became too old, or were confirmed again.",
    column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    column("entity", SmallInteger),
    column("at", WHEN, about="the time that ages were held against"),
    column("run", BigInteger, nullable=True, about="the one that confirmed them; null: time passed"),
)
