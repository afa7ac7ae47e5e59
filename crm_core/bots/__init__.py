"""Several bots over one core: which there are, which branch each serves, and how people get from one to another."""
