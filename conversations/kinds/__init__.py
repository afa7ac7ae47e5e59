"""Kinds of fields: each reads what a person typed, tapped or sent into a value, and writes it back."""
