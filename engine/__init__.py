"""Syncline: from a YAML spec to canonical rows that know where they came from."""
