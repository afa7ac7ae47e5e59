"""What is kept how long, and goes by itself."""
