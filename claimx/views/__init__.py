"""Analyses that are derived from a table and not stored in it."""
