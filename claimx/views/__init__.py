"""What follows from a table, computed when it is asked for and stored nowhere."""
