"""Budgets (预算): what may be spent on what, held when it is asked for, spent when it is approved (EX08-EX18)."""
