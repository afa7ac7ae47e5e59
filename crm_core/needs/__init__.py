"""Needs (客户需求): what a customer wants, by when; who must know is told at once."""
