"""What is due and to whom: one module of rules per feature, and the clock that asks them."""
