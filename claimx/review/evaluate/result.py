"""The result of an evaluation, and its wording."""

from collections.abc import Iterator

from claimx.records import Record
from claimx.render.json import write_json
from claimx.render.show import count_things, show_text


class Measure(Record):
    """A share, 0-1, of *of* units, with its 95% interval; null if there are no units."""

    value: float | None
    low: float | None = None
    high: float | None = None
    of: int


class Scores(Record):
    """Precision, recall and their harmonic mean."""

    precision: Measure
    recall: Measure
    f1: Measure


class Evaluation(Record):
    """
    The scores of a table against a gold annotation.

    *span* and *wording* score the claims; *core_by_span* and *core_by_wording* are the
    recall of mentions of tier "core" alone, null without tiers. *bcubed* and *pairs*
    score the grouping of the claims that match a mention by span. *exact* is the share
    of citations that equal the text of the document, *overlap* the share of characters
    common to right claims and their mentions (Jaccard). *on_refused* counts wrong
    claims in text marked as no claim, *unjudged* claims of documents that were not
    annotated; *absent* are annotated documents that are not in the table.
    """

    span: Scores
    core_by_span: Measure | None
    wording: Scores
    core_by_wording: Measure | None
    bcubed: Scores
    pairs: Scores
    exact: Measure
    overlap: Measure
    on_refused: int
    unjudged: int
    absent: tuple[str, ...]
    rounds: int
    seed: int

    def to_text(self) -> str:
        """Write one line per number, for display."""
        return "".join(f"{line}\n".lstrip("\n") for line in _list_lines(self))

    def to_json(self) -> str:
        """Write every number as JSON."""
        return write_json(self)


def _list_lines(found: Evaluation) -> Iterator[str]:
    yield f"{'':24} value  95% interval      of"
    yield from _list_scores("claims by span", found.span, found.core_by_span)
    yield from _list_scores("claims by wording", found.wording, found.core_by_wording)
    yield from _list_scores("grouping, B-cubed", found.bcubed)
    yield from _list_scores("grouping, pairs", found.pairs)
    yield "citations"
    yield _say("exact", found.exact)
    yield _say("overlap with gold", found.overlap)
    yield f"{count_things(found.on_refused, 'wrong claim')} on text that is marked as no claim"
    if found.unjudged:
        yield f"{count_things(found.unjudged, 'claim')} of documents without annotation, left out"
    for name in found.absent:
        yield f"{show_text(name)}: annotated, but not in the table; its mentions count as missed"
    yield f"intervals: bootstrap, {found.rounds} rounds, seed {found.seed}"


def _list_scores(title: str, scores: Scores, core: Measure | None = None) -> Iterator[str]:
    yield title
    yield _say("precision", scores.precision)
    yield _say("recall", scores.recall)
    if core is not None:
        yield _say("recall, core", core)
    yield _say("F1", scores.f1)


def _say(name: str, measure: Measure) -> str:
    if measure.value is None:
        return f"  {name:<22}     -                    {measure.of:>5}"
    interval = f"{measure.low:.3f} - {measure.high:.3f}"
    return f"  {name:<22} {measure.value:.3f}  {interval}  {measure.of:>7}"
