"""
Render a claim table as an SQLite database, with full-text search, for SQL and for Datasette.

Tables have keys, so that a database browser links rows automatically.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from claimx.render.show import list_run_values, replace_surrogates
from claimx.table import ClaimTable, Folder, join_flags

_SCHEMA = """
create table documents (
    id text primary key, source text, title text, outlet text, author text, date text, url text,
    language text, media_type text, sha256 text, text text
);
create table groups (
    id text primary key, claim text, support integer, independent integer, conflicts integer
);
create table claims (
    id text primary key, group_id text references groups(id),
    document_id text references documents(id),
    claim text, quote text, speaker text, modality text, status text, score real, flags text
);
create table citations (
    id integer primary key, claim_id text references claims(id),
    group_id text references groups(id), document_id text references documents(id),
    line integer, "column" integer, page integer, start integer, end integer, quote text
);
create table conflicts (
    id integer primary key, a text references groups(id), b text references groups(id),
    kind text, why text
);
create table entailments (
    specific text references groups(id), general text references groups(id),
    primary key (specific, general)
) without rowid;
create table echoes (
    id integer primary key, a text references documents(id), b text references documents(id),
    kind text, share real
);
create table rejected (
    id integer primary key, document_id text, segment integer, reason text, detail text,
    claim text, quote text
);
create table failures (id integer primary key, document_id text, segment integer, error text);
create table run (name text primary key, value text) without rowid;
create index citations_of_group on citations (group_id);
create index claims_of_group on claims (group_id);
create virtual table claims_fts using fts5 (claim, quote, speaker, content='claims');
"""

Row = Mapping[str, Any]


def render_sqlite(table: ClaimTable, *, base: Folder | None = None) -> bytes:  # noqa: ARG001
    """
    Write *table* as the bytes of a database; the same table yields the same bytes.

    Different versions of SQLite may write different bytes. ``claims_fts`` searches
    claims, quotes and speakers. A lone surrogate becomes U+FFFD.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        for name, rows in _list_rows(table):
            for row in rows:
                _insert(connection, name, row)
        connection.execute("insert into claims_fts(claims_fts) values ('rebuild')")
        connection.commit()
        return connection.serialize()


def _insert(connection: sqlite3.Connection, name: str, row: Row) -> None:
    columns = ", ".join(f'"{column}"' for column in row)
    marks = ", ".join("?" * len(row))
    values = [replace_surrogates(value) for value in row.values()]
    connection.execute(f"insert into {name} ({columns}) values ({marks})", values)  # noqa: S608  # names are ours


def _list_rows(table: ClaimTable) -> Iterator[tuple[str, Iterable[Row]]]:
    """Yield the rows of each table, after those of the tables they refer to."""
    names = "id source title outlet author date url language media_type sha256 text"
    yield "documents", (_pick(one, names) for one in table.documents)
    yield "groups", _list_groups(table)
    yield "claims", _list_claims(table)
    yield "citations", _list_citations(table)
    yield "conflicts", (_pick(one, "a b kind why") for one in table.conflicts)
    yield (
        "entailments",
        (
            {"specific": group.id, "general": general}
            for group in table.groups
            for general in group.entails
        ),
    )
    yield "echoes", (_pick(one, "a b kind share") for one in table.echoes)
    yield (
        "rejected",
        (_pick(one, "document_id segment reason detail claim quote") for one in table.rejected),
    )
    yield "failures", (_pick(one, "document_id segment error") for one in table.failures)
    yield "run", ({"name": name, "value": value} for name, value in list_run_values(table.run))


def _pick(record: Any, names: str) -> Row:
    return {name: getattr(record, name) for name in names.split()}


def _list_groups(table: ClaimTable) -> Iterator[Row]:
    disputed = Counter(name for one in table.conflicts for name in (one.a, one.b))
    for group in table.groups:
        yield {
            **_pick(group, "id claim support independent"),
            "conflicts": disputed[group.id],
        }


def _list_claims(table: ClaimTable) -> Iterator[Row]:
    for group in table.groups:
        for claim in group.claims:
            yield {
                "id": claim.id,
                "group_id": group.id,
                "document_id": claim.document_id,
                "claim": claim.text,
                "quote": claim.quote,
                "speaker": claim.speaker,
                "modality": claim.modality,
                "status": claim.alignment.status,
                "score": claim.alignment.score,
                "flags": join_flags(claim),
            }


def _list_citations(table: ClaimTable) -> Iterator[Row]:
    for group in table.groups:
        for citation in group.citations:
            yield {
                **_pick(citation, "claim_id document_id line column page quote"),
                "group_id": group.id,
                "start": citation.span.start,
                "end": citation.span.end,
            }
