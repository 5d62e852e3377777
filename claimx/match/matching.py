"""Match claims in memory: the steps of `Matcher`, each on the whole collection."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

import numpy as np

from claimx.language.text import fold_text
from claimx.match.candidates import find_pairs
from claimx.match.collection import Alike, Collection, Texts, count_shares, relate_texts
from claimx.match.collector import pause_collector
from claimx.match.conflicts import pick_clashes, report_conflicts
from claimx.match.embed import embed_texts
from claimx.match.group import Pair
from claimx.match.matcher import (
    Findings,
    Matcher,
    count_suspects,
    cut_text,
    join_findings,
    pick_links,
    pick_suspects,
    rank_links,
)
from claimx.match.result import Comparison, Matching, MatchSettings
from claimx.match.rows import Longs
from claimx.match.standing import Standing, Wording, place_claim
from claimx.match.vocabulary import TOLD_EVERY, find_keys, join_found, number_readings, read_texts
from claimx.records import Alignment, Claim, content_id
from claimx.segment.allegations import weigh_allegation


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
    with pause_collector():
        wordings = collect_wordings(claims)
        if not wordings:
            return Matching(groups=())
        return _match_wordings(wordings, settings or MatchSettings(), watch or _ignore, days or {})


def _ignore(progress: MatchProgress) -> None:
    """Nobody looks on."""


class Whole(NamedTuple):
    """A matcher of all texts of a collection, and the pairs of them that are alike."""

    matcher: Matcher
    alike: Sequence[Alike]

    def compare_alike(self, settings: MatchSettings) -> Findings:
        """Compare the pairs that are alike."""
        most = count_suspects(len(self.matcher.comparer.collection.rivals))
        found = (self.matcher.compare_alike(part, settings, most) for part in self.alike)
        findings = join_findings(found)
        return findings._replace(suspects=pick_suspects(findings.suspects, most))

    def list_same(self, settings: MatchSettings | None = None) -> Iterator[Pair]:
        """List the pairs of texts that say the same, whatever else does."""
        free = self.compare_alike(settings or MatchSettings()).free
        return zip(free.first.tolist(), free.second.tolist(), strict=True)


def open_texts(
    texts: Sequence[str],
    watch: Watcher = _ignore,
    alleging: Sequence[bool | None] = (),
) -> Whole:
    """Read *texts*, find those that are alike, and weigh their words."""
    texts = [cut_text(text) for text in texts]
    readings = read_texts(_count(texts, watch))
    vocabulary = join_found([readings.found])
    rows = number_readings(readings, find_keys(readings.found, vocabulary), vocabulary.counts)
    known = Texts(rows, embed_texts(texts))
    alike = []
    for first, second in find_pairs(rows, known.vectors):
        alike.append(relate_texts(known, first, second))
        done = int(first[-1]) + 1 if len(first) else len(texts)
        watch(MatchProgress("compare", done, len(texts)))
    collection = Collection(vocabulary, known, count_shares(rows, alike))
    return Whole(Matcher(texts, collection, alleging), alike)


def _count(texts: Sequence[str], watch: Watcher) -> Iterator[str]:
    for at, text in enumerate(texts):
        if at % TOLD_EVERY == 0:
            watch(MatchProgress("read", at, len(texts)))
        yield text


def _match_wordings(
    wordings: Sequence[Wording],
    settings: MatchSettings,
    watch: Watcher,
    days: Mapping[str, date],
) -> Matching:
    alleging = [weigh_allegation(one[0].text, one[0].modality) for one in wordings]
    whole = open_texts([one[0].text for one in wordings], watch, alleging)
    matcher, found = whole.matcher, whole.compare_alike(settings)
    del whole  # and with it all the pairs that are alike
    standings = _group(matcher, wordings, found, settings)
    group_of = {at: number for number, one in enumerate(standings) for at in one.members}
    may_clash = _judge_documents(wordings, group_of)
    slots = matcher.find_slots(found.suspects, may_clash)
    clashes = matcher.bear_out(slots, wordings, days)
    implied = found.implied.keep(_flag_leading(standings, len(wordings)))
    entailments = {(group_of[one], group_of[two]) for one, two in matcher.list_entailments(implied)}
    return Matching(
        groups=tuple(matcher.make_groups(standings, wordings)),
        conflicts=tuple(report_conflicts(pick_clashes(clashes, group_of), group_of)),
        entailments=tuple(sorted(entailments)),
    )


def _group(
    matcher: Matcher, wordings: Sequence[Wording], found: Findings, settings: MatchSettings
) -> list[Standing]:
    """Group the wordings; groups are sorted by their first claim."""
    numbered = _number_documents(wordings)
    repeated, linked = pick_links(found.free, first_homes(numbered))
    repeats = zip(repeated.first.tolist(), repeated.second.tolist(), strict=True)
    grouped = matcher.group(numbered, repeats, rank_links(linked), settings.min_score)
    return sorted(
        matcher.list_standings(grouped, wordings),
        key=lambda standing: min(place_claim(wordings[at][0]) for at in standing.members),
    )


def _judge_documents(
    wordings: Sequence[Wording], group_of: Mapping[int, int]
) -> Callable[[int, int], bool]:
    """Make what tells whether two texts may clash: a document that supports both has two facts."""
    documents: dict[int, set[str]] = defaultdict(set)
    for at, group in group_of.items():
        documents[group].update(claim.document_id for claim in wordings[at])
    return lambda one, two: documents[group_of[one]].isdisjoint(documents[group_of[two]])


def _flag_leading(standings: Iterable[Standing], count: int) -> np.ndarray:
    leading = np.zeros(count, np.bool_)
    leading[[one.chosen for one in standings]] = True
    return leading


def _number_documents(wordings: Sequence[Wording]) -> list[frozenset[int]]:
    """Number the documents, and give those of each wording."""
    numbers: dict[str, int] = {}
    return [
        frozenset(numbers.setdefault(claim.document_id, len(numbers)) for claim in one)
        for one in wordings
    ]


def first_homes(numbered: Sequence[frozenset[int]]) -> Longs:
    """Return one document of each wording, the one with the lowest number."""
    return np.fromiter(map(min, numbered), np.int64, len(numbered))


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
        wrap_text(at, text, documents[at] if documents else f"{at:09}")
        for at, text in enumerate(texts)
    )
    return match_claims(wrapped, settings, watch)


def explain_pair(first: str, second: str) -> Comparison:
    """
    Compare two texts by themselves: how alike they are and what keeps them apart.

    >>> explain_pair("21 people died.", "22 people died.").why
    '21 people / 22 people'
    """
    return open_texts([first, second]).matcher.compare(0, 1)


def wrap_text(at: int, text: str, document: str) -> Claim:
    """Make a claim of a sentence, number *at* of many."""
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


def collect_wordings(claims: Iterable[Claim]) -> list[Wording]:
    """
    Put claims of the same wording together, both in an order of their own.

    An allegation is another wording than the same words as a fact.
    """
    wordings: dict[tuple[str, bool], list[Claim]] = defaultdict(list)
    for claim in claims:
        wordings[key_claim(claim)].append(claim)
    return [sorted(wordings[key], key=place_claim) for key in sorted(wordings)]


def key_claim(claim: Claim) -> tuple[str, bool]:
    """Return what claims of one wording have in common, and are sorted by."""
    return fold_text(claim.text), claim.modality == "alleged"
