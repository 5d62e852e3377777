"""
Search a document for the places a quote may come from, one method after another.

Each method returns the finds, or the closest place and the reason it is refused.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from claimx.align.guard import Passage, find_contradiction, find_hidden_denial
from claimx.align.index import Index, Place
from claimx.align.trim import Cut, cut_out, find_marks
from claimx.align.wording import Wording
from claimx.language.lexicon import NEGATIVE_PREFIXES, any_of
from claimx.language.sentence_ends import SENTENCE_END
from claimx.records import AlignmentStatus, Span
from claimx.segment.parsed import ParsedDocument

# A quote may match thousands of places; this many are examined: those in the named sentences
# if there are any, else the first.
MAX_PLACES = 1000
# Most letters that an ellipsis may leave out: a long paragraph.
_MAX_LEFT_OUT = 1000
# Most pieces a quote is split into at ellipses; the rest stays one piece.
_MAX_PIECES = 20
# Scores this close do not distinguish places.
_SAME_SCORE = 0.01
# Least score at which a refused place is shown with its difference.
_HINTING_SCORE = 0.5
# Least length, in words, of a piece between ellipses that may match with other words in it.
_LONG_PIECE = 6

_FUSED = "quote joins two sentences"
# An ellipsis, bracketed or not, or bracketed words that are not in the source. "[T]he" only
# changes a letter's case and leaves nothing out.
_GAP = re.compile(
    r"\[\s*(?:\.{2,}|…)?\s*\]|\(\s*(?:\.{2,}|…)\s*\)|…+|\.{3,}|\.(?:\s\.){2,}"
    r"|\[(?![^\W_]\][^\W_])[^\[\]]{1,200}\]"
)


class Find(NamedTuple):
    """
    One place that the quote may come from, or several joined by ellipses.

    *doubt* describes how the quote may mislead its reader.
    """

    places: tuple[Place, ...]
    cuts: tuple[Cut, ...]
    status: AlignmentStatus
    score: float
    doubt: str = ""

    def is_near(self, near: Iterable[Span]) -> bool:
        """Return whether any part of it overlaps any span of *near*."""
        return any(cut.start < n.end and n.start < cut.end for cut in self.cuts for n in near)


class Refusal(NamedTuple):
    """Why a quote is not cited, and the place closest to it."""

    why: str
    nearest: Cut | None = None


class Task(NamedTuple):
    """
    A quote's *wording*, to be found in *document*; *near* are the sentences the model named.

    *parsed* has the sentences of the document.
    """

    wording: Wording
    near: tuple[Span, ...]
    document: Index
    parsed: ParsedDocument
    min_score: float


Outcome = tuple[list[Find], Refusal | None]


def search(task: Task) -> Outcome:
    """Try the search methods, strictest first; the first with a find decides."""
    if not task.wording.words:
        return [Find((), (cut,), cut.status, 1.0) for cut in _find_marks(task)], None
    refusals = []
    for look in (_find_whole, _find_pieces, _find_cut, _find_alike, _find_pieces_alike):
        finds, refusal = look(task)
        if finds:
            return finds, None
        if refusal:
            refusals.append(refusal)
    return [], refusals[0] if refusals else None


def _find_marks(task: Task) -> Iterator[Cut]:
    """Find a quote that has no words at all."""
    return islice(find_marks(task.wording, task.document.wording), MAX_PLACES)


def _find_whole(task: Task) -> Outcome:
    """Find the quote's own letters as complete words."""
    finds, refusal = [], None
    for start in _list_starts(task):
        place = _read_place(task, start)
        if place is None:
            continue
        why = _contradict(task, place)
        if why:
            refusal = refusal or Refusal(why, _cut(task, place))
        else:
            finds.append(_make_find(task, place))
    return finds, refusal


def _list_starts(task: Task) -> list[int]:
    """List where the quote's letters begin; if too many, those in the named sentences."""
    starts = task.document.find_letters(task.wording)
    if len(starts) <= MAX_PLACES:
        return starts
    wording = task.document.wording
    ranges = [
        (wording.find_letter(span.start), wording.find_letter(span.end)) for span in task.near
    ]
    near = [start for low, end in ranges for start in _slice(starts, low, end)]
    return (sorted(set(near)) or starts)[:MAX_PLACES]


def _slice(numbers: list[int], low: int, end: int) -> list[int]:
    return numbers[bisect_left(numbers, low) : bisect_left(numbers, end)]


def _read_place(task: Task, start: int) -> Place | None:
    """Convert a range of letters to whole words; None if it cuts a word."""
    wording = task.document.wording
    first, begins = wording.find_word(start)
    after, ends = wording.find_word(start + len(task.wording.letters))
    return Place(first, after) if begins and ends else None


def _contradict(task: Task, place: Place) -> str:
    quote = Passage(task.wording, 0, len(task.wording.words))
    there = Passage(task.document.wording, place.first, place.end)
    return find_contradiction(quote, there, task.document.is_common)


def _cut(task: Task, place: Place) -> Cut:
    return cut_out(task.wording, place, task.document.wording)


def _make_find(task: Task, place: Place) -> Find:
    cut = _cut(task, place)
    return Find((place,), (cut,), cut.status if place.score == 1 else "fuzzy", place.score)


# several pieces


class _Piece(NamedTuple):
    """
    A piece between ellipses, and the letter offsets where it may begin.

    *alike* is its only find, if it was found with other words in it.
    """

    task: Task
    starts: list[int]
    alike: Find | None = None

    def find_at(self, start: int) -> Find | None:
        """Return the find that begins at letter *start*, if it is complete and not contradicted."""
        if self.alike:
            return self.alike
        place = _read_place(self.task, start)
        if place is None or _contradict(self.task, place):
            return None
        return _make_find(self.task, place)

    def find_after(self, left: Find) -> Find | None:
        """Return the first find after *left*, within the length an ellipsis may span."""
        low = _letter_after(self.task, left)
        near = _slice(self.starts, low, low + _MAX_LEFT_OUT)
        return next(filter(None, map(self.find_at, near)), None)

    def find_before(self, right: Find) -> Find | None:
        """Return the last find before *right*, within the length an ellipsis may span."""
        end = self.task.document.wording.at[right.places[0].first] + 1
        end -= len(self.task.wording.letters) if not self.alike else 1
        near = _slice(self.starts, end - _MAX_LEFT_OUT, end)
        return next(filter(None, map(self.find_at, reversed(near))), None)


def _find_pieces(task: Task) -> Outcome:
    """Find the pieces that an ellipsis or brackets divide the quote into, in order."""
    return _join_pieces(task, _study_piece)


def _find_pieces_alike(task: Task) -> Outcome:
    """Find the pieces; longer ones may match with other words in them."""
    return _join_pieces(task, _study_piece_alike)


def _study_piece(task: Task) -> _Piece:
    return _Piece(task, task.document.find_letters(task.wording))


def _study_piece_alike(task: Task) -> _Piece:
    piece = _study_piece(task)
    if piece.starts or len(task.wording.words) < _LONG_PIECE:
        return piece
    finds, _ = _find_alike(task)
    at = task.document.wording.at
    return _Piece(task, [at[finds[0].places[0].first]], finds[0]) if len(finds) == 1 else piece


def _join_pieces(task: Task, study: Callable[[Task], _Piece]) -> Outcome:
    gaps = _GAP.findall(task.wording.source)
    if not gaps:
        return [], None
    added = find_hidden_denial(word for gap in gaps for word in Wording(gap).words)
    if added:
        return [], Refusal(f"quote adds {added!r}")
    wordings = map(Wording, _GAP.split(task.wording.source, _MAX_PIECES))
    pieces = [study(task._replace(wording=wording)) for wording in wordings if wording.words]
    chains = list(_chain(pieces)) if pieces and all(piece.starts for piece in pieces) else []
    reasons = [_find_left_out_denial(chain, task.document) for chain in chains]
    told = [_join(chain, task) for chain, why in zip(chains, reasons, strict=True) if not why]
    if chains and not told:
        return [], Refusal(reasons[0], _span_over(chains[0]))
    return [find for find in told if not find.doubt] or told, None


def _chain(pieces: list[_Piece]) -> Iterator[list[Find]]:
    """
    Join one find of each piece in reading order, each as near to the next as possible.

    Starts from the piece with the fewest places, at its last place, so that of two
    beginnings with the same end the nearer one is chosen.
    """
    rarest = min(range(len(pieces)), key=lambda number: len(pieces[number].starts))
    ends: set[int] = set()
    for start in reversed(pieces[rarest].starts[:MAX_PLACES]):
        find = pieces[rarest].find_at(start)
        chain = find and _extend(find, pieces[:rarest], pieces[rarest + 1 :])
        if chain and chain[-1].places[-1].end not in ends:
            ends.add(chain[-1].places[-1].end)
            yield chain


def _extend(find: Find, before: list[_Piece], after: list[_Piece]) -> list[Find] | None:
    """Extend *find* by finds of the pieces *before* and *after*; None if one is missing."""
    chain = [find]
    for piece in after:
        right = piece.find_after(chain[-1])
        if right is None:
            return None
        chain.append(right)
    for piece in reversed(before):
        left = piece.find_before(chain[0])
        if left is None:
            return None
        chain.insert(0, left)
    return chain


def _letter_after(task: Task, find: Find) -> int:
    return task.document.wording.at[find.places[-1].end]


# Contexts in which a "not" does not negate what follows: an aside, a clause before "but".
_CLOSED = re.compile(
    rf"\([^()]*\)|^.*(?:\b{any_of('negation.closing')}\b|;)|\b{any_of('negation.no_denials')}\b",
    re.DOTALL,
)


def _find_left_out_denial(chain: list[Find], index: Index) -> str:
    """Describe a negation that was left out between two pieces of one sentence; empty if none."""
    wording = index.wording
    for left, right in pairwise(chain):
        first, end = left.places[-1].end, right.places[0].first
        gap = wording.between(first - 1, end)
        if not SENTENCE_END.search(gap):
            denial = find_hidden_denial(Wording(_CLOSED.sub(" ", gap)).words)
            if denial:
                return f"quote leaves out {denial!r}"
    return ""


def _find_fused_sentences(chain: list[Find], task: Task) -> str:
    """
    Describe where one sentence breaks off and another continues it; empty if none does.

    "The landlord ... may leave" credits the landlord with what the source says about
    someone else. A piece that begins a sentence is independent.
    """
    wording = task.document.wording
    for left, right in pairwise(chain):
        between = wording.between(left.places[-1].end - 1, right.places[0].first)
        if SENTENCE_END.search(between) and _fuses(task.parsed, left, right):
            return _FUSED
    return ""


def _fuses(parsed: ParsedDocument, left: Find, right: Find) -> bool:
    end, start = left.cuts[-1].end, right.cuts[0].start
    at, to = parsed.find_sentence(end - 1), parsed.find_sentence(start)
    return at != to and _has_words(parsed.text[parsed.sentences[to].span.start : start])


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _join(chain: list[Find], task: Task) -> Find:
    status: AlignmentStatus = "fuzzy" if any(f.status == "fuzzy" for f in chain) else "normalized"
    places = tuple(place for find in chain for place in find.places)
    cuts = tuple(cut for find in chain for cut in find.cuts)
    score, doubt = min(find.score for find in chain), _find_fused_sentences(chain, task)
    return Find(places, cuts, status, score, doubt)


def _span_over(chain: list[Find]) -> Cut:
    return Cut(chain[0].cuts[0].start, chain[-1].cuts[-1].end, "normalized")


# cut words


def _find_cut(task: Task) -> Outcome:
    """
    Find the quote's letters where they begin or end inside a word, and complete that word.

    A number is never completed, nor is a word with a negative prefix such as "un-".
    """
    finds, refusal = [], None
    for start in _list_starts(task):
        if _read_place(task, start):
            continue
        place = _complete(task, start)
        if place.score < task.min_score:
            refusal = refusal or Refusal("stands only inside longer words")
        elif why := _refuse_completion(task, start, place):
            refusal = refusal or Refusal(why, _cut(task, place))
        else:
            finds.append(_make_find(task, place))
    return finds, refusal


def _complete(task: Task, start: int) -> Place:
    wording, length = task.document.wording, len(task.wording.letters)
    first, begins = wording.find_word(start)
    after, _ = wording.find_word(start + length)
    first -= not begins
    return Place(first, after, length / (wording.at[after] - wording.at[first]))


def _refuse_completion(task: Task, start: int, place: Place) -> str:
    wording, end = task.document.wording, start + len(task.wording.letters)
    at, first, last = wording.at, wording.words[place.first], wording.words[place.end - 1]
    before = wording.letters[at[place.first] : start]
    if before and (first[0].isdigit() or before in NEGATIVE_PREFIXES):
        return f"has {first}, quote cuts it"
    return f"has {last}, quote cuts it" if end < at[place.end] and last[0].isdigit() else ""


# other words


def _find_alike(task: Task) -> Outcome:
    """Find the place most similar to the quote, and every repetition of it."""
    guesses = task.document.guess_places(task.wording)
    if not guesses:
        return [], None
    best = [guess for guess in guesses if guess.score >= guesses[0].score - _SAME_SCORE]
    if best[0].score < min(task.min_score, _HINTING_SCORE):
        return [], _refuse_unlike(task, best[0])
    reasons = [_contradict(task, guess) for guess in best]
    nearest = _cut(task, best[0])
    if best[0].score < task.min_score:
        unlike = _refuse_unlike(task, best[0])
        return [], unlike._replace(why=reasons[0] or unlike.why)
    fitting = [guess for guess, why in zip(best, reasons, strict=True) if not why]
    places = {again for guess in fitting for again in _find_again(task, guess)}
    finds = [_make_find(task, place) for place in sorted(places)]
    return finds, None if finds else Refusal(reasons[0], nearest)


def _refuse_unlike(task: Task, place: Place) -> Refusal:
    return Refusal(f"the nearest place is only {place.score:.2f} alike", _cut(task, place))


def _find_again(task: Task, place: Place) -> Iterator[Place]:
    """Return every place with the same letters as *place*."""
    same = Wording(Passage(task.document.wording, place.first, place.end).show())
    twin = task._replace(wording=same)
    yield place
    for start in _list_starts(twin):
        again = _read_place(twin, start)
        if again and again.first != place.first:
            yield again._replace(score=place.score)
