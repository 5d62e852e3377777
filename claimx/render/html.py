"""
Render a claim table as one HTML file that opens from disk and makes no network requests.

The page is `report/report.html`, filled by Jinja with autoescape; the data that the
reader browses is JSON (`claimx.render.payload`), shown by the modules in `report/`.
A content security policy only lets scripts run that claimx put into the page,
identified by hash.
"""

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from claimx.records import Rejected, Run
from claimx.render.payload import Review, build_payload, reveal_text, write_payload
from claimx.render.show import (
    count_documents,
    count_things,
    label_documents,
    list_run_facts,
    say_echo,
)
from claimx.settings import EXTRACTIVE
from claimx.table import ClaimTable, Folder, check_citations, open_table
from claimx.views.coverage import OutletCoverage, find_coverage
from claimx.views.speakers import SpeakerEntry, identify_speakers, list_entries
from claimx.views.timeline import find_timeline

_PARTS = Path(__file__).parent / "report"
# Each module may use those before it.
_MODULES = (
    "page",
    "data",
    "decisions",
    "filter",
    "controls",
    "grow",
    "review",
    "claims",
    "coverage",
    "source",
    "matrix",
    "conflicts",
    "main",
)
# Rows of timeline and coverage shown; Markdown has them all.
_MOST_LISTED = 100
_MOST_SPEAKERS = 200
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)


def report(table: ClaimTable | Folder) -> str:
    """
    Render the report of *table*, or of the table in a JSON file, as a page for a browser.

    Raises:
        InputError: If the file cannot be read or holds no claim table.
        OutputError: If a citation differs from its document.
    """
    loaded = open_table(table)
    check_citations(loaded)
    return render_html(loaded)


def render_html(
    table: ClaimTable,
    *,
    base: Folder | None = None,  # noqa: ARG001
    review: Review | None = None,
) -> str:
    """
    Render *table* as one self-contained page for a browser.

    With *review* the page sends decisions to the address given there.

    Text of articles is inserted as text, never as markup or script. Invisible and
    reordering characters are shown by their code.
    """
    style, script = _read_part("report.css"), _bundle_script()
    counts = table.counts()
    timeline = find_timeline(table)
    labels = label_documents(table.documents)
    page = _open_templates().get_template("report.html")
    return page.render(
        policy=_write_policy(style, script, saves=review is not None),
        saves=review is not None,
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own files
        payload=Markup(write_payload(build_payload(table, review, timeline))),  # noqa: S704  # no "<" is left in it
        counts=counts,
        heading=f"What {count_things(counts.documents, 'document')} claim"
        + ("s" if counts.documents == 1 else ""),
        labels=labels,
        rejected=_sort_rejected(table),
        read=f" {count_documents(counts)}." if counts.partial or counts.unread else "",
        failures=table.failures,
        claims={group.id: group.claim for group in table.groups},
        timeline=timeline,
        reports=[one for one in timeline.groups if one.first and len(one.reports) > len(one.first)],
        coverage=_list_omitting(table),
        most=_MOST_LISTED,
        speakers=[_lay_speaker(one, labels) for one in list_entries(identify_speakers(table))],
        most_speakers=_MOST_SPEAKERS,
        echoes=table.echoes,
        conflicts=table.conflicts,
        texts={document.id: document.text for document in table.documents},
        made=_say_made(table.run),
        facts=list_run_facts(table.run),
    )


def _lay_speaker(entry: SpeakerEntry, labels: Mapping[str, str]) -> dict[str, object]:
    """Convert a speaker for the template: unique names, documents by their labels."""
    variants = [one for speaker in entry.speakers for one in speaker.variants]
    return {
        "name": entry.name,
        "perhaps": entry.speakers[0].perhaps,
        "called": [name for speaker in entry.speakers for name in speaker.called],
        "described": entry.described,
        "where": list(dict.fromkeys(labels[one.document_id] for one in variants)),
        "claims": entry.claims,
    }


def _say_made(run: Run) -> str:
    """Describe for a reader how the table was made."""
    if run.model == EXTRACTIVE:
        return (
            f"claimx {run.claimx_version} took each sentence that states something as a claim; "
            "no language model was asked."
        )
    day = f" on {run.answered[:10]}" if run.answered else ""
    return (
        f"claimx {run.claimx_version} asked the language model {run.model}{day} "
        f"({count_things(run.usage.answers, 'answer')}), found each quote in its source, and "
        "checked each claim against what it quotes."
    )


@cache
def _open_templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_reveal_value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["say_echo"] = say_echo
    templates.filters["number"] = "{:,}".format
    templates.filters["things"] = lambda count, thing: count_things(count, thing).replace(
        str(count), f"{count:,}", 1
    )
    return templates


def _reveal_value(value: object) -> object:
    return reveal_text(value) if isinstance(value, str) and type(value) is not Markup else value


@cache
def _read_part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


@cache
def _bundle_script() -> str:
    """Bundle the modules into one script: a page opened from disk cannot import others."""
    modules = "".join(_wrap_module(name, _read_part(f"{name}.js")) for name in _MODULES)
    return f'"use strict";\n{{\n{modules}}}\n'


def _wrap_module(name: str, module: str) -> str:
    """Wrap *module* in a scope of its own, with its exports as one value."""
    exported = ", ".join(_EXPORT.findall(module))
    body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = $\2;", module))
    return f"const ${name} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"


def _write_policy(style: str, script: str, *, saves: bool) -> str:
    """Allow only this style and this script; with *saves*, also requests to this server."""
    return "; ".join(
        (
            "default-src 'none'",
            *(["connect-src 'self'"] if saves else []),
            f"style-src '{_hash_part(style)}'",
            f"script-src '{_hash_part(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash_part(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _list_omitting(table: ClaimTable) -> list[OutletCoverage]:
    """List the outlets that omit what most others report, if outlets are known."""
    known = any(one.outlet for one in table.documents)
    return [one for one in find_coverage(table).outlets if one.omits] if known else []


def _sort_rejected(table: ClaimTable) -> dict[str, list[Rejected]]:
    """Group rejected claims by reason, most frequent first."""
    reasons: dict[str, list[Rejected]] = defaultdict(list)
    for one in table.rejected:
        reasons[one.reason].append(one)
    return {reason: reasons[reason] for reason in table.counts().rejected}
