"""Words of general news English that say nothing of what is claimed."""

from claimx.language.lexicon import read_words

EMPTY = read_words("function_words.empty")
