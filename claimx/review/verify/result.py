"""How the citations of a table stand now, and how that is said."""

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
    How one citation of the table stands now.

    *same*: the quote stands at its place. *moved*: to the letter, elsewhere.
    *changed*: other words stand there, *why* says which. *missing*: nothing
    like it, or no such file, as *why* says. *source*, *line*, *column*, *span*
    and *quote* are those of now, null where there is nothing.
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


class Reading(Record):
    """
    What a model says of one claim of the table, beside the sentences that it cites.

    *stated*: they say it. Else the claim *dropped*, *added* or *changed*
    something, as *why* says. *citation* is the first of the claim.
    """

    group_id: str
    claim_id: str
    claim: str
    citation: Citation
    verdict: VerdictKind
    why: str = ""


class Readings(Record):
    """What a model says of the claims of a table, and which it could not be asked about."""

    readings: tuple[Reading, ...] = ()
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()


class Verification(Record):
    """
    How every citation of a table stands now, in the table's order; *failures* are of files.

    *model* is what a model says of the claims, null where none was asked.
    """

    checks: tuple[Check, ...]
    failures: tuple[Failure, ...] = ()
    model: Readings | None = None

    @property
    def holds(self) -> bool:
        """Whether every citation stands where the table says, and states its claim if asked."""
        said = self.model or Readings()
        doubted = any(one.verdict != "stated" for one in said.readings)
        stands = all(check.standing == "same" for check in self.checks)
        return stands and not doubted and not said.failures

    def counts(self) -> dict[Standing, int]:
        """Count the citations of each standing."""
        found = Counter(check.standing for check in self.checks)
        return {standing: found[standing] for standing in get_args(Standing)}

    def to_text(self) -> str:
        """Say each citation that does not hold, as ``file:line:column: ...``; then sum up."""
        lines = _say_checks([check for check in self.checks if check.standing != "same"])
        counts = ", ".join(f"{count} {standing}" for standing, count in self.counts().items())
        lines.append(f"{count_things(len(self.checks), 'citation')}: {counts}")
        if self.model is not None:
            lines += _say_readings(self.model.readings)
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """Write every check as JSON."""
        return write_json(self)


def _say_readings(readings: Sequence[Reading]) -> list[str]:
    """Say each reading of a claim that its text does not state; then sum up."""
    lines = [_say_reading(one) for one in readings if one.verdict != "stated"]
    found = Counter(one.verdict for one in readings)
    counts = ", ".join(f"{found[kind]} {kind}" for kind in get_args(VerdictKind))
    return [*lines, f"{count_things(len(readings), 'claim')} read again: {counts}"]


def _say_reading(one: Reading) -> str:
    at = f"{one.citation.document_id}:{one.citation.line}:{one.citation.column}"
    why = f" ({one.why})" if one.why else ""
    return show_text(f"{at}: [{one.group_id}] {one.verdict}{why}: {one.claim}")


def _say_checks(checks: Iterable[Check]) -> list[str]:
    """Say *checks* file by file; a file that is gone is said once."""
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
