"""Join the steps of matching: read each wording once, compare, group, report conflicts."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

from pydantic import Field

from claimx.match.aliases import resolve_names
from claimx.match.compare import Comparer, Comparison
from claimx.match.conflicts import GroupConflict, report_conflicts
from claimx.match.embed import embed_texts
from claimx.match.encode import Reading, read_text
from claimx.match.evidence import Evidence
from claimx.match.group import group_items
from claimx.records import Alignment, Claim, Record, Score, content_id
from claimx.text import fold_text
from claimx.words import word_set

TOLD_EVERY = 1000  # wordings read, between two words on progress
# The claims of one wording, sorted by place.
Wording = list[Claim]


class MatchSettings(Record):
    """
    When two claims say the same, and when a difference is worth reporting.

    *min_score* is the mean score at which groups still join; *min_conflict*
    how alike two claims must be, apart from what differs, to be a conflict.
    """

    # Frozen on hand-labelled claims of five articles, with injected near-misses and without: the
    # sum of the two B-cubed F1 is highest here (docs/benchmarks.md).
    min_score: Score = 0.52
    # Below it, pairs that a reader would not set side by side come up.
    min_conflict: Score = 0.70


class Group(Record):
    """
    Claims that say the same.

    *claim* is the member that best stands for the rest: without flags if any
    member is, not about an unnamed "he" or "this", with a name at its head if
    any has, most alike to the other wordings, then most complete, then one with
    a speaker. Its wording is one of the members', never a mixture. *claims* are
    sorted by document and place; *scores* say how alike each is to *claim*, 1
    for the same wording.
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


class MatchProgress(NamedTuple):
    """How many different wordings, of *total*, a step is done with."""

    step: Literal["read", "compare"]
    done: int
    total: int


Watcher = Callable[[MatchProgress], None]


def match_claims(
    claims: Iterable[Claim], settings: MatchSettings | None = None, watch: Watcher | None = None
) -> Matching:
    """
    Group *claims* that say the same and report the groups that contradict each other.

    Groups are sorted by the place of their first claim; the order of *claims*
    does not matter. Claims of the same wording count as one. *watch* is told
    now and then how far it is.
    """
    with _pause_collector():
        wordings = _collect_wordings(claims)
        return _match_wordings(wordings, settings or MatchSettings(), watch or _ignore)


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
    wordings: Sequence[Wording], settings: MatchSettings, watch: Watcher
) -> Matching:
    sound = [not any(flag.kind == "name" for flag in one[0].flags) for one in wordings]
    numbers: dict[str, int] = {}
    homes = [numbers.setdefault(one[0].document_id, len(numbers)) for one in wordings]
    comparer = open_comparer([one[0].text for one in wordings], homes, sound, watch)
    evidence = Evidence(comparer, settings.min_conflict)
    links = evidence.list_links(
        settings.min_score, lambda at: watch(MatchProgress("compare", at + 1, len(wordings)))
    )
    found = group_items(
        len(wordings),
        links,
        comparer.measure_pairs,
        evidence.bar_pairs,
        settings.min_score,
    )
    drafts = sorted(
        ((*_make_group(members, wordings, comparer), members) for members in found),
        key=lambda draft: _place(draft[0].claims[0]),
    )
    groups = tuple(group for group, _, _ in drafts)
    leading = {one for _, one, _ in drafts}
    group_of = {one: at for at, (_, _, members) in enumerate(drafts) for one in members}
    del drafts, found  # as much memory as a tenth of the groups
    clashes = evidence.list_clashes(group_of, [group.claims for group in groups])
    conflicts = report_conflicts(clashes, wordings, group_of)
    entailments = evidence.list_entailments(leading)
    return Matching(
        groups=groups,
        conflicts=tuple(conflicts),
        entailments=tuple(sorted((group_of[one], group_of[two]) for one, two in entailments)),
    )


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
    '21 / 22'
    """
    return open_comparer([first, second]).compare(0, 1)


def open_comparer(
    texts: Sequence[str],
    homes: Sequence[int] = (),
    sound: Sequence[bool] = (),
    watch: Watcher = _ignore,
) -> Comparer:
    """
    Read *texts*, names resolved; only *sound* ones teach names (default: all).

    *homes* number the document of each (default: each has one of its own).
    """
    readings = resolve_names(list(_read_texts(texts, watch)), sound)
    return Comparer(readings, embed_texts(texts), homes)


def _read_texts(texts: Sequence[str], watch: Watcher) -> Iterator[Reading]:
    for at, text in enumerate(texts):
        if at % TOLD_EVERY == 0:
            watch(MatchProgress("read", at, len(texts)))
        yield read_text(text)


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


def _place(claim: Claim) -> tuple[str, int, str, str, str, str]:
    """Order claims by where they stand; the rest only makes the order total."""
    start = claim.spans[0].start if claim.spans else 0
    return (claim.document_id, start, claim.text, claim.id, claim.quote, claim.speaker or "")


def _collect_wordings(claims: Iterable[Claim]) -> list[Wording]:
    """Put claims of the same wording together, both in an order of their own."""
    wordings: dict[str, Wording] = defaultdict(list)
    for claim in claims:
        wordings[fold_text(claim.text)].append(claim)
    return [sorted(wordings[text], key=_place) for text in sorted(wordings)]


def _make_group(
    members: Sequence[int], wordings: Sequence[Wording], comparer: Comparer
) -> tuple[Group, int]:
    """Make the group of *members*; also gives the one whose wording stands for it."""
    claims = [(claim, one) for one in members for claim in wordings[one]]
    centrality = comparer.measure_centrality(members)

    def rank(member: tuple[Claim, int]) -> tuple[object, ...]:
        claim, one = member
        return (
            bool(claim.flags),
            _is_unresolved(claim.text),
            not comparer.names_subject(one),
            # near-equal centrality leaves the choice to completeness
            -round(centrality[one], 1),
            -comparer.count_keys(one),
            claim.speaker is None,
            _place(claim),
        )

    best, chosen = min(claims, key=rank) if len(claims) > 1 else claims[0]
    others = [one for one in members if one != chosen]
    pairs = [(one, chosen) for one in others]
    score_of = dict(zip(others, comparer.measure_pairs(pairs), strict=True))
    claims.sort(key=lambda member: _place(member[0]))
    scores = (score_of.get(one, 1.0) for _, one in claims)
    # constructed, as a set of the names of its fields takes more memory than all the rest
    group = Group.model_construct(
        _GROUP, claim=best, claims=tuple(claim for claim, _ in claims), scores=tuple(scores)
    )
    return group, chosen


_GROUP = set(Group.model_fields)


def _is_unresolved(text: str) -> bool:
    """Tell whether a text is about somebody or something it does not name."""
    return text.split(maxsplit=1)[0].lower() in _UNRESOLVED if text.strip() else True


_UNRESOLVED = word_set("he she it they this that these those his her its their")
