"""Words and what they say: text, tokens, quantities, dates, names, negation, who speaks."""
