"""
Record a person's decisions about claims, and apply them to that table or a later one.

Decisions identify claims by content, so they also apply to a table that was made
again, or of more articles. A decision that no longer fits is reported, not applied.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from claimx.disk import explain_unwritten, read_whole
from claimx.errors import InputError, OutputError
from claimx.ground.quality import find_unread, list_skipped
from claimx.kinds import name_no_decisions
from claimx.language.text import fold_text
from claimx.language.wording import find_lead
from claimx.records import (
    Claim,
    ClaimGroup,
    ConflictKind,
    Decision,
    DecisionKind,
    Document,
    Record,
    Rejected,
    Skipped,
    Subject,
)
from claimx.render.json import write_json
from claimx.table import ClaimTable, Folder, build_table, take_path

REJECTED = "rejected by a person"
# Joins the spans that a claim cites, where they are shown as one quote.
_GAP = " … "
_WANTED = "Give the file that claimx review wrote, such as decisions.jsonl"
_SHOWN = 60


class Unapplied(Record):
    """A decision that does not fit the table, and the reason."""

    decision: Decision
    reason: str


class Applied(NamedTuple):
    """A table with decisions applied, and the decisions that do not fit it."""

    table: ClaimTable
    unapplied: tuple[Unapplied, ...]


def apply_decisions(table: ClaimTable, decisions: Iterable[Decision]) -> Applied:
    """
    Apply *decisions* to *table* in order; if two contradict, the later one wins.

    A decision applies to a claim with the same wording that cites the same words of the
    same document. Decisions already applied to *table* stay, so that applying twice has
    the same result as applying once.
    """
    known = {one.id for one in table.decisions}
    active, unapplied = _settle_undoing(decisions, known)
    desk = _Desk(table)
    done = []
    for decision in active:
        if decision.id in known:
            continue
        if reason := desk.apply(decision):
            unapplied.append(Unapplied(decision=decision, reason=reason))
        else:
            done.append(decision)
    spread = desk.settle_texts()
    unapplied += spread
    refused = {one.decision.id for one in spread}
    done = [one for one in done if one.id not in refused]
    if done:
        table = desk.build((*table.decisions, *done))
    unapplied += _list_overruled(table, {one.id for one in active})
    return Applied(table, tuple(unapplied))


def make_subject(claim: Claim, document: Document) -> Subject:
    """Describe *claim* of *document* by content."""
    return Subject(
        claim_id=claim.id,
        document_id=document.id,
        sha256=document.sha256,
        text=claim.text,
        quote=_GAP.join(span.slice(document.text) for span in claim.spans),
    )


def read_decisions(path: Folder) -> tuple[Decision, ...]:
    """
    Read the decisions in the file *path*, one JSON object per line.

    Raises:
        InputError: If the file cannot be read, or a line is not a decision.
    """
    file = take_path(path, "decisions are named by the path of their file")
    data = read_whole(file, "a file of decisions")
    if data.strip() and (what := name_no_decisions(data)) is not None:
        raise InputError(f"{file}: {what}, no decisions. {_WANTED}.")
    return tuple(_parse_lines(data.split(b"\n"), str(file)))


def parse_decision(line: str | bytes) -> Decision:
    """
    Read one decision from its JSON.

    Raises:
        InputError: If it is not a decision; the message has the field and its value.
    """
    try:
        return Decision.model_validate(json.loads(line))
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        value = json.dumps(first["input"], ensure_ascii=True, default=str)
        raise InputError(f"{where}={value[:_SHOWN]}: {first['msg']}") from exc
    except (ValueError, RecursionError) as exc:
        raise InputError(f"not JSON ({exc})") from exc


def write_decision(decision: Decision) -> str:
    """Write *decision* as one line of JSON, with its newline."""
    return write_json(decision.model_dump(mode="json", exclude_defaults=True), indent=None)


def append_decision(path: Path, decision: Decision) -> None:
    """
    Append *decision* to the file *path*; if that fails, leave the file unchanged.

    Raises:
        OutputError: If the file cannot be written.
    """
    try:
        with path.open("ab") as file:
            size = file.tell()
            starts = b"" if not size or _ends_line(path) else b"\n"
            try:
                file.write(starts + write_decision(decision).encode())
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise
    except OSError as exc:
        raise OutputError(explain_unwritten(path, exc, "Name another file.")) from exc


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _parse_lines(lines: Iterable[bytes], name: str) -> Iterator[Decision]:
    seen: dict[str, tuple[int, Decision]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            decision = parse_decision(line)
        except InputError as exc:
            step = "Mend the line, or take it out" if seen else f"{_WANTED}, or mend the line"
            raise InputError(f"{name}, line {number}: {exc}. {step}.") from exc
        first, same = seen.setdefault(decision.id, (number, decision))
        if same != decision:
            raise InputError(
                f"{name}, line {number}: id={decision.id!r} is that of line {first}, another "
                "decision. Take one of them out."
            )
        if first == number:
            yield decision


def _settle_undoing(
    decisions: Iterable[Decision], known: Collection[str]
) -> tuple[list[Decision], list[Unapplied]]:
    """Drop what a later decision undoes; *known* are applied already, and stay so."""
    decisions = tuple({one.id: one for one in decisions}.values())
    place = {one.id: at for at, one in enumerate(decisions)}
    undone: set[str] = set()
    active: list[Decision] = []
    unapplied: list[Unapplied] = []
    for at, decision in reversed(tuple(enumerate(decisions))):
        if decision.id in undone:
            continue
        if decision.undoes is None:
            active.append(decision)
        elif decision.undoes in known:
            reason = "this table has it applied already: start from the table as it was extracted"
            unapplied.append(Unapplied(decision=decision, reason=reason))
        elif place.get(decision.undoes, at) >= at:
            reason = f"no decision before it has the id {decision.undoes}"
            unapplied.append(Unapplied(decision=decision, reason=reason))
        else:
            undone.add(decision.undoes)
    return active[::-1], unapplied[::-1]


class _Group:
    """A group while decisions are applied: its claims, and a person's wording and notes."""

    def __init__(self, claims: Iterable[str], wording: str | None = None) -> None:
        self.claims = list(claims)
        self.wording = wording
        self.notes: list[str] = []


class _Matched(NamedTuple):
    """A group in the form that `build_table` expects."""

    claim: Claim
    claims: tuple[Claim, ...]


class _Clash(NamedTuple):
    """A conflict in the form that `build_table` expects."""

    a: int
    b: int
    kind: ConflictKind
    why: str


class _Misfit(Exception):  # with the reason; caught for each decision
    """The decision does not fit the table."""


class _Register:
    """Finds the claims of a table by the subjects of decisions."""

    def __init__(self, claims: Iterable[Claim], documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._named: dict[str, Claim] = {}
        self._places: dict[tuple[str, str], list[Subject]] = defaultdict(list)
        for claim in claims:
            subject = make_subject(claim, documents[claim.document_id])
            self._named[claim.id] = claim
            self._places[_key_words(subject)].append(subject)

    def find(self, subject: Subject) -> str:
        """Return the current id of the claim of *subject*; raise `_Misfit` if there is none."""
        alike = [
            one
            for one in self._places[_key_words(subject)]
            if one.document_id == subject.document_id or one.sha256 == subject.sha256
        ]
        for fits in (
            [one for one in alike if one.claim_id == subject.claim_id],
            [one for one in alike if one.document_id == subject.document_id],
            alike,
        ):
            if len(fits) == 1:
                return fits[0].claim_id
        raise _Misfit(self._explain(subject, len(alike)))

    def _explain(self, subject: Subject, alike: int) -> str:
        said = f"{' '.join(subject.text.split())[:_SHOWN]!r}"
        if alike:
            return f"{alike} claims of {subject.document_id} say {said} now"
        if subject.claim_id in self._named:
            return f"the claim {said} or the words it cites have changed"
        if subject.document_id not in self._documents:
            return f"{subject.document_id} is not in the table"
        return f"{subject.document_id} has no claim {said} of these words now"


def _key_words(subject: Subject) -> tuple[str, str]:
    return fold_text(subject.text), " ".join(subject.quote.split())


class _Desk:
    """A table in editable form, so that groups can be changed, and rebuilt."""

    def __init__(self, table: ClaimTable) -> None:
        self._table = table
        self._claims = {claim.id: claim for claim in table.claims}
        self._group_of: dict[str, _Group] = {}
        self._texts: list[tuple[Decision, list[str]]] = []
        self._accepted: set[str] = set()
        self._rejected: dict[str, str] = {}
        self._remarks: dict[str, list[str]] = defaultdict(list)
        for row in table.groups:
            group = _Group((claim.id for claim in row.claims), row.claim if row.reworded else None)
            group.notes = list(row.notes)
            self._place(group)
        documents = {document.id: document for document in table.documents}
        self._register = _Register((*table.claims, *_list_found(table)), documents)

    def apply(self, decision: Decision) -> str:
        """Apply *decision*; return why it does not fit, or "" if it does."""
        try:
            _ACTIONS[decision.kind](self, decision, [self._find(side) for side in decision.about])
        except _Misfit as exc:
            return str(exc)
        return ""

    def _find(self, side: Iterable[Subject]) -> list[str]:
        """Find the claims of *side* that still exist, rejected ones included; at least one."""
        found: dict[str, None] = {}
        misfit = None
        for subject in side:
            try:
                found[self._register.find(subject)] = None
            except _Misfit as exc:
                misfit = misfit or exc
        if not found and misfit is not None:
            raise misfit
        return list(found)

    def _keep_cited(self, claims: Iterable[str]) -> list[str]:
        """Keep those of *claims* that are not rejected; at least one."""
        cited = [name for name in claims if name in self._claims]
        if not cited:
            raise _Misfit("a person rejected its claims before: start from the table as extracted")
        return cited

    def _place(self, group: _Group) -> None:
        self._group_of |= dict.fromkeys(group.claims, group)

    def _list_groups(self, claims: Iterable[str]) -> list[_Group]:
        return list({id(one): one for one in map(self._group_of.__getitem__, claims)}.values())

    def accept(self, _: Decision, sides: Sequence[Sequence[str]]) -> None:
        """Mark the claims as accepted, and no longer as rejected."""
        for name in self._keep_cited(sides[0]):
            self._accepted.add(name)
            self._rejected.pop(name, None)

    def reject(self, decision: Decision, sides: Sequence[Sequence[str]]) -> None:
        """Mark the claims as rejected."""
        for name in sides[0]:
            if name in self._claims:
                self._accepted.discard(name)
                self._rejected[name] = decision.text or ""

    def merge(self, _: Decision, sides: Sequence[Sequence[str]]) -> None:
        """Join the groups of the claims; a person's wording is kept."""
        groups = self._list_groups(chain.from_iterable(map(self._keep_cited, sides)))
        if len(groups) > 1:
            joined = _Group(chain.from_iterable(group.claims for group in groups))
            joined.wording = next((group.wording for group in groups if group.wording), None)
            joined.notes = list(dict.fromkeys(chain.from_iterable(one.notes for one in groups)))
            self._place(joined)

    def split(self, _: Decision, sides: Sequence[Sequence[str]]) -> None:
        """Remove the claims of the first side from each group with claims of the second."""
        leaving, staying = map(self._keep_cited, sides)
        if not set(leaving).isdisjoint(staying):
            raise _Misfit("it names a claim on both sides")
        for group in self._list_groups(staying):
            moved = [name for name in leaving if self._group_of[name] is group]
            if moved:
                rest = [name for name in group.claims if name not in moved]
                for claims in (moved, rest):
                    part = _Group(claims)
                    part.notes = list(group.notes)
                    self._place(part)

    def note_text(self, decision: Decision, sides: Sequence[Sequence[str]]) -> None:
        """Store a wording or note until all groups are final."""
        self._texts.append((decision, list(sides[0])))

    def settle_texts(self) -> list[Unapplied]:
        """Assign wordings and notes to the final groups; list those that do not fit."""
        misfits = []
        for decision, claims in self._texts:
            cited = [name for name in claims if name in self._claims]
            groups = self._list_groups(name for name in cited if name not in self._rejected)
            if decision.kind == "note":
                for group in groups:
                    group.notes = list(dict.fromkeys((*group.notes, str(decision.text))))
                if not groups:
                    self._remarks[claims[0]].append(str(decision.text))
            elif len(groups) == 1:
                groups[0].wording = decision.text
            else:
                why = f"in {len(groups)} groups" if groups else "rejected"
                reason = f"its claims are {why} now"
                misfits.append(Unapplied(decision=decision, reason=reason))
        return misfits

    def build(self, decisions: Iterable[Decision]) -> ClaimTable:
        """Rebuild the table, with *decisions* as those applied."""
        table = self._table
        kept = [name for name in self._claims if name not in self._rejected]
        groups = self._list_groups(kept)
        place = {id(group): at for at, group in enumerate(groups)}
        heirs = {row.id: self._find_heir(row) for row in table.groups}
        heir_at = {name: place[id(heir)] for name, heir in heirs.items() if heir is not None}
        rows_of: dict[int, list[ClaimGroup]] = defaultdict(list)
        for row in table.groups:
            if row.id in heir_at:
                rows_of[heir_at[row.id]].append(row)
        matched = [self._match(group, rows_of[at]) for at, group in enumerate(groups)]
        entailments = {
            (heir_at[row.id], heir_at[general])
            for row in table.groups
            for general in row.entails
            if row.id in heir_at and general in heir_at and heir_at[row.id] != heir_at[general]
        }
        built = build_table(
            table.documents,
            matched,
            self._list_conflicts(heir_at),
            self._list_rejected(),
            table.failures,
            table.run,
            entailments,
            self._list_skipped(),
            table.echoes,
        )
        rows = (self._add_texts(row) for row in built.groups)
        return built.model_copy(update={"groups": tuple(rows), "decisions": tuple(decisions)})

    def _find_heir(self, row: ClaimGroup) -> _Group | None:
        """Find the group that replaces *row*: the one with the claim that *row* is worded as."""
        kept = [claim for claim in row.claims if claim.id not in self._rejected]
        first = find_lead(row.claim, kept) or next(iter(kept), None)
        return None if first is None else self._group_of[first.id]

    def _match(self, group: _Group, rows: Iterable[ClaimGroup]) -> _Matched:
        """Choose the claim that represents *group*: the earlier one, if it is still there."""
        claims = [self._mark(name) for name in group.claims if name not in self._rejected]
        for row in rows:
            if (chosen := find_lead(row.claim, claims)) is not None:
                return _Matched(chosen, tuple(claims))
        best = min(claims, key=lambda claim: (bool(claim.flags), claim.headline))
        return _Matched(best, tuple(claims))

    def _mark(self, name: str) -> Claim:
        claim = self._claims[name]
        return claim.model_copy(update={"accepted": True}) if name in self._accepted else claim

    def _add_texts(self, row: ClaimGroup) -> ClaimGroup:
        group = self._group_of[row.claims[0].id]
        update: dict[str, object] = {"notes": tuple(group.notes)}
        if group.wording:
            update |= {"claim": group.wording, "reworded": True}
        return row.model_copy(update=update)

    def _list_conflicts(self, heir_at: Mapping[str, int]) -> Iterator[_Clash]:
        """Yield the conflicts between the groups that replace the two sides, each once."""
        seen = set()
        for one in self._table.conflicts:
            a, b = heir_at.get(one.a), heir_at.get(one.b)
            if a is not None and b is not None and a != b:
                key = (frozenset((a, b)), one.kind)
                if key not in seen:
                    seen.add(key)
                    yield _Clash(a, b, one.kind, one.why)

    def _list_rejected(self) -> Iterator[Rejected]:
        yield from map(self._add_remarks, self._table.rejected)
        for name, why in self._rejected.items():
            claim = self._claims[name].model_copy(update={"accepted": False})
            yield self._add_remarks(
                Rejected(
                    document_id=claim.document_id,
                    claim=claim.text,
                    quote=claim.quote,
                    reason="by_hand",
                    detail=why or REJECTED,
                    found=claim,
                )
            )

    def _add_remarks(self, one: Rejected) -> Rejected:
        """Add the notes on a claim that a person rejected."""
        notes = self._remarks[one.found.id] if one.found else []
        return one.model_copy(update={"detail": "; ".join((one.detail, *notes))}) if notes else one

    def _list_skipped(self) -> Iterator[Skipped]:
        """List again the sentences that are not cited in documents with rejected claims."""
        changed = {self._claims[name].document_id for name in self._rejected}
        skipped: dict[str, list[Skipped]] = defaultdict(list)
        for one in self._table.skipped:
            skipped[one.document_id].append(one)
        claims: dict[str, list[Claim]] = defaultdict(list)
        for name, claim in self._claims.items():
            if name not in self._rejected:
                claims[claim.document_id].append(claim)
        for document in self._table.documents:
            if document.id in changed:
                unread = find_unread(skipped[document.id])
                yield from list_skipped(claims[document.id], document, unread)
            else:
                yield from skipped[document.id]


_ACTIONS: Mapping[DecisionKind, Callable[[_Desk, Decision, Sequence[Sequence[str]]], None]] = {
    "accept": _Desk.accept,
    "reject": _Desk.reject,
    "merge": _Desk.merge,
    "split": _Desk.split,
    "reword": _Desk.note_text,
    "note": _Desk.note_text,
}


def _list_found(table: ClaimTable) -> Iterator[Claim]:
    """Yield the claims that a person rejected before."""
    return (one.found for one in table.rejected if one.found is not None)


def _list_overruled(table: ClaimTable, active: Collection[str]) -> Iterator[Unapplied]:
    """Yield the merges and splits among *active* that a later decision overrules."""
    documents = {document.id: document for document in table.documents}
    home = {claim.id: group.id for group in table.groups for claim in group.claims}
    register = None
    for decision in table.decisions:
        if decision.id not in active or decision.kind not in ("merge", "split"):
            continue
        register = register or _Register((*table.claims, *_list_found(table)), documents)
        sides = [
            {home[name] for name in _find_all(register, side) if name in home}
            for side in decision.about
        ]
        met = [not one.isdisjoint(other) for one, other in combinations(filter(None, sides), 2)]
        if decision.kind == "merge" and not all(met):
            reason = "a later decision has taken its claims apart"
            yield Unapplied(decision=decision, reason=reason)
        if decision.kind == "split" and any(met):
            reason = "a later decision has joined its claims again"
            yield Unapplied(decision=decision, reason=reason)


def _find_all(register: _Register, side: Iterable[Subject]) -> Iterator[str]:
    for subject in side:
        with suppress(_Misfit):
            yield register.find(subject)
