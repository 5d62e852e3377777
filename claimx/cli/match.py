"""`claimx match`: group the sentences of a list, and find contradictions."""

import csv
import io
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from claimx.cli.app import app
from claimx.cli.match_parquet import match_parquet
from claimx.cli.options import MODEL, GroupedCommand, NoCache, gather_options, with_settings
from claimx.cli.output import (
    EXIT_PARTLY,
    EXIT_USAGE,
    check_writable,
    fail,
    refuse_same,
    report_errors,
    say,
    write_file,
    write_out,
)
from claimx.disk import read_whole
from claimx.errors import InputError
from claimx.kinds import name_kind
from claimx.match import Group, GroupConflict, Matching, MatchProgress, match_texts
from claimx.pipeline.bar import open_bar
from claimx.render.csv import guard_cell
from claimx.render.show import count_things, replace_surrogates, show_text
from claimx.spelling import spell_options

_EPILOG = """
CLAIMS is plain text with one sentence per line, or JSON Lines (a .jsonl file, or stdin that starts
with a brace) with strings, or with objects that have "text" and, optionally, "document". Each
sentence without a document counts as a document of its own. Two different death tolls conflict
if they are from two documents, but not if they are from the same one.

CLAIMS may also be the Parquet form of a table, or a folder of such files, of any size. OUT is then
a Parquet file, or a folder, with the same rows and the group of each.

The score, from 0 to 1, is the similarity of a sentence to the representative of its group. With
--judge, a model decides which sentences say the same and which contradict; groups with different
numbers are marked.

Examples:

  claimx match claims.txt

  claimx match claims.jsonl -o groups.csv

  cat claims.txt | claimx match - -f json

  claimx match claims.jsonl --judge --model gpt-5-mini

  claimx match corpus/ -o matched/ --work work/

  claimx match /shared/corpus -o matched/ --work /shared/work --ray auto    # on a cluster

Environment, with --judge: OPENAI_API_KEY, OPENAI_BASE_URL, CLAIMX_MODEL.

Exit status: 0 done; 1 CLAIMS cannot be read, OUT or the folder of --work cannot be written, another
command is at work there, or the cluster is lost; 2 bad usage; 3 done, but the model could not judge
some sentences, which were matched without it; 130 interrupted.
"""
_PARTS = ("workers", "ray")
_COLUMNS = ("group", "score", "document", "text", "claim", "conflicts")


class MatchForm(StrEnum):
    """Output format of the command."""

    text = "text"
    json = "json"
    csv = "csv"


class _Sentence(NamedTuple):
    text: str
    document: str


@app.command(epilog=_EPILOG, cls=GroupedCommand)
@with_settings(*MODEL, *_PARTS)
def match(  # noqa: PLR0913  # one parameter an option: typer's way
    *,
    claims: Annotated[
        Path,
        typer.Argument(metavar="CLAIMS", help="File with the sentences, - for stdin, or a folder."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="File or folder to write. Default: stdout."
        ),
    ] = None,
    form: Annotated[
        MatchForm | None,
        typer.Option(
            "--format", "-f", help="Output format. Default: by the extension of OUT, else text."
        ),
    ] = None,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Let a model decide, about a hundred sentences per request."),
    ] = False,
    work: Annotated[
        Path | None,
        typer.Option(
            "--work",
            metavar="DIR",
            help="Folder for what matching Parquet leaves: the same command goes on where it "
            "was stopped. Default: a temporary one.",
            rich_help_panel="Many articles",
        ),
    ] = None,
    no_cache: NoCache = False,
    given: dict[str, Any],
) -> None:
    """Group sentences that say the same, and list those that contradict each other."""
    workers, ray = (given.pop(name, None) for name in _PARTS)
    if claims.is_dir() or claims.suffix.lower() == ".parquet":
        if judge or form:
            fail("--judge and --format are not for Parquet. Leave them out.", EXIT_USAGE)
        with report_errors(), _show_stages() as watch:
            match_parquet(claims, output, work, workers, ray, watch)
        return
    if work or workers or ray:
        fail("--work, --workers and --ray are for Parquet. Leave them out.", EXIT_USAGE)
    chosen = form or _guess_form(output)
    asked = gather_options(given, no_cache=no_cache, wanted=judge, switch="--judge")
    with report_errors():
        if output is not None:
            check_writable(output)
            refuse_same(output, claims)
        sentences = _read_sentences(claims)
        texts, documents = ([one[side] for one in sentences] for side in (0, 1))
        with _show_progress() as watch:
            matching = match_texts(texts, documents=documents, watch=watch)
        failed = False
        if judge:
            matching, failed = _judge(matching, asked)
        made = replace_surrogates(_WRITERS[chosen](matching))
        if output is None:
            write_out(made)
        else:
            write_file(output, made.encode())
    if failed:
        raise typer.Exit(EXIT_PARTLY)


def _judge(matching: Matching, asked: dict[str, Any]) -> tuple[Matching, bool]:
    """Let the model decide, print the cost, and return whether any request failed."""
    from claimx.pipeline.flow import judge

    judged = judge(matching, **asked)
    for failure in judged.failures:
        say(f"failed: {spell_options(failure.error)}")
    tokens = f"{judged.usage.tokens_in:,} in + {judged.usage.tokens_out:,} out"
    say(f"{count_things(judged.usage.answers, 'answer')}, {tokens} tokens")
    return judged.matching, bool(judged.failures)


@contextmanager
def _show_stages() -> Iterator[Callable[[str, int], None]]:
    """Show which stage is under way while a person looks on."""
    with open_bar() as move:
        yield lambda stage, calls: move(None, None, f"{stage} ({calls})")


@contextmanager
def _show_progress() -> Iterator[Callable[[MatchProgress], None]]:
    """Show a progress bar on a terminal."""
    with open_bar() as move:
        yield lambda progress: move(progress.done, progress.total, progress.step)


def _guess_form(output: Path | None) -> MatchForm:
    ending = output.suffix[1:].lower() if output else ""
    if ending in ("", "txt"):
        return MatchForm.text
    if ending not in list(MatchForm):
        fail(f"{output}: no format for .{ending}. Pass --format text, json or csv.", EXIT_USAGE)
    return MatchForm(ending)


# --- reading ----------------------------------------------------------------------------------


def _read_sentences(path: Path) -> list[_Sentence]:
    name = "stdin" if str(path) == "-" else str(path)
    wanted = "a text with a sentence on each line, or JSON Lines (.jsonl)"
    data = sys.stdin.buffer.read() if name == "stdin" else read_whole(path, wanted)
    as_json = path.suffix.lower() in (".jsonl", ".ndjson") or (
        name == "stdin" and data.lstrip().startswith(b"{")
    )
    if data.strip() and not as_json and (kind := _name_other(path, data)):
        raise InputError(f"{name}: {kind}. Name {wanted}.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        byte = f"byte 0x{data[exc.start]:02x} at offset {exc.start}"
        raise InputError(f"{name}: not UTF-8 ({byte}). Convert it to UTF-8.") from exc
    lines = text.split("\n")
    width = len(str(len(lines)))  # so that lines sort as they stand
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            sentence = _parse_line(line, f"{name}, line {number}") if as_json else (line, "")
            place = f"line {number:0{width}}"
            found.append(_Sentence(sentence[0].strip(), sentence[1] or place))
    return found


def _name_other(path: Path, data: bytes) -> str | None:
    """Name what the file is if it has no sentences in lines, such as a table."""
    return name_kind(data) or ("A JSON file" if path.suffix.lower() == ".json" else None)


def _parse_line(line: str, place: str) -> tuple[str, str]:
    """Parse a line of JSON: a string, or an object with "text" and "document"."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise InputError(f"{place}: not JSON. Write a string or an object a line.") from exc
    row = {"text": row} if isinstance(row, str) else row
    text, document = (row.get("text"), row.get("document")) if isinstance(row, dict) else ("", "")
    if not isinstance(text, str) or not text.strip() or not isinstance(document, str | None):
        raise InputError(f'{place}: no "text". Write a string, or {{"text": "...", ...}}.')
    return text, document or ""


# --- writing ----------------------------------------------------------------------------------


def _list_members(group: Group) -> Iterator[tuple[float, str, str]]:
    """List score, document and text of each member of a group, the group's wording first."""
    rows = zip(group.scores, group.claims, strict=True)
    for score, claim in sorted(rows, key=lambda row: row[1] != group.claim):
        yield round(score, 3), claim.document_id, claim.text


def _list_doubts(group: Group) -> list[str]:
    """List the distinct objections of the local checks to a group made by the model."""
    return sorted({flag.message for claim in group.claims for flag in claim.flags})


def _write_text(matching: Matching) -> str:
    lines = []
    for number, group in enumerate(matching.groups, 1):
        lines.append(f"{number}. {show_text(group.wording)}")
        lines += (
            f"   {score:.2f}  {show_text(document)}  {show_text(text)}"
            for score, document, text in _list_members(group)
        )
        lines += (f"   check: {show_text(doubt)}" for doubt in _list_doubts(group))
    if matching.conflicts:
        lines += ["", "Conflicts"]
    for one in matching.conflicts:
        lines.append(f"{one.a + 1} / {one.b + 1}  {one.kind}: {show_text(one.why)}")
        lines += (f"   {show_text(claim.text)}" for claim in (one.claim_a, one.claim_b))
    return "".join(f"{line}\n" for line in lines)


def _write_json(matching: Matching) -> str:
    groups = [
        {
            "id": number,
            "claim": group.wording,
            "members": [
                {"score": score, "document": document, "text": text}
                for score, document, text in _list_members(group)
            ],
            **({"check": doubts} if (doubts := _list_doubts(group)) else {}),
        }
        for number, group in enumerate(matching.groups, 1)
    ]
    conflicts = [_describe_conflict(one) for one in matching.conflicts]
    whole = {"groups": groups, "conflicts": conflicts}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _describe_conflict(one: GroupConflict) -> dict[str, object]:
    return {
        "a": one.a + 1,
        "b": one.b + 1,
        "kind": one.kind,
        "why": one.why,
        "claim_a": one.claim_a.text,
        "claim_b": one.claim_b.text,
        "score": round(one.score, 3),
    }


def _write_csv(matching: Matching) -> str:
    conflicts: dict[int, list[str]] = defaultdict(list)
    for one in matching.conflicts:
        conflicts[one.a].append(f"{one.b + 1} ({one.why})")
        conflicts[one.b].append(f"{one.a + 1} ({one.why})")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for at, group in enumerate(matching.groups):
        for score, *words in _list_members(group):
            words += [group.wording, "; ".join(conflicts[at])]
            writer.writerow((at + 1, score, *map(guard_cell, words)))
    return out.getvalue()


_WRITERS = {MatchForm.text: _write_text, MatchForm.json: _write_json, MatchForm.csv: _write_csv}
