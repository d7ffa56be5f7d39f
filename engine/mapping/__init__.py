"""What does a record say about an entity? Records become contributions, by rules, contracts and policies."""
