"""Links between customers (CA12, CA16): dealers and their end customers, customers' customers, groups, partners."""
