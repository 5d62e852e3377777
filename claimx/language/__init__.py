"""Analyse text: tokens, quantities, dates, names, negation, certainty, anaphora, attribution."""
