"""Imports and sheets at work: a process of its own reads what was sent, a loop does the steps, a card tells how far."""
