"""Deals (交易): what was sold, for how much, and how far it has come; until contracts keep them."""
