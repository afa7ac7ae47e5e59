"""Plans (工作计划): lines of work by customer and day, the week that they make up, and what the superior says of it."""
