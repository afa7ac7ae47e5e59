"""Customers out of spreadsheets and into them (BY24, BY25): what was sent, what it says, what became of each row."""
