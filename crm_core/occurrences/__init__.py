"""What is due and to whom, kept apart from how it is said: occurrences of reminder rules."""
