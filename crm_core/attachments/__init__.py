"""Photos, voices and documents that belong to a record."""
