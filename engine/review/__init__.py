"""TWO VERSIONS → FINDINGS: what differs, and what does that do to the data?"""
