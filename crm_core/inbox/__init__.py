"""What came in: stored and committed before it is acknowledged, worked off one at a time per chat."""
