"""Join the steps of matching: read each wording once, compare, group, report conflicts."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from math import inf
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from claimx.language.text import fold_text
from claimx.match.apart import Apart, Judge
from claimx.match.collection import Collection
from claimx.match.compare import Comparer, Scored
from claimx.match.conflicts import GroupConflict, list_clashes, report_conflicts
from claimx.match.entail import entails
from claimx.match.group import Link, Pair, group_links, order_near, pick_mutual, pick_nearest
from claimx.match.standing import Standing, list_standings, pick_claim, place_claim
from claimx.records import Alignment, Claim, Record, Score, content_id
from claimx.segment.allegations import weigh_allegation

# The claims of one wording, sorted by place.
Wording = list[Claim]

# Two wordings of one document that are alike so much say the same twice.
REPEATED = 0.85
# What a claim says that entails another: all words of the other, but for one of this weight.
ENTAILED = 1.5
# Share of either side of a conflict, at most, that the other has no match for.
MOST_STRANGE = 0.8
# Texts that one is held against, the most alike, to find a conflict: so many in a collection of up
# to 20,000, which takes about a minute, and fewer in a larger one.
MOST_SUSPECTS, FEWEST_SUSPECTS, ALL_SUSPECTS = 20, 6, 400_000
TELLING = 3  # keys of a text that another may entail
# Characters of a text that is compared with others; a longer one is no statement but an article,
# and compared word by word its time would grow as the square.
LONGEST = 2000


class MatchSettings(Record):
    """
    When two claims say the same, and when a difference is worth reporting.

    *min_score* is the least score of two claims that say the same;
    *min_conflict* how alike two must be to be set side by side.
    """

    min_score: Score = 0.56
    min_conflict: Score = 0.25


class Group(Record):
    """
    Claims that say the same.

    *claim* is the member whose wording all others say too: without flags if any
    member is, no headline, not about an unnamed "he" or "this". Its wording is
    one of the members', never a mixture. *claims* are sorted by document and
    place; *scores* say how likely each says the same as *claim*, 1 for the same
    wording.
    """

    claim: Claim
    claims: tuple[Claim, ...] = Field(min_length=1)
    scores: tuple[Score, ...] = ()


class Matching(Record):
    """
    All claims, each in one group, and the groups that contradict each other.

    *entailments* are positions of groups: the claim that stands for the first says all that the
    claim of the second says, and more.
    """

    groups: tuple[Group, ...]
    conflicts: tuple[GroupConflict, ...] = ()
    entailments: tuple[tuple[int, int], ...] = ()


class Comparison(NamedTuple):
    """
    How two texts compare.

    *similarity* is what they have in common, *unmatched* the weightiest word of
    each that the other has no match for, *apart* what keeps them apart, and
    *score* how likely they say the same, 0 to 1.
    """

    similarity: float
    score: float
    unmatched: tuple[str, str]
    apart: Apart | None = None

    @property
    def why(self) -> str:
        """What keeps the two apart, first text first: ``21 / 22``; "" if nothing does."""
        return self.apart.why if self.apart else ""


class MatchProgress(NamedTuple):
    """How many different wordings, of *total*, a step is done with."""

    step: Literal["read", "compare"]
    done: int
    total: int


Watcher = Callable[[MatchProgress], None]


def match_claims(
    claims: Iterable[Claim],
    settings: MatchSettings | None = None,
    watch: Watcher | None = None,
    days: Mapping[str, date] | None = None,
) -> Matching:
    """
    Group *claims* that say the same and report the groups that contradict each other.

    Groups are sorted by the place of their first claim; the order of *claims*
    does not matter. Claims of the same wording count as one; one of more than
    `LONGEST` characters is compared with no other. *watch* is told now and then
    how far it is. *days* are those of dated documents, by id: a count that is
    higher in the later document is a development.
    """
    with _pause_collector():
        wordings = _collect_wordings(claims)
        if not wordings:
            return Matching(groups=())
        return _match_wordings(wordings, settings or MatchSettings(), watch or _ignore, days or {})


def _ignore(progress: MatchProgress) -> None:
    """Nobody looks on."""


@contextmanager
def _pause_collector() -> Iterator[None]:
    """Let nobody search for cycles among a million small records that have none; a fifth faster."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                # there and back, all that was made counts as old: the next search leaves it out
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _match_wordings(
    wordings: Sequence[Wording],
    settings: MatchSettings,
    watch: Watcher,
    days: Mapping[str, date],
) -> Matching:
    alleging = [weigh_allegation(one[0].text, one[0].modality) for one in wordings]
    matcher = Matcher([one[0].text for one in wordings], watch, alleging)
    numbered = _number_documents(wordings)
    scored = matcher.score_alike(settings)
    found = matcher.group(numbered, scored, settings.min_score)
    standings = sorted(
        list_standings(found, wordings, matcher.comparer),
        key=lambda standing: min(place_claim(wordings[at][0]) for at in standing.members),
    )
    groups = tuple(_make_groups(standings, wordings, matcher.comparer))
    group_of = {at: number for number, one in enumerate(standings) for at in one.members}
    clashes = list_clashes(
        matcher.pick_suspects(scored, settings.min_conflict),
        matcher.judge,
        group_of,
        wordings,
        days,
    )
    conflicts = report_conflicts(clashes, group_of)
    leading = {one.chosen for one in standings}
    entailments = {
        (group_of[one], group_of[two]) for one, two in matcher.list_entailments(scored, leading)
    }
    return Matching(
        groups=groups,
        conflicts=tuple(conflicts),
        entailments=tuple(sorted(entailments)),
    )


class Matcher:
    """Compares texts and groups those that say the same."""

    def __init__(
        self,
        texts: Sequence[str],
        watch: Watcher = _ignore,
        alleging: Sequence[bool | None] = (),
    ) -> None:
        total = len(texts)
        texts = [text if len(text) <= LONGEST else "" for text in texts]
        self.comparer = Comparer(
            Collection(texts, lambda step, done: watch(MatchProgress(step, done, total)))
        )
        self.judge = Judge(texts, self.comparer.collection.weigh_stems, alleging)
        self._free: set[Pair] = set()
        self._apart: dict[Pair, bool] = {}

    def score_alike(self, settings: MatchSettings) -> Scored:
        """Score the pairs that may be the same, or in conflict."""
        parts = list(self.comparer.score_alike(settings.min_score, settings.min_conflict))
        return Scored(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def compare(self, first: int, second: int) -> Comparison:
        """Compare two texts, given by position."""
        scored = self.comparer.score_pairs([(first, second)])
        apart = self.judge.find_apart(first, second)
        score = float(scored.score[0])
        if apart:
            score = max(min(score - GUARDED, APART), 0.0)
        unmatched = self.comparer.find_unmatched(first, second)
        return Comparison(min(float(scored.similarity[0]), 1.0), score, unmatched, apart)

    def group(
        self, numbered: Sequence[frozenset[int]], scored: Scored, min_score: float
    ) -> list[list[int]]:
        """Group the texts, given the documents of each."""
        free = self._keep_free(scored, min_score)
        one_home = np.fromiter((min(some) for some in numbered), np.int64, len(numbered))
        together = one_home[free.first] == one_home[free.second]
        repeated = free.keep(together & (free.score >= REPEATED))
        links = free.keep(~together)
        links = links.keep(pick_mutual(links.first, links.second, links.score, one_home))
        return group_links(
            numbered,
            zip(repeated.first.tolist(), repeated.second.tolist(), strict=True),
            _rank_links(links),
            self._measure_pairs,
            min_score,
        )

    def list_same(self, settings: MatchSettings | None = None) -> Iterator[Pair]:
        """List the pairs of texts that say the same, whatever else does."""
        settings = settings or MatchSettings()
        free = self._keep_free(self.score_alike(settings), settings.min_score)
        return zip(free.first.tolist(), free.second.tolist(), strict=True)

    def _keep_free(self, scored: Scored, min_score: float) -> Scored:
        """Keep the pairs that score enough and that nothing keeps apart."""
        able = scored.keep(scored.score >= min_score)
        able = able.keep(order_near(able.first, able.second))
        pairs = zip(able.first.tolist(), able.second.tolist(), strict=True)
        apart = (self.judge.are_apart(first, second) for first, second in pairs)
        free = able.keep(~np.fromiter(apart, np.bool_, len(able.first)))
        self._free.update(zip(free.first.tolist(), free.second.tolist(), strict=True))
        return free

    def _measure_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Score any pairs; -inf alone if any is kept apart."""
        sides = ((one, other) if one < other else (other, one) for one, other in pairs)
        if any(pair not in self._free and self._are_apart(pair) for pair in sides):
            return [-inf]
        scores: list[float] = self.comparer.score_pairs(pairs).score.tolist()
        return scores

    def _are_apart(self, pair: Pair) -> bool:
        """Tell whether anything keeps two texts apart; groups that grow ask it again and again."""
        if pair not in self._apart:
            self._apart[pair] = self.judge.are_apart(*pair)
        return self._apart[pair]

    def pick_suspects(self, scored: Scored, min_conflict: float) -> Scored:
        """Pick the pairs that may be in conflict: alike, and half of either the same at least."""
        alike = scored.keep((scored.similarity >= min_conflict) & (scored.strange <= MOST_STRANGE))
        texts = len(self.comparer.collection.rivals)
        free = (one * texts + other for one, other in self._free)
        codes = alike.first.astype(np.int64) * texts + alike.second
        alike = alike.keep(~np.isin(codes, np.fromiter(free, np.int64, len(self._free))))
        fair = ALL_SUSPECTS // max(1, texts)
        most = max(FEWEST_SUSPECTS, min(MOST_SUSPECTS, fair))
        near = pick_nearest(alike.first, alike.second, alike.similarity, most)
        alike = alike.keep(near)
        return alike.keep(order_near(alike.first, alike.second))

    def list_entailments(self, scored: Scored, leading: set[int]) -> Iterator[Pair]:
        """List the pairs of *leading* texts whose first says all of the second, and more."""
        leads = np.zeros(len(self.comparer.collection.rivals), np.bool_)
        leads[list(leading)] = True
        able = leads[scored.first] & leads[scored.second]
        scored = scored.keep(able & (np.minimum(scored.mine, scored.theirs) <= ENTAILED))
        columns = (scored.first, scored.second, scored.mine, scored.theirs)
        for first, second, mine, theirs in zip(*(one.tolist() for one in columns), strict=True):
            specific, general = (first, second) if mine > theirs else (second, first)
            if self.comparer.count_keys(general) < TELLING:
                continue
            if self.judge.are_unequal(first, second):
                continue
            if entails(self.judge.read(specific), self.judge.read(general)):
                yield specific, general


# Taken off the score of a pair kept apart, and the most that it has then: below any cut-off.
GUARDED, APART = 0.1, 0.5


def _rank_links(links: Scored) -> Iterator[Link]:
    order = np.lexsort((links.second, links.first, -links.score))
    columns = (column[order].tolist() for column in (links.first, links.second, links.score))
    return zip(*columns, strict=True)


def _number_documents(wordings: Sequence[Wording]) -> list[frozenset[int]]:
    """Number the documents, and give those of each wording."""
    numbers: dict[str, int] = {}
    return [
        frozenset(numbers.setdefault(claim.document_id, len(numbers)) for claim in one)
        for one in wordings
    ]


def match_texts(
    texts: Iterable[str],
    settings: MatchSettings | None = None,
    documents: Sequence[str] = (),
    watch: Watcher | None = None,
) -> Matching:
    """
    Match plain sentences; *documents* names where each is from (default: each by itself).

    >>> len(match_texts(["21 people died.", "22 people died."]).groups)
    2
    """
    wrapped = (
        _wrap_text(at, text, documents[at] if documents else f"{at:09}")
        for at, text in enumerate(texts)
    )
    return match_claims(wrapped, settings, watch)


def explain_pair(first: str, second: str) -> Comparison:
    """
    Compare two texts by themselves: how alike they are and what keeps them apart.

    >>> explain_pair("21 people died.", "22 people died.").why
    '21 people / 22 people'
    """
    return Matcher([first, second]).compare(0, 1)


def _wrap_text(at: int, text: str, document: str) -> Claim:
    return Claim.model_construct(
        _WRAPPED,
        id=content_id(str(at), text),
        document_id=document,
        text=text,
        quote=text,
        alignment=_NOWHERE,
    )


# One for all wrapped texts: a set of names and an alignment for each would take more memory than
# all the rest of a claim.
_WRAPPED = {"id", "document_id", "text", "quote", "alignment"}
_NOWHERE = Alignment(status="not_found")


def _collect_wordings(claims: Iterable[Claim]) -> list[Wording]:
    """
    Put claims of the same wording together, both in an order of their own.

    An allegation is another wording than the same words as a fact.
    """
    wordings: dict[tuple[str, bool], Wording] = defaultdict(list)
    for claim in claims:
        wordings[fold_text(claim.text), claim.modality == "alleged"].append(claim)
    return [sorted(wordings[key], key=place_claim) for key in sorted(wordings)]


def _make_groups(
    standings: Sequence[Standing], wordings: Sequence[Wording], comparer: Comparer
) -> Iterator[Group]:
    """Make the group of each of *standings*."""
    pairs = [(at, one.chosen) for one in standings for at in one.members if at != one.chosen]
    scores = {
        pair: score
        for scored in comparer.score_many(pairs)
        for pair, score in zip(
            zip(scored.first.tolist(), scored.second.tolist(), strict=True),
            scored.score.tolist(),
            strict=True,
        )
    }
    for one in standings:
        claims = [(claim, at) for at in one.members for claim in wordings[at]]
        claims.sort(key=lambda member: place_claim(member[0]))
        # constructed, as a set of the names of its fields takes more memory than all the rest
        yield Group.model_construct(
            _GROUP,
            claim=pick_claim(wordings[one.chosen]),
            claims=tuple(claim for claim, _ in claims),
            scores=tuple(scores.get((at, one.chosen), 1.0) for _, at in claims),
        )


_GROUP = set(Group.model_fields)
