"""Samples and trials (试样): what a customer got to try, when to ask, and what came of it."""
