"""What a company uses of who hosts it: people by the month, and storage (NF02)."""
