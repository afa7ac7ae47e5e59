"""What changed at the customers of one's people (RE09), read from the audit: nothing is stored here."""
