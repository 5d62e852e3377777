"""The result of a verification, and its wording."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from claimx.judge.reread import VerdictKind
from claimx.records import Citation, Failure, Record, Span, Usage
from claimx.render.json import write_json
from claimx.render.show import count_things, show_text

Standing = Literal["same", "moved", "changed", "missing"]


class Check(Record):
    """
    The current standing of one citation of the table.

    *same*: the quote is at its place. *moved*: it is identical, elsewhere. *changed*:
    other words are in its place, and *why* says which. *missing*: nothing similar, or no
    such file, and *why* says which. *source*, *line*, *column*, *span* and *quote* are
    the current ones, null where there are none.
    """

    group_id: str
    citation: Citation
    standing: Standing
    source: str | None = None
    line: int | None = None
    column: int | None = None
    span: Span | None = None
    quote: str | None = None
    why: str = ""


class ClaimReading(Record):
    """
    A model's verdict on one claim of the table, given the sentences that it cites.

    *stated*: they state it. Else the claim *dropped*, *added* or *changed* something,
    and *why* says what. *citation* is the first of the claim.
    """

    group_id: str
    claim_id: str
    claim: str
    citation: Citation
    verdict: VerdictKind
    why: str = ""


class ClaimReadings(Record):
    """A model's verdicts on the claims of a table, and the claims without one."""

    readings: tuple[ClaimReading, ...] = ()
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()


class Verification(Record):
    """
    The standing of every citation of a table, in its order; *failures* concern files.

    *model* has the verdicts of a model, null if none was asked.
    """

    checks: tuple[Check, ...]
    failures: tuple[Failure, ...] = ()
    model: ClaimReadings | None = None

    @property
    def holds(self) -> bool:
        """Whether every citation is unchanged, and every claim stated if a model was asked."""
        said = self.model or ClaimReadings()
        doubted = any(one.verdict != "stated" for one in said.readings)
        stands = all(check.standing == "same" for check in self.checks)
        return stands and not doubted and not said.failures

    def counts(self) -> dict[Standing, int]:
        """Count the citations of each standing."""
        found = Counter(check.standing for check in self.checks)
        return {standing: found[standing] for standing in get_args(Standing)}

    def to_text(self) -> str:
        """List each citation that does not hold, as ``file:line:column: ...``; then the totals."""
        lines = self.list_lines()
        counts = ", ".join(f"{count} {standing}" for standing, count in self.counts().items())
        lines.append(f"{count_things(len(self.checks), 'citation')}: {counts}")
        if self.model is not None:
            lines += _say_readings(self.model.readings)
        return "\n".join(lines) + "\n"

    def list_lines(self) -> list[str]:
        """List each citation that does not hold, as ``file:line:column: ...``."""
        return _say_checks([check for check in self.checks if check.standing != "same"])

    def to_json(self) -> str:
        """Write every check as JSON."""
        return write_json(self)


def _say_readings(readings: Sequence[ClaimReading]) -> list[str]:
    """List each claim that its text does not state; then the totals."""
    lines = [_say_reading(one) for one in readings if one.verdict != "stated"]
    found = Counter(one.verdict for one in readings)
    counts = ", ".join(f"{found[kind]} {kind}" for kind in get_args(VerdictKind))
    return [*lines, f"{count_things(len(readings), 'claim')} read again: {counts}"]


def _say_reading(one: ClaimReading) -> str:
    at = f"{one.citation.document_id}:{one.citation.line}:{one.citation.column}"
    why = f" ({one.why})" if one.why else ""
    return show_text(f"{at}: [{one.group_id}] {one.verdict}{why}: {one.claim}")


def _say_checks(checks: Iterable[Check]) -> list[str]:
    """List *checks* file by file; a missing file is listed once."""
    lines = []
    for check in sorted(checks, key=_place):
        lines.append(_say_gone(check) if check.source is None else _say_check(check))
    return [
        f"{line}: {count_things(count, 'citation')}" if count > 1 else line
        for line, count in Counter(lines).items()
    ]


def _place(check: Check) -> tuple[str, int, int]:
    cited = check.citation
    return (
        check.source or cited.document_id,
        check.line or cited.line,
        check.column or cited.column,
    )


def _say_gone(check: Check) -> str:
    return show_text(f"{check.citation.document_id}: missing ({check.why})")


def _say_check(check: Check) -> str:
    old = f"{check.citation.document_id}:{check.citation.line}:{check.citation.column}"
    if check.line is None:
        said = f"{check.source}: [{check.group_id}] missing, was {old}: {check.citation.quote}"
    else:
        why = f" ({check.why})" if check.why else ""
        said = (
            f"{check.source}:{check.line}:{check.column}: [{check.group_id}] "
            f"{check.standing} from {old}{why}: {check.quote}"
        )
    return show_text(said)
