"""
Does the promise hold, whatever a source does and wherever a process ends?

``commits`` and ``source`` are a scripted system on a real socket whose log of commits knows everything;
``checker`` holds the database against that log, and shares no code with the engine; ``histories`` and
``machine`` walk at random; ``seeded_bugs`` shows that the checker would see a bug.
"""
