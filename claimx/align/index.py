"""
Find the places of a document where a wording may be, without scanning the document again.

Built once for a document, in linear time. Exact places are looked up by the
rarest word of a quote. Similar places are found by vote: the words of the quote
that agree on where it would begin.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from claimx.align.wording import Wording
from claimx.language.lexicon import FUNCTION_WORDS
from claimx.language.sentence_ends import SENTENCE_END

# How many of a quote's rarest words are tried: one may be split differently in the document
# ("US" for "U.S."), three hardly ever are.
_RAREST = 3
# With this many places found, do not search for differently split ones.
_PLENTY = 1000
# Occurrences of a quote's words, rarest first, that vote on where it begins; in a million
# characters of prose that is ten words or more.
_HITS = 600
_GUESSES = 4
# Guesses that lie within this many words of each other count as the same place.
_STRIDE = 8
# Occurrences of a word that are checked for one without a capital.
_CAPITALS_SEEN = 50
# A longer quote (in words) is refused: the comparison takes quadratic time.
_MAX_WORDS = 1000


class Place(NamedTuple):
    """Words *first* to *end* (exclusive) of a document; *score* is that of the alignment."""

    first: int
    end: int
    score: float = 1.0


class _Block(NamedTuple):
    """A run of *size* equal words: from word *here* of the quote and *there* of the document."""

    here: int
    there: int
    size: int


class Index(NamedTuple):
    """A document's *wording*, and for each key the indexes of the words that begin with it."""

    wording: Wording
    words_by_key: dict[str, list[int]]

    @classmethod
    def build(cls, text: str, shown: str | None = None) -> "Index":
        """Index *text*, taking the words from *shown* if given."""
        wording = Wording(text, shown)
        words_by_key: dict[str, list[int]] = defaultdict(list)
        for word, key in enumerate(wording.list_keys()):
            words_by_key[key].append(word)
        return cls(wording, dict(words_by_key))

    def find_letters(self, quote: Wording) -> list[int]:
        """
        Return the offsets in ``wording.letters`` where the letters of *quote* begin, in order.

        A match may begin or end inside a word. A quote that is too short for any key,
        or has one or two words that are not in the document, is searched for letter by
        letter; any other is looked up by its words.
        """
        ranked = self._rank_keys(quote)
        starts: set[int] = set()
        for key, word in ranked[:_RAREST]:
            if len(starts) < _PLENTY:
                starts |= self._match_letters(quote, key, word)
        is_unknown = len(ranked) < len(quote.words) <= 2 or not any(quote.list_keys())
        if not starts and is_unknown:
            begins = self.wording.find_word
            scan = self._scan_letters
            whole = [start for start in scan(quote.letters) if begins(start)[1]]
            return whole or list(islice(scan(quote.letters), _PLENTY))
        return sorted(starts)

    def guess_places(self, quote: Wording) -> list[Place]:
        """Return the places most similar to *quote*, the best first; few, or none."""
        if len(quote.words) > _MAX_WORDS:
            return []
        places = {
            place
            for guess in self._guess_starts(quote)
            if (place := self._fit(quote, guess)) is not None
        }
        return sorted(places, key=lambda place: (-place.score, place.first))

    def is_common(self, word: str) -> bool:
        """Return whether the document writes *word* without a capital, too."""
        places = self.words_by_key.get(word, ())[:_CAPITALS_SEEN]
        return word in FUNCTION_WORDS or not all(map(self.wording.is_capitalised, places))

    def _rank_keys(self, quote: Wording) -> list[tuple[str, int]]:
        """List the keys of *quote* that the document has, rarest first, with their word."""
        known = ((key, word) for word, key in enumerate(quote.list_keys()) if key)
        have = ((len(self.words_by_key[k]), k, w) for k, w in known if k in self.words_by_key)
        return [(key, word) for _, key, word in sorted(have)]

    def _match_letters(self, quote: Wording, key: str, word: int) -> set[int]:
        letters, at, offset = self.wording.letters, self.wording.at, quote.at[word]
        starts = (at[place] - offset for place in self.words_by_key[key])
        return {s for s in starts if s >= 0 and letters.startswith(quote.letters, s)}

    def _scan_letters(self, letters: str) -> Iterator[int]:
        start = self.wording.letters.find(letters)
        while start >= 0:
            yield start
            start = self.wording.letters.find(letters, start + len(letters))

    def _guess_starts(self, quote: Wording) -> list[int]:
        """Let the words of *quote* vote, in strides, for the word at which it would begin."""
        votes: Counter[int] = Counter()
        left = _HITS
        for key, word in self._rank_keys(quote):
            hits = self.words_by_key[key][: max(left, 0)]
            votes.update([(hit - word) // _STRIDE for hit in hits])
            left -= len(hits)
        best = votes.most_common(_GUESSES)
        return [start * _STRIDE for start, count in best if 2 * count >= best[0][1]]

    def _fit(self, quote: Wording, guess: int) -> Place | None:
        """Return the place near *guess* that matches the words of *quote*, if there is one."""
        count = len(quote.words)
        slack = _STRIDE + count // 4
        low = max(guess - slack, 0)
        words = self.wording.words[low : guess + _STRIDE + count + slack]
        blocks = _drop_strays(_match_blocks(quote.words, words, low))
        if not blocks:
            return None
        first = self._reach_back(quote, self._pull(blocks))
        end = self._reach_on(quote, blocks[-1])
        return Place(first, end, self._score(quote, first, end))

    def _pull(self, blocks: list[_Block]) -> _Block:
        """Return the first of *blocks*, moved up to the second if its words repeat before it."""
        block = blocks[0]
        more = max(_gap(block, blocks[1]), 0) if len(blocks) > 1 else 0
        words, near = self.wording.words, block.there + more
        same = words[near : near + block.size] == words[block.there : block.there + block.size]
        return block._replace(there=near) if same else block

    def _reach_back(self, quote: Wording, block: _Block) -> int:
        """Return where the quote would begin before *block*, not beyond a sentence's start."""
        here, there = block.here, block.there
        while here and there and not self._starts_sentence(quote, here, there):
            here, there = here - 1, there - 1
        return there

    def _reach_on(self, quote: Wording, block: _Block) -> int:
        """Return where the quote would end after *block*, not beyond a sentence's end."""
        here, there = block.here + block.size, block.there + block.size
        ends = len(quote.words), len(self.wording.words)
        while here < ends[0] and there < ends[1] and not self._starts_sentence(quote, here, there):
            here, there = here + 1, there + 1
        return there

    def _starts_sentence(self, quote: Wording, here: int, there: int) -> bool:
        """Return whether word *there* begins a sentence, though word *here* of *quote* does not."""
        if not SENTENCE_END.search(self.wording.between(there - 1, there)):
            return False
        return not SENTENCE_END.search(quote.between(here - 1, here))

    def _score(self, quote: Wording, first: int, end: int) -> float:
        place = self.wording.folded.text[self.wording.starts[first] : self.wording.end(end - 1)]
        wanted = quote.folded.text[quote.starts[0] : quote.end(len(quote.words) - 1)]
        return float(Indel.normalized_similarity(wanted, place))


def _match_blocks(quote: list[str], words: list[str], low: int) -> list[_Block]:
    """Match *quote* with *words*, the first of which has index *low* in the document."""
    blocks = Levenshtein.editops(quote, words).as_matching_blocks()
    return [_Block(block.a, low + block.b, block.size) for block in blocks if block.size]


def _drop_strays(blocks: list[_Block]) -> list[_Block]:
    """
    Keep the sequence of runs with the highest value; matches far away are coincidence.

    The value of a run is its words, minus half the unmatched words between it and
    the run before.
    """
    best, worth, start = (0.0, 0, 0), 0.0, 0
    for end, block in enumerate(blocks, 1):
        worth -= abs(_gap(blocks[end - 2], block)) / 2 if end > 1 else 0
        if worth <= 0:
            worth, start = 0, end - 1
        worth += block.size
        best = max(best, (worth, start, end), key=lambda run: run[0])
    return blocks[best[1] : best[2]]


def _gap(left: _Block, right: _Block) -> int:
    """Return how many words more than the quote the document has between two runs, or fewer."""
    return (right.there - left.there) - (right.here - left.here)
