"""
Try mutated files, answers and tables: none may end in a traceback or a fault of claimx.

    python benchmarks/fuzz.py [readers] [answers] [tables] [folders] [--number 10000] [--seed 0]
        [--keep DIR]

Files of every format are cut, spliced and altered, those in archives inside them as well; answers
are bodies of HTTP responses, right or not; tables are JSON files of a table with parts exchanged;
folders hold what commands read beside articles (settings, metadata, decisions, prompts, gold,
cassettes, kept answers, runs in parts, stages of matching), with one file damaged or gone.
The same seed tries the same. Each kind of fault is printed once, and what led to it is kept in DIR.
The status is 1 if there is any.
"""

import argparse
import asyncio
import gzip
import io
import json
import logging
import os
import random
import re
import shutil
import ssl
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # for tests/, which has the makers of bodies

import claimx
from claimx.assess import assess_proposals
from claimx.match import match_claims
from claimx.render import FORMATS, render_table
from claimx.views.coverage import find_coverage
from claimx.views.speakers import identify_speakers
from claimx.views.timeline import find_timeline

ROOT = Path(__file__).parent.parent
FILES = ROOT / "tests/files"
TEXT = (
    "The council of Malmo paid 9 kroner on Monday, May 4, 2020. “It was 12 percent,” said Mayor "
    "Ines Holm. She did not deny that the U.S. bank (AP) fell by $3.5 million.\n\n"
    "1. Police said 21 people died. 2) No one was hurt, according to Jo Bay of the BBC."
)
FAULT = "a fault in claimx"
TOKENS = (
    *(
        "\x00",
        "\u200b",
        "\u00a0.",
        "\u2028",
        "\x85",
        "\ufeff",
        "\u00ad",
        "\u202e",
        "é",
        "東京",
        "😀",
    ),
    *("9" * 5000, "1,000,", "-1", "1e400", "NaN", "Infinity", "٣", "½", "1/0", "0x", "²"),
    *('"', "'", "<", ">", "&", "&#x0;", "&#99999999;", "]]>", "<!--", "<![CDATA[", "{", "[", "\\"),
    *("\r", "\n", "\t", ",", ";", "|", "\\u0000", "\\ud800", "%PDF-", "endobj", "stream", "xref"),
    *(
        "<p>",
        "</p>",
        "<table>",
        "<w:p/>",
        "<w:tbl>",
        "<text:p>",
        "---\n",
        "WEBVTT",
        "-->",
        "WARC/1.0",
    ),
    *("99:99:99,999", "2020-13-45", "utf-16", "undefined", "punycode", "charset=", "encoding="),
)
SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 10**400, 1e308, -0.5, 2**63, float("nan"), float("inf")),
    *("", " ", "\u200b", "\x00", "\ud800", "9" * 5000, "exact", "2020-13-45", "2025-03-30", "a\nb"),
    *([], {}, [[]], {"": None}, "https://[", "javascript:1", "=1+1", "\x1b[2J"),
)


# files


def list_files() -> Iterator[tuple[str, bytes]]:
    """Yield a name and the bytes of a file of every format."""
    for path in sorted(FILES.iterdir()):
        if path.suffix != ".md":
            yield path.name, path.read_bytes()
    yield "a.txt", TEXT.encode()
    yield "wide.txt", TEXT.encode("utf-16")
    yield (
        "a.md",
        f"---\ntitle: Costs\nauthor: [A, B]\ndate: 2020-05-04\n---\n# Costs\n\n{TEXT}".encode(),
    )
    yield "a.json.gz", gzip.compress(TEXT.encode(), mtime=0)
    rows = [{"id": at, "text": TEXT, "title": "A", "date": "2020-05-04"} for at in range(3)]
    yield "a.jsonl", "\n".join(map(json.dumps, rows)).encode()
    yield "b.jsonl.gz", gzip.compress("\r".join(map(json.dumps, rows)).encode(), mtime=0)
    times = ("00:00:01,000 --> 00:00:03,000", "00:00:03,000 --> 00:00:09,000")
    yield "a.srt", f"1\n{times[0]}\n{TEXT[:60]}\n\n2\n{times[1]}\nNo.\n".encode()
    yield "a.vtt", f"WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>{TEXT[:60]}</v>\n".encode()
    page = (FILES / "harbour.html").read_text("utf-8")
    yield "a.mhtml", make_mhtml(page)
    yield "a.warc", make_warc(page)
    yield "a.epub", make_epub()
    yield "a.odt", make_odt()
    yield "a.parquet", make_parquet(rows)


def make_mhtml(page: str) -> bytes:
    """Make a page saved by a browser."""
    message = EmailMessage()
    message["Subject"], message["Snapshot-Content-Location"] = "A", "https://example.org/a"
    message.set_content(page, subtype="html")
    return bytes(message)


def make_warc(page: str) -> bytes:
    """Make an archive of one page."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    raw = io.BytesIO()
    writer = WARCWriter(raw, gzip=False)
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
    record = writer.create_warc_record(
        "https://example.org/a",
        "response",
        io.BytesIO(page.encode()),
        http_headers=headers,
        warc_headers_dict={"WARC-Date": "2020-05-04T00:00:00Z", "WARC-Record-ID": "<urn:uuid:0>"},
    )
    writer.write_record(record)
    return raw.getvalue()


def make_epub() -> bytes:
    """Make a book of two chapters."""
    container = (
        '<container xmlns="urn:c"><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="urn:p" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>B'
        '</dc:title></metadata><manifest><item id="a" href="a.xhtml"/><item id="b" href="b.xhtml"/>'
        '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    chapter = f"<html xmlns='urn:h'><body><h1>A</h1><p>{TEXT}</p><ul><li>a</li></ul></body></html>"
    parts = {"META-INF/container.xml": container, "a.opf": package, "a.xhtml": chapter}
    return pack({"mimetype": "application/epub+zip", **parts, "b.xhtml": chapter})


def make_odt() -> bytes:
    """Make an OpenDocument text with a list, a table and a note."""
    spaces = 'xmlns:office="urn:o" xmlns:text="urn:t" xmlns:table="urn:b"'
    row = (
        "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>"
    )
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body/></text:note>"
    head = '<text:h text:outline-level="2">H</text:h>'
    items = "<text:list><text:list-item><text:p>a</text:p></text:list-item></text:list>"
    body = f'{head}<text:p>{TEXT}{note}<text:s text:c="3"/></text:p>{items}<table:table>{row}'
    inside = f"<office:body><office:text>{body}</table:table></office:text></office:body>"
    content = f"<office:document-content {spaces}>{inside}</office:document-content>"
    meta = '<m xmlns:dc="urn:d"><dc:title>T</dc:title></m>'
    kind = "application/vnd.oasis.opendocument.text"
    return pack({"mimetype": kind, "content.xml": content, "meta.xml": meta})


def make_parquet(rows: list[dict[str, Any]]) -> bytes:
    """Make a Parquet file with a column of times."""
    from datetime import datetime

    from pyarrow import Table
    from pyarrow.parquet import write_table

    raw = io.BytesIO()
    write_table(Table.from_pylist([row | {"at": datetime(2020, 5, 4)} for row in rows]), raw)
    return raw.getvalue()


def pack(parts: dict[str, str | bytes]) -> bytes:
    """Make a ZIP archive, the first part unpacked."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for at, (name, part) in enumerate(parts.items()):
            info = zipfile.ZipInfo(name)
            archive.writestr(info, part, zipfile.ZIP_DEFLATED if at else zipfile.ZIP_STORED)
    return raw.getvalue()


def mutate_file(raw: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Alter the bytes of a file: those inside an archive or gzip, two times of three."""
    if raw.startswith(b"PK") and rng.random() < 2 / 3:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
        name = rng.choice([one for one in parts if one != "mimetype"])
        if rng.random() < 0.1:
            del parts[name]
        else:
            parts[name] = alter(bytes(parts[name]), others, rng)
        return pack(parts)
    if raw.startswith(b"\x1f\x8b") and rng.random() < 2 / 3:
        return gzip.compress(alter(gzip.decompress(raw), others, rng), mtime=0)
    return alter(raw, others, rng)


def alter(raw: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Alter *raw* in one to four places."""
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, len(raw))
        end = min(len(raw), start + int(rng.expovariate(1 / 20)))
        token = rng.choice(TOKENS).encode("utf-8", "surrogatepass")
        other = rng.choice(others)
        at = rng.randint(0, len(other))
        piece = rng.choice(
            (
                *(b"", token, token * rng.randint(1, 50), rng.randbytes(3), raw[start:end] * 3),
                *(other[at : at + 200], re.sub(rb"\d", b"9", raw[start : end + 100])),
            )
        )
        raw = raw[:start] + piece + (b"" if rng.random() < 0.1 else raw[end:])
    return raw


def try_files(number: int, rng: random.Random, note: "Note") -> None:
    """Read mutated files of every format, and extract from every tenth."""
    corpus = list(list_files())
    others = [raw for _, raw in corpus]
    with tempfile.TemporaryDirectory() as folder:
        for at in range(number):
            name, raw = corpus[at % len(corpus)]
            mutated = mutate_file(raw, others, rng)
            path = Path(folder) / (name if rng.random() < 0.9 else f"a{rng.choice(corpus)[0]}")
            path.write_bytes(mutated)
            note.run(path.name, mutated, partial(read_file, path, extract=rng.random() < 0.1))
            path.unlink()


def read_file(path: Path, *, extract: bool) -> list[str]:
    """Read *path*, or extract from it; return the errors of documents."""
    if not extract:
        return [failure.error for failure in claimx.read_documents(path).failures]
    table = claimx.extract(path, model="extractive")
    for one in FORMATS:
        render_table(table, one.name)
    return [failure.error for failure in table.failures]


# answers


def try_answers(number: int, rng: random.Random, note: "Note") -> None:
    """Ask of a server that answers anything, and go on with what it proposed."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    from claimx.llm import pool
    from tests import test_fuzz as bodies
    from tests.llm.test_fuzz import httpx2

    async def skip(*_: object) -> None:
        await asyncio.sleep(0)

    pool._wait = skip
    ssl.SSLContext.load_verify_locations = lambda *_, **__: None  # no server has a certificate
    strategies = ("article", "window", "stepwise")
    segments = {
        name: bodies.cut_document(bodies.DOCUMENT, claimx.Settings(model="m", strategy=name))[0][0]
        for name in strategies
    }

    def go(reply: httpx2.Response, mode: str, strategy: str) -> list[str]:
        found = asyncio.run(bodies.ask(reply, mode, strategy, segments[strategy]))
        assessed = assess_proposals(bodies.DOCUMENT, found.proposals)
        match_claims(assessed.claims)
        assessed.model_dump_json()
        return []

    @seed(rng.random())
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(bodies.bodies, bodies.statuses, bodies.modes, st.sampled_from(strategies))
    def try_one(body: bytes, status: int, mode: str, strategy: str) -> None:
        reply = httpx2.Response(status, content=body)
        note.run(f"{strategy}.{mode}.json", body, partial(go, reply, mode, strategy))

    try_one()


# tables


def try_tables(number: int, rng: random.Random, note: "Note") -> None:
    """Load tables with exchanged parts, and use those that load."""
    documents = [
        claimx.make_document(TEXT, "a.txt", outlet="Courier", date="2020-05-05", title="A"),
        claimx.make_document(
            TEXT.replace("21", "22") + " So it was.", "b.txt", url="https://b.org"
        ),
    ]
    table = claimx.extract(documents, model="extractive")
    whole = json.loads(table.to_json())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.json"
        for at in range(number):
            mutated = json.dumps(exchange(whole, rng))
            path.write_text(mutated, "utf-8", errors="surrogatepass")
            note.run("table.json", mutated.encode(), partial(use_table, path, at))


def use_table(path: Path, at: int) -> list[str]:
    """Load a table, and write or read it in one of the ways there are."""
    table = claimx.load_table(path)
    ways: list[Callable[[], Any]] = [
        *(partial(render_table, table, one.name) for one in FORMATS),
        partial(claimx.report, table),
        partial(claimx.show, table),
        partial(claimx.verify, table),
        partial(claimx.diff, table, table),
        partial(find_coverage, table),
        partial(find_timeline, table),
        partial(identify_speakers, table),
        table.to_frame,
        table._repr_html_,
        partial(claimx.extract, claimx.make_document(TEXT, "c"), model="extractive", add=table),
    ]
    ways[at % len(ways)]()
    return []


# folders


def try_folders(number: int, rng: random.Random, note: "Note") -> None:
    """Damage one file of those that commands read beside articles, and give the command."""
    from tests.support.articles import answer_from
    from tests.support.server import Reply, serve

    with (
        tempfile.TemporaryDirectory() as place,
        serve(lambda _, body: Reply(body=answer_from(body))) as server,
    ):
        whole, folder = Path(place, "whole"), Path(place, "damaged")
        commands = lay_out(whole, server.url)
        others = [path.read_bytes() for path in sorted(whole.rglob("*")) if path.is_file()]
        for at in range(number):
            where, command = commands[at % len(commands)]
            shutil.copytree(whole, folder, copy_function=copy_quickly)
            path = rng.choice([one for one in sorted(folder.glob(where)) if one.is_file()])
            raw = damage(path, others, rng)
            name = f"{path.relative_to(folder).as_posix().replace('/', '-')}-{command[0]}"
            note.run(name, raw, partial(give, command, folder))
            shutil.rmtree(folder)


def lay_out(folder: Path, url: str) -> list[tuple[str, list[str]]]:
    """Write a file of each kind into *folder*; return which files each command is to read."""
    from tests.support.articles import write_articles

    folder.mkdir()
    write_articles(folder / "art", 3)
    (folder / "claimx.toml").write_text("segment_tokens = 40\nmode = 'json'\ncache = 'kept'\n")
    (folder / "about.csv").write_text("file,outlet,date,author\n0.txt,Post,2020-05-04,A; B\n")
    items = [{"id": "1.txt", "title": "A", "issued": {"date-parts": [[2020, 5, 4]]}}]
    (folder / "about.json").write_text(json.dumps(items))
    (folder / "page.html").write_bytes((FILES / "harbour.html").read_bytes())
    page = {"address": "https://a.org/b", "url": "https://a.org/b", "time": "2020-05-04T00:00:00Z"}
    kept = {"sha256": "", "content_type": "text/html; charset=utf-8", "status": 200}
    (folder / "page.html.fetched.json").write_text(json.dumps(page | kept))
    shutil.copytree(ROOT / "prompts", folder / "prompts")
    shutil.copytree(ROOT / "cassettes/seeds", folder / "tape")
    shutil.copy(min((ROOT / "seeds").iterdir()), folder / "seed.txt")
    alone = ["-m", "extractive"]
    ask = ["extract", "art", "-m", "m", "--strategy", "window", "--base-url", url]
    replay = ["extract", "seed.txt", "--replay", "tape"]
    for made in (
        ["extract", "art", *alone, "-o", "table.json"],
        ["extract", "art", *alone, "-o", "rows.parquet"],
        [*ask, "-o", "asked.json"],
        [*ask, "--work", "work", "--workers", "1", "-o", "work.parquet"],
        ["match", "rows.parquet", "-o", "matched.parquet", "--work", "stages", "--processes", "1"],
    ):
        give(made, folder)
    shutil.rmtree(folder / "stages/out")  # so that what the stages left is read again
    table = claimx.load_table(folder / "table.json")
    told = [{"text": one.claim, "document": one.id} for one in table.groups]
    (folder / "claims.jsonl").write_text("\n".join(map(json.dumps, told)))
    (folder / "decisions.jsonl").write_text("\n".join(map(json.dumps, decide(table))))
    (folder / "gold").mkdir()
    mention = {"id": "m", "doc": "0.txt", "claim": "A", "spans": [[0, 9]], "group": "g"}
    (folder / "gold/mentions.jsonl").write_text(json.dumps(mention))
    (folder / "gold/tiers.jsonl").write_text(json.dumps({"id": "m", "tier": "core"}))
    (folder / "gold/not_claims.jsonl").write_text(json.dumps({"doc": "0.txt", "span": [0, 9]}))
    matching = ["match", "rows.parquet", "-o", "m.parquet", "--work", "stages", "--processes", "1"]
    return [
        ("claimx.toml", ["config"]),
        ("claimx.toml", ["extract", "art", *alone]),
        ("about.*", ["extract", "art", *alone, "--sources", "about.csv"]),
        ("about.*", ["extract", "art", *alone, "--sources", "about.json"]),
        ("page.html.fetched.json", ["extract", "page.html", *alone]),
        ("prompts/*", [*ask, "--prompts", "prompts", "--dry-run"]),
        ("prompts/*", [*ask, "--prompts", "prompts"]),
        ("tape/*", replay),
        ("kept/**/*", ask),
        ("kept/**/*", ["cache", "info"]),
        ("decisions.jsonl", ["apply", "table.json", "decisions.jsonl"]),
        ("decisions.jsonl", ["extract", "art", *alone, "--decisions", "decisions.jsonl"]),
        ("gold/*", ["eval", "table.json", "gold", "--rounds", "3"]),
        ("claims.jsonl", ["match", "claims.jsonl"]),
        ("work/**/*", ["status", "work"]),
        ("work/**/*", ["show", "work"]),
        ("work/**/*", ["convert", "work", "-f", "markdown"]),
        ("work/**/*", [*ask, "--work", "work", "--workers", "1", "-o", "again.json"]),
        ("stages/**/*", matching),
        ("rows.parquet", matching),
        ("table.json", ["verify", "table.json"]),
        ("art/*", ["verify", "table.json"]),
        ("art/*", ["show", "table.json"]),
    ]


def decide(table: Any) -> Iterator[dict[str, Any]]:
    """Decide something of each kind about the claims of *table*."""
    from claimx.review.decisions import make_subject

    sources = {document.id: document for document in table.documents}
    sides = [
        [make_subject(claim, sources[claim.document_id]).model_dump() for claim in group.claims]
        for group in sorted(table.groups, key=lambda group: -group.support)
    ]
    for at, kind in enumerate(("accept", "reject", "reword", "note", "merge", "split", "undo")):
        about = {"merge": sides[4:6], "split": [sides[0][:1], sides[0][1:]], "undo": []}
        more = {"undoes": "d0"} if kind == "undo" else {"text": "A."}
        yield {"id": f"d{at}", "kind": kind, "about": about.get(kind, [sides[at]]), **more}


def copy_quickly(source: str, target: str) -> None:
    """Copy a file; those that no command writes to are linked."""
    (os.link if "tape" in Path(source).parts else shutil.copyfile)(source, target)


def damage(path: Path, others: list[bytes], rng: random.Random) -> bytes:
    """Damage the file at *path*, and return what it is then."""
    raw, chance = path.read_bytes(), rng.random()
    path.unlink()
    if chance < 0.05:
        return b"(gone)"
    if chance < 0.1:
        path.mkdir()
        return b"(a folder)"
    if path.suffix == ".json" and chance < 0.6:
        raw = json.dumps(exchange(json.loads(raw), rng)).encode()
    elif path.suffix == ".jsonl" and chance < 0.6:
        rows = exchange([json.loads(row) for row in raw.splitlines()], rng)
        raw = "\n".join(map(json.dumps, rows)).encode()
    elif chance < 0.7:
        raw = raw[: rng.randint(0, len(raw))]
    else:
        raw = mutate_file(raw, others, rng)
    path.write_bytes(raw)
    return raw


def give(command: list[str], folder: Path) -> list[str]:
    """Give a *command* in *folder*; return what it printed if it failed."""
    from tests.support.command import claimx as run

    done = run(*command, cwd=folder, OPENAI_API_KEY="none")
    return done.stderr.splitlines() if done.returncode else []


def exchange(whole: Any, rng: random.Random) -> Any:
    """Return a copy of *whole* with one to three of its parts exchanged, doubled or removed."""
    copy = json.loads(json.dumps(whole))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        holders = [one for one in list_holders(copy) if one]
        if not holders:
            break
        holder, other = rng.choice(holders), rng.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = rng.choice(keys)
        others = list(other.values()) if isinstance(other, dict) else other
        change = rng.random()
        if change < 0.15:
            del holder[key]
        elif change < 0.3 and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[key])))
        elif change < 0.45:
            holder[key] = json.loads(json.dumps(rng.choice(others)))
        elif change < 0.6 and isinstance(holder[key], int | float):
            holder[key] = int(holder[key]) + rng.choice((-1, 1, 10**6, 10**18, 10**400))
        elif change < 0.7 and isinstance(holder[key], str):
            holder[key] += rng.choice(TOKENS)
        else:
            holder[key] = rng.choice(SCALARS)
        copy = json.loads(json.dumps(copy))
    return copy


def list_holders(value: Any) -> Iterator[Any]:
    """Yield every list and object in *value*."""
    if isinstance(value, dict | list):
        yield value
        for one in value.values() if isinstance(value, dict) else value:
            yield from list_holders(one)


# faults


class Note:
    """Runs what may fail, and notes each kind of fault once."""

    def __init__(self, keep: Path | None) -> None:
        self._keep = keep
        self.faults: Counter[str] = Counter()
        self.count = self.refused = 0

    def run(self, name: str, raw: bytes, work: Callable[[], list[str]]) -> None:
        """Call *work*, which is about *raw*: an error of claimx is right, any other is a fault."""
        self.count += 1
        try:
            errors = work()
        except claimx.ClaimxError as exc:
            errors = [str(exc)]
        except Exception as exc:
            frames = traceback.extract_tb(exc.__traceback__)
            ours = [one for one in frames if "/claimx/" in one.filename] or frames
            errors = [f"{FAULT} ({type(exc).__name__} at {ours[-1].name}:{ours[-1].lineno}: {exc}"]
        self.refused += bool(errors)
        for error in errors:
            if FAULT in error:
                self._note(name, raw, error[error.index(FAULT) + len(FAULT) :])

    def _note(self, name: str, raw: bytes, why: str) -> None:
        kind = re.sub(r"\d+|'[^']*'", "_", why)[:100]
        self.faults[kind] += 1
        if self.faults[kind] > 1:
            return
        print(f"  {name}: {why[:300]}", flush=True)
        if self._keep is not None:
            (self._keep / f"{len(self.faults)}-{name}").write_bytes(raw)


KINDS = {"readers": try_files, "answers": try_answers, "tables": try_tables, "folders": try_folders}


def main() -> int:
    """Try each kind, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("kinds", nargs="*", default=[*KINDS], help=", ".join(KINDS))
    parser.add_argument("--number", type=int, default=10_000, help="inputs of each kind")
    parser.add_argument("--seed", type=int, default=0, help="another seed tries others")
    parser.add_argument("--keep", type=Path, help="folder for what led to a fault")
    options = parser.parse_args()
    logging.getLogger("claimx").setLevel(logging.CRITICAL)
    bad = 0
    for kind in options.kinds:
        note = Note(options.keep)
        KINDS[kind](options.number, random.Random(options.seed), note)
        faults = sum(note.faults.values())
        bad += faults
        print(f"{kind}: {note.count:,} tried, {note.refused:,} refused, {faults:,} tracebacks")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
