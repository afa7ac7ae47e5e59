"""Old and new programs side by side on one database: who is too old for what, and what becomes of it."""
