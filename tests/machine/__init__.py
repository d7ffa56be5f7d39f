"""
Are the fold and identity what the language page says, whatever comes and in whatever order?

``histories`` draws what happens to a few people in four streams; many histories run side by side in one
database, each in a lane of its own. ``world`` does to the engine what happens; ``brute`` (with ``hearing``,
``kin`` and ``rows``) says what must stand then, from the list of events alone, and shares no code with the
engine. ``seeded_bugs`` shows that a bug would be seen.
"""
