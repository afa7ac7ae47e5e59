"""Customers out of spreadsheets and into them (BY24, BY25): what was sent, what it says, and what became of each row."""
