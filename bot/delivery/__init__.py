"""The way out: drains the outbox to Telegram, one sender per token, within Telegram's limits."""
