"""What follows from a table and is not stored in it."""
