"""The customer pool (公海): who may claim what nobody looks after, and when a customer falls into it (BY12)."""
