"""What does the engine do? The verbs, one file each; only this floor sees fetch, mapping and store."""
