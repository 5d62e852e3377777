"""How the citations of a table stand now, and how that is said."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, get_args

from claimx.records import Citation, Failure, Record, Span
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


class Verification(Record):
    """How every citation of a table stands now, in the table's order; *failures* are of files."""

    checks: tuple[Check, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every citation stands where the table says."""
        return all(check.standing == "same" for check in self.checks)

    def counts(self) -> dict[Standing, int]:
        """Count the citations of each standing."""
        found = Counter(check.standing for check in self.checks)
        return {standing: found[standing] for standing in get_args(Standing)}

    def to_text(self) -> str:
        """Say each citation that does not hold, as ``file:line:column: ...``; then sum up."""
        lines = _say_checks([check for check in self.checks if check.standing != "same"])
        counts = ", ".join(f"{count} {standing}" for standing, count in self.counts().items())
        lines.append(f"{count_things(len(self.checks), 'citation')}: {counts}")
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """Write every check as JSON."""
        return write_json(self)


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
