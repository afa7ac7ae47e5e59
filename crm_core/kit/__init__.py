"""Tools every feature stands on: database, clock, errors, calendars, words, search keys."""
