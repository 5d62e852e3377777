"""
The steps of matching, each on some texts of a collection: all of them, or a part.

A step takes arrays and gives arrays, and what it says of two texts does not depend on what other
texts it has at hand.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import inf
from typing import Any, NamedTuple

import numpy as np

from claimx.language.speech import cut_attribution
from claimx.match.apart import Judge
from claimx.match.collection import Alike, Collection
from claimx.match.compare import Comparer, Scored
from claimx.match.conflicts import Clash, Found, Wordings, bear_out, find_slots
from claimx.match.entail import entails
from claimx.match.group import Link, Pair, flag_nearest, group_links, pick_mutual
from claimx.match.result import Comparison, Group, MatchSettings
from claimx.match.rows import Floats, Ints, Longs
from claimx.match.standing import Standing, Wording, list_standings, pick_claim, place_claim
from claimx.match.vocabulary import Flags

# Two wordings of one document that are alike so much say the same twice.
REPEATED = 0.85
# Share of a claim, at most, that another one that entails it has no match for.
ENTAILED = 0.2
# Share of either side of a conflict, at most, that the other has no match for.
MOST_STRANGE = 0.8
# Texts that one is held against, the most alike, to find a conflict: so many in a collection of up
# to 3,000, and fewer in a larger one. Of 10,000 synthetic claims with 20 suspects each, 1,102 of
# the conflicts found were meant, with 10 it was 1,096, with 6 1,076; the last took half the time.
MOST_SUSPECTS, FEWEST_SUSPECTS, ALL_SUSPECTS = 20, 6, 60_000
TELLING = 3  # keys of a text that another may entail
# Characters of a text that is compared with others; a longer one is no statement but an article,
# and compared word by word its time would grow as the square.
LONGEST = 2000
# Taken off the score of a pair kept apart, and the most that it has then: below any cut-off.
GUARDED, APART = 0.1, 0.5


class Free(NamedTuple):
    """Pairs of texts that nothing keeps apart, and their scores."""

    first: Ints
    second: Ints
    score: Floats

    def keep(self, kept: Flags) -> "Free":
        """Return the pairs that *kept* says."""
        return Free(self.first[kept], self.second[kept], self.score[kept])


class Suspects(NamedTuple):
    """
    Pairs of texts that may be in conflict, and how alike they are.

    *near* flags those whose second text is among the most alike to the first.
    """

    first: Ints
    second: Ints
    similarity: Floats
    near: Flags

    def keep(self, kept: Flags) -> "Suspects":
        """Return the pairs that *kept* says."""
        first, second, similarity, near = self
        return Suspects(first[kept], second[kept], similarity[kept], near[kept])


class Implied(NamedTuple):
    """Pairs of texts of which one may say all that the other says, and more."""

    specific: Ints
    general: Ints

    def keep(self, leading: Flags) -> "Implied":
        """Return the pairs of which both texts are *leading*."""
        kept = leading[self.specific] & leading[self.general]
        return Implied(self.specific[kept], self.general[kept])


class Findings(NamedTuple):
    """What the comparison of pairs that are alike has found."""

    free: Free
    suspects: Suspects
    implied: Implied


def count_suspects(total: int) -> int:
    """Say how many texts of a collection of *total* one is held against to find a conflict."""
    return max(FEWEST_SUSPECTS, min(MOST_SUSPECTS, ALL_SUSPECTS // max(1, total)))


def cut_text(text: str) -> str:
    """Return *text* as it is compared: what is said, whoever says it; nothing if it is too long."""
    if len(text) > LONGEST:
        return ""
    said = cut_attribution(text)
    return text if said == text else cut_text(said)


class Matcher:
    """Compares *texts*, given by position, and groups those that say the same."""

    def __init__(
        self, texts: Sequence[str], collection: Collection, alleging: Sequence[bool | None] = ()
    ) -> None:
        self.comparer = Comparer(collection)
        self.judge = Judge(texts, collection.weigh_stems, alleging)
        self._free: set[Pair] = set()
        self._apart: dict[Pair, bool] = {}

    def compare(self, first: int, second: int) -> Comparison:
        """Compare two texts, given by position."""
        scored = self.comparer.score_pairs([(first, second)])
        apart = self.judge.find_apart(first, second)
        score = float(scored.score[0])
        if apart:
            score = max(min(score - GUARDED, APART), 0.0)
        unmatched = self.comparer.find_unmatched(first, second)
        return Comparison(min(float(scored.similarity[0]), 1.0), score, unmatched, apart)

    def compare_alike(self, alike: Alike, settings: MatchSettings, most: int) -> Findings:
        """
        Compare all pairs that have one of some texts first.

        *most* is how many texts one is held against to find a conflict. Of the suspects, more
        are given than count: `pick_suspects` picks once all are known.
        """
        parts = list(
            self.comparer.score_alike(alike, settings.min_score, settings.min_conflict)
        ) or [self.comparer.score_pairs([])]
        scored = Scored(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        able = scored.keep(scored.score >= settings.min_score)
        apart = self._flag_apart(able)
        free = Free(able.first, able.second, able.score).keep(~apart)
        self._free.update(_pair(free.first, free.second))
        barred = np.ones(len(scored.first), np.bool_)
        barred[np.flatnonzero(scored.score >= settings.min_score)] = apart
        strange = np.maximum(scored.mine, scored.theirs)
        like = (scored.similarity >= settings.min_conflict) & (strange <= MOST_STRANGE)
        return Findings(free, _pick_near(scored.keep(like & barred), most), self._imply(scored))

    def _flag_apart(self, able: Scored) -> Flags:
        """Flag the pairs that something keeps apart."""
        apart = (self.judge.are_apart(one, other) for one, other in _pair(able.first, able.second))
        return np.fromiter(apart, np.bool_, len(able.first))

    def _imply(self, scored: Scored) -> Implied:
        """List the pairs of which one side lacks little of the other."""
        scored = scored.keep(np.minimum(scored.mine, scored.theirs) <= ENTAILED)
        more = scored.mine > scored.theirs
        specific = np.where(more, scored.first, scored.second)
        general = np.where(more, scored.second, scored.first)
        telling = self.comparer.collection.rows.sizes[general] >= TELLING
        return Implied(specific[telling], general[telling])

    def group(
        self,
        homes: Sequence[frozenset[int]],
        repeats: Iterable[Pair],
        links: Iterable[Link],
        min_score: float,
    ) -> list[list[int]]:
        """Group the texts, given the documents of each, by the links of `pick_links`."""
        return group_links(homes, repeats, links, self._measure_pairs, min_score)

    def _measure_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Score any pairs; -inf alone if any is kept apart."""
        sides = ((one, other) if one < other else (other, one) for one, other in pairs)
        if any(pair not in self._free and self._are_apart(pair) for pair in sides):
            return [-inf]
        scores: list[float] = self.comparer.score_pairs(pairs).score.tolist()
        return scores

    def _are_apart(self, pair: Pair) -> bool:
        """Return whether anything keeps two texts apart; remembered for growing groups."""
        if pair not in self._apart:
            self._apart[pair] = self.judge.are_apart(*pair)
        return self._apart[pair]

    def list_standings(
        self, groups: Iterable[Sequence[int]], wordings: Sequence[Wording]
    ) -> list[Standing]:
        """Choose the wording of each of *groups*, given the claims of each text."""
        return list_standings(groups, wordings, self.comparer)

    def make_groups(
        self, standings: Sequence[Standing], wordings: Sequence[Wording]
    ) -> Iterator[Group]:
        """Make the group of each of *standings*."""
        pairs = [(at, one.chosen) for one in standings for at in one.members if at != one.chosen]
        scores = {
            pair: score
            for scored in self.comparer.score_many(pairs)
            for pair, score in zip(
                _pair(scored.first, scored.second), scored.score.tolist(), strict=True
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

    def find_slots(
        self, suspects: Suspects, may_clash: Callable[[int, int], bool]
    ) -> Iterator[Found]:
        """Find the *suspects* that contradict each other."""
        pairs = (suspects.first, suspects.second, suspects.similarity)
        return find_slots(pairs, self.judge, may_clash)

    def bear_out(
        self, found: Iterable[Found], wordings: Wordings, days: Mapping[str, date]
    ) -> Iterator[Clash]:
        """Keep the contradictions of which each side is borne out by what it cites."""
        return bear_out(found, self.judge, wordings, days)

    def list_entailments(self, implied: Implied) -> Iterator[Pair]:
        """List the pairs whose first text says all of the second, and more."""
        for specific, general in _pair(*implied):
            if self.judge.are_unequal(specific, general):
                continue
            if entails(self.judge.read(specific), self.judge.read(general)):
                yield specific, general


_GROUP = set(Group.model_fields)


def _pair(first: Ints, second: Ints) -> Iterator[Pair]:
    return zip(first.tolist(), second.tolist(), strict=True)


def _pick_near(scored: Scored, most: int) -> Suspects:
    """Pick those that may be among the *most* alike of their second text; flag first ones."""
    first, second, similarity = scored.first, scored.second, scored.similarity
    near = flag_nearest(first, second, similarity, most)
    return Suspects(first, second, similarity, near).keep(
        flag_nearest(second, first, similarity, most)
    )


def pick_suspects(suspects: Suspects, most: int) -> Suspects:
    """Pick the pairs that are among the *most* alike of both sides, given all with their second."""
    near = flag_nearest(suspects.second, suspects.first, suspects.similarity, most)
    return suspects.keep(near & suspects.near)


class Links(NamedTuple):
    """Pairs that say the same twice in one document, and the best between documents."""

    repeated: Free
    linked: Free


def pick_links(free: Free, one_home: Longs) -> Links:
    """Pick what to group, given one document of each text."""
    together = one_home[free.first] == one_home[free.second]
    repeated = free.keep(together & (free.score >= REPEATED))
    links = free.keep(~together)
    return Links(
        repeated, links.keep(pick_mutual(links.first, links.second, links.score, one_home))
    )


def rank_links(links: Free) -> Iterator[Link]:
    """Order links, the surest first."""
    order = np.lexsort((links.second, links.first, -links.score))
    columns: tuple[list[Any], ...] = tuple(column[order].tolist() for column in links)
    return zip(*columns, strict=True)


def join_findings(parts: Iterable[Findings]) -> Findings:
    """Join what was found in the parts of a collection."""
    columns = zip(*parts, strict=True)
    free, suspects, implied = (
        [np.concatenate(some) for some in zip(*tables, strict=True)] for tables in columns
    )
    return Findings(Free(*free), Suspects(*suspects), Implied(*implied))
