"""
Which nouns do the rooms exchange? Frozen, keyword-only, without behaviour.

``fetch`` makes a ``Response`` and reads it into ``Decoded`` records; ``mapping`` turns those into
``Mapped`` rows and ``Rejection`` values under a ``Program`` whose entity has an ``EntityShape``;
``store`` keeps them all. Only ``flow`` sees the three rooms at once.
"""
