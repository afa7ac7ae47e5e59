"""Matters: the records that hang on a customer's archive (needs, trials, deals) and are kept the same way."""
