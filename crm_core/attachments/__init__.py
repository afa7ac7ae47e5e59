"""Photos, voices and documents that belong to a record: who sent them, and whether we hold their bytes ourselves."""
