"""What did somebody type? Each command parses, calls one verb and prints what it gave."""
