"""Telegram on your desk: a Bot API server with its state in memory, and phones in a web page."""
