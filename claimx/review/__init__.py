"""Look at a table again: show it, compare it, verify its citations, score it against gold."""
