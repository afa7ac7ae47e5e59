"""Messages that must go out: written with the change that causes them, sent by delivery, never lost."""
