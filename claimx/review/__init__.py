"""Work with a finished table: show, compare, verify, decide, and score against gold."""
