"""Trips and expense claims (出差, 报销): asked for, approved, checked against what was done, and paid."""
