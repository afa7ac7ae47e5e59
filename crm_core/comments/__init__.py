"""Comments on records, written by replying to their cards; a name after @ tells a colleague (BY26)."""
