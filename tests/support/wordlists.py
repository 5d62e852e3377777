"""Texts that are hard to read, for the tests of facts and grounding."""

from hypothesis import strategies as st

_LINES = """
not no never 50,000 fifty thousand million over under nearly Japan Tokyo U.S. Hegseth SM-6 May March
30 2025 - , . ( ) : " will may could plans to considering the of and in said half a third two thirds
dozen 10-15 $ 2.7 billion percent % satisfied dissatisfied rose fell last week Sunday accused by was
IMF International Monetary Fund President 's don't first ½ × 10^4 10⁴ 中文 é İ ǆ ẞ
"""
WORDS = (*_LINES.split(), "\n", "\ud800", "\x00", "e\u0301", "\u202f")

_pieces = st.lists(st.sampled_from(WORDS), max_size=25)
TEXTS = st.one_of(st.text(max_size=80), _pieces.map(" ".join), _pieces.map("".join))

# Repeated thousands of times, each once made some reader slow.
NASTY = (
    *("a", "A", "1", "1,", "1 234 ", "a.", "U.", "a'", "Abc ", "not go ", "will go ", "twenty "),
    *("one million ", "Abc Def (", "A-", "\n", "e\u0301", "10% ", "1-2-3 ", "1/2 ", "X1-", "10^"),
    *("10 to ", "a half ", "A of ", "May 3, 2025 ", "2025-03-", "World Food Fund (WFF) ", "A the "),
)
