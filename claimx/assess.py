"""Check what a model proposed about a document: align, credit, ground, compare runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from claimx.align import Quote, align_quotes
from claimx.ground import ground_each
from claimx.ground.credit import credit_claims
from claimx.ground.quality import check_claims
from claimx.language.offsets import Lines
from claimx.language.text import fold_text
from claimx.match import match_claims
from claimx.records import (
    Alignment,
    Claim,
    Document,
    DocumentResult,
    Flag,
    Proposal,
    Rejected,
    content_id,
    reject_claim,
)
from claimx.segment.parsed import ParsedDocument, parse_document
from claimx.segment.statements import list_content


def assess_proposals(
    document: Document | ParsedDocument, proposals: Iterable[Proposal]
) -> DocumentResult:
    """
    Convert *proposals* for *document* to claims, in their order, or to rejections.

    Proposals of several runs are checked run by run. A claim that a later run repeats
    is counted in ``claim.runs`` and kept once.
    """
    parsed = parse_document(document)
    by_run = defaultdict(list)
    for proposal in proposals:
        by_run[proposal.run].append(proposal)
    runs = [_assess_run(parsed, by_run[run]) for run in sorted(by_run)]
    if len(runs) < 2:
        return runs[0] if runs else DocumentResult()
    return _agree(runs)


def _assess_run(parsed: ParsedDocument, proposals: Sequence[Proposal]) -> DocumentResult:
    rejected: list[Rejected] = []
    claims: list[Claim] = []
    proposed: dict[str, Proposal] = {}
    for proposal, alignment in zip(proposals, _align(parsed, proposals), strict=True):
        claim = _make_claim(proposal, alignment)
        if not alignment.found:
            rejected.append(_reject_unplaced(proposal, alignment, parsed.text))
        elif claim.id in proposed:
            rejected.append(reject_claim(proposal, "duplicate", "said already, of the same words"))
        else:
            claims.append(claim)
            proposed[claim.id] = proposal
    unasked = {name for name, proposal in proposed.items() if proposal.modality is None}
    credited = credit_claims(claims, parsed, unasked)
    verdicts = check_claims(ground_each(credited, parsed), parsed)
    claims.clear()
    for verdict in verdicts:
        unbacked = [flag.message for flag in verdict.claim.flags if flag.kind == "backing"]
        is_foreign = unbacked and not _shares_words(verdict.claim, parsed.text)
        reason, detail = ("unsupported", unbacked[0]) if is_foreign else verdict[1:]
        proposal = proposed[verdict.claim.id]
        if reason is None:
            claims.append(_note_doubts(verdict.claim, proposal))
        else:
            rejected.append(reject_claim(proposal, reason, detail))
    return DocumentResult(claims=tuple(claims), rejected=tuple(rejected))


def _align(parsed: ParsedDocument, proposals: Iterable[Proposal]) -> list[Alignment]:
    """Find each quote; one whose place is known is only compared with the text."""
    known = [(one, _confirm_place(one, parsed.text)) for one in proposals]
    sought = (
        Quote(text=one.quote, near=one.near, claim=one.claim)
        for one, alignment in known
        if alignment is None
    )
    found = iter(align_quotes(sought, parsed))
    return [alignment or next(found) for _, alignment in known]


def _confirm_place(proposal: Proposal, text: str) -> Alignment | None:
    if proposal.span is None or proposal.span.slice(text) != proposal.quote:
        return None
    return Alignment(status="exact", spans=(proposal.span,), score=1.0)


def _shares_words(claim: Claim, text: str) -> bool:
    """Return whether *claim* shares a word, name or number with its citation."""
    cited = " ".join(span.slice(text) for span in claim.spans)
    return not list_content(claim.text).isdisjoint(list_content(cited))


def _agree(runs: Sequence[DocumentResult]) -> DocumentResult:
    """Merge *runs*: of equivalent claims, keep those of the first run that has any."""
    first_in: dict[str, int] = {}
    seen_in: defaultdict[str, set[int]] = defaultdict(set)
    claims: list[Claim] = []
    repeated: list[tuple[Claim, int]] = []
    for run, assessment in enumerate(runs):
        for claim in assessment.claims:
            seen_in[claim.id].add(run)
            if first_in.setdefault(claim.id, run) == run:
                claims.append(claim)
            else:
                repeated.append((claim, first_in[claim.id]))
    by_id = {claim.id: claim for claim in claims}
    counts: dict[str, int] = {}
    for group in match_claims(_part_runs(claims, first_in)).groups:
        first = min(first_in[claim.id] for claim in group.claims)
        count = len(set().union(*(seen_in[claim.id] for claim in group.claims)))
        for claim in group.claims:
            if first_in[claim.id] == first:
                counts[claim.id] = count
            else:
                repeated.append((by_id[claim.id], first))
    kept = (claim for claim in claims if claim.id in counts)
    return DocumentResult(
        claims=tuple(claim.model_copy(update={"runs": counts[claim.id]}) for claim in kept),
        rejected=(
            *(rejected for assessment in runs for rejected in assessment.rejected),
            *(
                reject_claim(claim, "duplicate", f"said already, in run {run + 1}")
                for claim, run in repeated
            ),
        ),
    )


def _part_runs(claims: Iterable[Claim], first_in: Mapping[str, int]) -> Iterator[Claim]:
    """Relabel *claims* as if each run were a document, so that no run is compared with itself."""
    for claim in claims:
        yield claim.model_copy(update={"document_id": f"{first_in[claim.id]:04}"})


def _make_claim(proposal: Proposal, alignment: Alignment) -> Claim:
    wording = proposal.claim if proposal.span else fold_text(proposal.claim)
    places = ",".join(f"{span.start}:{span.end}" for span in alignment.spans)
    return Claim(
        id=content_id(proposal.document_id, wording, places),
        document_id=proposal.document_id,
        text=proposal.claim,
        quote=proposal.quote,
        alignment=alignment,
        speaker=proposal.speaker,
        modality=proposal.modality or "asserted",
    )


def _note_doubts(claim: Claim, proposal: Proposal) -> Claim:
    doubts = filter(None, (*proposal.doubts, claim.alignment.why))
    flags = (Flag(kind="wording", message=doubt) for doubt in doubts)
    return claim.model_copy(update={"flags": (*claim.flags, *flags)})


def _reject_unplaced(proposal: Proposal, alignment: Alignment, text: str) -> Rejected:
    place = Lines(text)
    if alignment.status == "ambiguous":
        lines = ", ".join(str(place.locate(span.start)[0]) for span in alignment.spans[:5])
        return reject_claim(
            proposal, "ambiguous", f"the quote stands in several places: lines {lines}"
        )
    hint = ""
    if alignment.nearest is not None:
        shown = " ".join(alignment.nearest.slice(text).split())
        hint = f"; nearest: {shown!r}, line {place.locate(alignment.nearest.start)[0]}"
    why = alignment.why or "the quote is not in the document"
    return reject_claim(proposal, "not_found", why + hint)
