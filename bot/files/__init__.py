"""Files that people send: fetched from Telegram in the background and kept by us."""
