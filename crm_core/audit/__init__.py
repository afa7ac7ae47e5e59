"""Who changed what, when, from what to what: written by itself with every change."""
