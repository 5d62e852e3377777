"""
Evaluate a table against a gold annotation: claims, grouping, citations.

Matching is many to many. By span, a mention is found if a claim of its document
cites half of its characters; a claim is right if it finds a mention, or if half of
its citation is inside one. By wording, both hold if the matcher judges the two
equivalent. A claim may find several mentions.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from claimx.errors import InputError
from claimx.review.evaluate.bootstrap import Bootstrap, Outcomes
from claimx.review.evaluate.gold import Gold, read_gold
from claimx.review.evaluate.grouping import Grouping, compare_groupings
from claimx.review.evaluate.links import Link, Stretch, link_wordings, measure_overlaps
from claimx.review.evaluate.result import Evaluation
from claimx.table import ClaimTable, Folder, open_table


def evaluate(
    table: ClaimTable | Folder, gold: Gold | Folder, *, rounds: int = 1000, seed: int = 0
) -> Evaluation:
    """
    Score *table* against *gold*.

    Documents are matched by file name. Claims of documents that were not annotated are
    ignored; mentions of documents that the table does not have count as missed.

    Args:
        table: The table to score, or the path of its JSON file.
        gold: The annotation, or the folder for `read_gold`.
        rounds: Number of resamples for the intervals.
        seed: Seed of the resampling, for repeatable intervals.

    Raises:
        InputError: If a quote of *gold* differs from the text at its offsets in the
            document of *table*: the texts are not the same.
    """
    table = open_table(table)
    gold = gold if isinstance(gold, Gold) else read_gold(gold)
    _check_texts(table, gold)
    claims, groups = _list_claims(table, gold)
    mentions = [Stretch(one.document, one.spans, one.claim) for one in gold.mentions]
    places = _link_places(claims, mentions)
    said = set(link_wordings(claims, mentions))
    core = [at for at, one in enumerate(gold.mentions) if one.is_core and gold.has_tiers]
    bootstrap = Bootstrap(rounds, seed)
    grouping = _compare_grouping(places.right, groups, gold)
    return Evaluation(
        span=bootstrap.measure_scores(
            _mark(range(len(claims)), places.right, 0), _mark(range(len(mentions)), places.finds, 1)
        ),
        core_by_span=bootstrap.measure(_mark(core, places.finds, 1)) if core else None,
        wording=bootstrap.measure_scores(
            _mark(range(len(claims)), said, 0), _mark(range(len(mentions)), said, 1)
        ),
        core_by_wording=bootstrap.measure(_mark(core, said, 1)) if core else None,
        bcubed=bootstrap.measure_scores(
            grouping.bcubed_precision, grouping.bcubed_recall, same_units=True
        ),
        pairs=bootstrap.measure_scores(
            grouping.pair_precision, grouping.pair_recall, same_units=True
        ),
        exact=bootstrap.measure(_check_citations(table)),
        overlap=bootstrap.measure(_compare_places(claims, mentions, places)),
        on_refused=_count_refused(claims, gold, places.right),
        unjudged=len(table.claims) - len(claims),
        absent=_list_absent(table, gold),
        rounds=rounds,
        seed=seed,
    )


class _Places(NamedTuple):
    """The claims and mentions that share characters; *finds* and *right* as defined above."""

    shared: dict[Link, int]
    finds: set[Link]
    right: set[Link]


def _link_places(claims: Sequence[Stretch], mentions: Sequence[Stretch]) -> _Places:
    shared = measure_overlaps(claims, mentions)
    finds = {link for link, common in shared.items() if 2 * common >= mentions[link[1]].length}
    inside = {link for link, common in shared.items() if 2 * common >= claims[link[0]].length}
    return _Places(shared, finds, finds | inside)


def _name_documents(table: ClaimTable, gold: Gold) -> dict[str, str]:
    """Map each annotated document of *table* to its name in *gold*."""
    known = set(gold.documents)
    named = {
        one.id: one.id if one.id in known else PurePosixPath(one.id).name for one in table.documents
    }
    return {document_id: name for document_id, name in named.items() if name in known}


def _check_texts(table: ClaimTable, gold: Gold) -> None:
    names = _name_documents(table, gold)
    texts = {names.get(document.id): document.text for document in table.documents}
    for mention in gold.mentions:
        text = texts.get(mention.document)
        for span, quote in zip(mention.spans, mention.quotes, strict=False):
            if text is not None and span.slice(text) != quote:
                raise InputError(
                    f"{mention.id}: {quote[:60]!r} should stand at {span.start}:{span.end} of "
                    f"{mention.document}, but {span.slice(text)[:60]!r} does. The annotation is "
                    "of another text."
                )


def _list_claims(table: ClaimTable, gold: Gold) -> tuple[list[Stretch], list[str]]:
    """List the claims of annotated documents, and the group of each."""
    names = _name_documents(table, gold)
    rows = [
        (Stretch(names[claim.document_id], claim.spans, claim.text), group.id)
        for group in table.groups
        for claim in group.claims
        if claim.document_id in names
    ]
    return [claim for claim, _ in rows], [group for _, group in rows]


def _mark(units: Iterable[int], links: Iterable[Link], side: int) -> Outcomes:
    """Return 1 for each of *units* that is linked, else 0."""
    linked = {link[side] for link in links}
    return [(int(unit in linked), 1) for unit in units]


def _compare_grouping(right: Iterable[Link], groups: Sequence[str], gold: Gold) -> Grouping:
    """Compare the grouping of the claims that match mentions with the gold groups."""
    labels: dict[int, set[str]] = defaultdict(set)
    for claim, mention in right:
        labels[claim].add(gold.mentions[mention].group)
    claims = sorted(labels)
    return compare_groupings([labels[at] for at in claims], [groups[at] for at in claims])


def _check_citations(table: ClaimTable) -> Outcomes:
    texts = {document.id: document.text for document in table.documents}
    citations = (citation for group in table.groups for citation in group.citations)
    return [(int(one.span.slice(texts[one.document_id]) == one.quote), 1) for one in citations]


def _compare_places(
    claims: Sequence[Stretch], mentions: Sequence[Stretch], places: _Places
) -> Outcomes:
    """Return, for each right claim, its highest Jaccard index with a mention."""
    best: dict[int, float] = defaultdict(float)
    for claim, mention in places.right:
        common = places.shared[claim, mention]
        union = claims[claim].length + mentions[mention].length - common
        best[claim] = max(best[claim], common / union)
    return [(best[claim], 1) for claim in sorted(best)]


def _count_refused(claims: Sequence[Stretch], gold: Gold, right: Iterable[Link]) -> int:
    """Count wrong claims that are half inside refused text, or contain half of some."""
    refusals = [Stretch(one.document, (one.span,)) for one in gold.refusals]
    fine = {claim for claim, _ in right}
    touched = {claim for claim, _ in _link_places(claims, refusals).right}
    return len(touched - fine)


def _list_absent(table: ClaimTable, gold: Gold) -> tuple[str, ...]:
    there = set(_name_documents(table, gold).values())
    return tuple(name for name in gold.documents if name not in there)
