"""What a command, a tap or a typed line does: one module per feature, found by key."""
