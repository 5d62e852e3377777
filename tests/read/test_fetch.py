"""Pages of the web: fetched politely, from public addresses alone, and kept."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.errors import InputError
from claimx.read import open_pages
from claimx.read.addresses import list_addresses
from claimx.read.connect import is_public
from claimx.read.fetch import Fetcher
from claimx.read.formats import choose_ending
from claimx.read.kept import Pages
from claimx.records import Document, Failure
from tests.read.test_containers import PAGE
from tests.support.command import claimx as run
from tests.support.labelled import Case, mark_cases, read_cases
from tests.support.server import Reply, Server, serve

HTML = "text/html; charset=utf-8"
Answers = dict[str, Reply | Callable[[], Reply]]


def page(text: str = PAGE, **more: Any) -> Reply:
    return Reply(text, content_type=more.pop("content_type", HTML), **more)


def moved(to: str) -> Reply:
    return Reply("", status=302, headers={"location": to})


@contextmanager
def serve_pages(answers: Answers) -> Iterator[Server]:
    """Serve *answers* by path; robots.txt is missing unless it is among them."""

    def answer(number: int, _: Any) -> Reply:
        reply = answers.get(server.paths[number], Reply("", status=404))
        return reply() if callable(reply) else reply

    with serve(answer) as server:
        server.url = server.url.removesuffix("/v1")
        yield server


def make_fetcher(waits: list[float] | None = None) -> Fetcher:
    """Make a fetcher that may ask this machine, and for which no time passes but by waiting."""
    waited = [] if waits is None else waits
    return Fetcher(lambda address: address.is_loopback, waited.append, lambda: sum(waited))


def read(folder: Path, *sources: str) -> list[Document | Failure]:
    pages = Pages(folder, choose_ending, make_fetcher())
    return list(claimx.iter_documents(sources, fetch=pages))  # type: ignore[arg-type]


def fail(folder: Path, source: str) -> str:
    (failure,) = read(folder, source)
    assert isinstance(failure, Failure)
    return failure.error


@pytest.mark.parametrize("case", mark_cases(read_cases("public_addresses")))
def test_only_hosts_of_the_public_internet_are_public(case: Case) -> None:
    assert is_public(ip_address(case["address"])) is case["expect"]


def test_page_becomes_a_document_named_by_its_address(tmp_path: Path) -> None:
    with serve_pages({"/a": page()}) as server:
        (document,) = read(tmp_path / "t.pages", f"{server.url}/a#top")
    assert isinstance(document, Document)
    assert document.id == document.url == f"{server.url}/a"
    assert document.title == "Bridge opens"
    assert "café owners" in document.text
    assert Path(document.source).read_text() == PAGE
    assert len(document.metadata["retrieved"]) == len("2025-03-30")


def test_kept_page_is_not_fetched_again_and_reads_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "t.pages"
    with serve_pages({"/a": page()}) as server:
        first = read(folder, f"{server.url}/a")
        asked = len(server.requests)
        second = read(folder, f"{server.url}/a")
        assert len(server.requests) == asked
    third = read(folder, f"{server.url}/a")  # and nobody is there any more
    assert first == second == third


def test_note_beside_the_page_says_where_from(tmp_path: Path) -> None:
    with serve_pages({"/a": moved("/b"), "/b": page()}) as server:
        (document,) = read(tmp_path, f"{server.url}/a")
    assert isinstance(document, Document)
    (at,) = tmp_path.glob("*.fetched.json")
    note = json.loads(at.read_text())
    assert note.pop("time").endswith("Z")
    assert note == {
        "address": f"{server.url}/a",
        "url": f"{server.url}/b",
        "status": 200,
        "content_type": HTML,
        "sha256": document.sha256,
        "file": Path(document.source).name,
    }


def test_page_that_was_changed_or_lost_is_told(tmp_path: Path) -> None:
    with serve_pages({"/a": page()}) as server:
        (document,) = read(tmp_path, f"{server.url}/a")
    assert isinstance(document, Document)
    Path(document.source).write_text("<html>Other")
    assert "changed since it was fetched" in fail(tmp_path, f"{server.url}/a")
    Path(document.source).unlink()
    assert "belongs to no page" in fail(tmp_path, f"{server.url}/a")
    next(tmp_path.glob("*.json")).write_text("{")
    assert "no note on a page" in fail(tmp_path, f"{server.url}/a")


def test_verify_reads_the_kept_page_as_it_was_read(tmp_path: Path) -> None:
    raw = PAGE.replace("<meta charset=utf-8>", "").encode("cp1253", "replace")
    raw = raw.replace(b"caf?", "Ελλάδα".encode("cp1253"))
    reply = Reply(raw, content_type="text/html; charset=windows-1253")
    with serve_pages({"/a": reply}) as server:
        (document,) = read(tmp_path / "t.pages", f"{server.url}/a")
    assert isinstance(document, Document)
    assert "Ελλάδα" in document.text
    table = claimx.extract(document, model="extractive")
    assert {check.standing for check in claimx.verify(table).checks} == {"same"}


def test_text_file_of_addresses_is_a_list_of_pages(tmp_path: Path) -> None:
    with serve_pages({"/a": page(), "/b": page(PAGE.replace("Monday", "Friday"))}) as server:
        listed = tmp_path / "list.txt"
        listed.write_text(f"# two\n{server.url}/a\n\n{server.url}/b\n{server.url}/a\n")
        found = read(tmp_path / "t.pages", str(listed))
    assert [one.id for one in found if isinstance(one, Document)] == [
        f"{server.url}/a",
        f"{server.url}/b",
    ]


def test_article_with_an_address_in_it_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("https://example.org\nThe bridge opened on Monday.\n")
    (found,) = read(tmp_path / "t.pages", str(tmp_path / "a.txt"))
    assert isinstance(found, Document)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /b", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: claimx\nDisallow: /*.html$\n\nUser-agent: *\nAllow: /", "/a.html", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nDisallow: /*?print", "/a?print=1", False),
        ("<html>no rules", "/a", True),
        ("User-agent: *\nCrawl-delay: 600", "/a", False),
    ],
)
def test_robots_txt_is_kept_to(tmp_path: Path, rules: str, path: str, allowed: bool) -> None:
    answers: Answers = {"/robots.txt": Reply(rules, content_type="text/plain"), path: page()}
    with serve_pages(answers) as server:
        (found,) = read(tmp_path, f"{server.url}{path}")
        assert (path in server.paths) is allowed
    assert isinstance(found, Document) is allowed
    assert allowed or "robots.txt" in found.error  # type: ignore[union-attr]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_nothing_is_fetched_where_robots_txt_fails(tmp_path: Path, status: int) -> None:
    with serve_pages({"/robots.txt": Reply("", status=status), "/a": page()}) as server:
        assert "robots.txt cannot be read" in fail(tmp_path, f"{server.url}/a")
        assert server.paths == ["/robots.txt"]


def test_redirect_is_held_to_robots_txt_too(tmp_path: Path) -> None:
    rules = Reply("User-agent: *\nDisallow: /b", content_type="text/plain")
    with serve_pages({"/robots.txt": rules, "/a": moved("/b"), "/b": page()}) as server:
        assert "/b: robots.txt forbids it" in fail(tmp_path, f"{server.url}/a")


def test_host_is_asked_once_a_second_or_as_its_rules_say() -> None:
    waits: list[float] = []
    fetcher = make_fetcher(waits)
    with serve_pages({"/a": page(), "/b": page()}) as server:
        fetcher.fetch(f"{server.url}/a")
        fetcher.fetch(f"{server.url}/b")
    assert waits == [1.0, 1.0]
    rules = Reply("User-agent: *\nCrawl-delay: 7", content_type="text/plain")
    with serve_pages({"/robots.txt": rules, "/a": page()}) as server:
        fetcher = make_fetcher(waits := [])
        fetcher.fetch(f"{server.url}/a")
    assert waits == [7.0]


def test_pages_of_two_hosts_are_fetched_at_once_and_read_in_order(tmp_path: Path) -> None:
    """The first page comes only after the second, of another host, was asked for."""
    asked = threading.Event()

    def first() -> Reply:
        return page() if asked.wait(20) else Reply("", status=404)

    def second() -> Reply:
        asked.set()
        return page()

    with serve_pages({"/a": first, "/b": second}) as server:
        other = server.url.replace("127.0.0.1", "localhost")
        (tmp_path / "list.txt").write_text(f"{server.url}/a\n{other}/b\n")
        found = read(tmp_path / "p", str(tmp_path / "list.txt"))
        assert [one.id for one in found] == [f"{server.url}/a", f"{other}/b"]
        asked.clear()
        found = read(tmp_path / "q", f"{server.url}/a", f"{other}/b")
        assert all(isinstance(one, Document) for one in found)


def test_pages_of_one_host_are_fetched_one_after_the_other(tmp_path: Path) -> None:
    under_way: list[int] = [0]
    most: list[int] = []

    def answer() -> Reply:
        under_way[0] += 1
        most.append(under_way[0])
        time.sleep(0.005)
        under_way[0] -= 1
        return page()

    with serve_pages({f"/{number}": answer for number in range(8)}) as server:
        found = read(tmp_path, *(f"{server.url}/{number}" for number in range(8)))
    assert [one.id for one in found] == [f"{server.url}/{number}" for number in range(8)]
    assert most == [1] * 8


def test_no_page_is_fetched_ahead_once_the_run_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimx.read.ahead._MAX_WAITING", 3)
    with serve_pages({f"/{number}": page() for number in range(30)}) as server:
        pages = Pages(tmp_path, choose_ending, make_fetcher())
        listed = [f"{server.url}/{number}" for number in range(30)]
        stopped: list[str] = []
        found = claimx.iter_documents(
            listed, fetch=pages, unread=lambda: stopped[0] if stopped else None
        )
        assert isinstance(next(found), Document)
        stopped.append("stopped")
        assert {one.error for one in found if isinstance(one, Failure)} == {"stopped"}
        assert len(server.paths) < 10


def test_time_of_a_page_covers_the_look_up_of_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(20) and [])
    monkeypatch.setattr("claimx.read.fetch.PAGE_S", 0.05)
    with pytest.raises(InputError, match="no answer in time"):
        Fetcher().fetch("http://slow.example/")
    ended.set()


def test_request_says_who_asks_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    cookie = {"set-cookie": "a=b", "location": "/b"}
    answers: Answers = {"/a": Reply("", status=302, headers=cookie), "/b": page()}
    with serve_pages(answers) as server:
        read(tmp_path, f"{server.url}/a")
    for headers in server.headers:
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert headers["user-agent"] == f"claimx/{claimx.__version__}"


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("file:///etc/passwd", "no web page"),
        ("ftp://127.0.0.1/a", "no web page"),
        ("javascript:alert(1)", "no web page"),
        ("http://me:secret@127.0.0.1/", "no web page"),
        ("http://10.0.0.1/", "10.0.0.1, which is no public address"),
        ("http://[::ffff:10.0.0.1]/", "which is no public address"),
        ("http://167772161/", "10.0.0.1, which is no public address"),
        ("http://0x0a000001/", "10.0.0.1, which is no public address"),
        ("http://169.254.169.254/latest/meta-data/", "no public address"),
        ("/a", "more than 5 times"),
    ],
)
def test_redirect_out_of_the_public_web_is_refused(tmp_path: Path, to: str, why: str) -> None:
    with serve_pages({"/a": moved(to)}) as server:
        error = fail(tmp_path, f"{server.url}/a")
    assert why in error
    assert "secret" not in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0/",
    ],
)
def test_user_cannot_have_this_machine_asked(tmp_path: Path, address: str) -> None:
    result = run("extract", address, "--fetch", "-o", "t.md", cwd=tmp_path)
    assert result.returncode == 1
    assert "no public address. Only pages of the public web are fetched." in result.stderr


def test_name_is_resolved_once_and_the_address_judged_is_the_one_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = ["93.184.216.34", "127.0.0.1"]  # as a name that changes while we look
    resolve = socket.getaddrinfo

    def answer(host: str, *args: Any, **options: Any) -> Any:
        named = answers.pop(0) if host == "changing.example" else host
        return resolve(named, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(InputError, match=r"may not connect to .'93\.184\.216\.34', 80"):
        Fetcher().fetch("http://changing.example/")
    assert answers == ["127.0.0.1"]


def test_host_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(InputError, match=r"10\.0\.0\.1, which is no public address"):
        Fetcher().fetch("http://both.example/")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply("", status=404), "status 404. Check the address."),
        (Reply("", status=403), "status 403. Save the page from a browser."),
        (Reply("", status=429), "status 429. Try again later."),
        (page(""), "an empty page"),
        (page(content_type="image/png"), "image/png is not supported"),
        (page(content_type=""), "a page of no type"),
        (page(headers={"content-encoding": "br"}), "packed as br"),
        (page(hang_up_after=20), "cannot be reached"),
        (page("<html></html>"), "no article in this page"),
        (page(gzip.compress(b" " * 30_000_000), headers={"content-encoding": "gzip"}), "unpacks"),
    ],
)
def test_page_that_is_no_article_is_a_failure(tmp_path: Path, reply: Reply, why: str) -> None:
    with serve_pages({"/a": reply}) as server:
        assert why in fail(tmp_path, f"{server.url}/a")


def test_page_too_large_or_too_slow_is_left_while_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimx.read.fetch.MAX_PAGE", 1_000_000)
    with serve_pages({"/a": page("x" * 9_000_000)}) as server:
        assert "more than 1 MB" in fail(tmp_path, f"{server.url}/a")
    monkeypatch.setattr("claimx.read.fetch.PAGE_S", 0.2)
    with serve_pages({"/a": page("x" * 400, drip_s=0.01)}) as server:  # a byte is soon enough
        assert "no answer in time" in fail(tmp_path, f"{server.url}/a")


@pytest.mark.parametrize(
    ("content_type", "body", "ending"),
    [
        ("text/plain", "The bridge opened on Monday.", ".txt"),
        ("application/xhtml+xml", PAGE, ".html"),
        ("TEXT/HTML", PAGE, ".html"),
    ],
)
def test_kind_of_a_page_is_told_by_its_server(
    tmp_path: Path, content_type: str, body: str, ending: str
) -> None:
    with serve_pages({"/a.php": Reply(body, content_type=content_type)}) as server:
        (document,) = read(tmp_path, f"{server.url}/a.php")
    assert isinstance(document, Document)
    assert Path(document.source).suffix == ending


def test_packed_page_is_kept_as_it_came(tmp_path: Path) -> None:
    with serve_pages({"/a": page(gzip=True)}) as server:
        (document,) = read(tmp_path, f"{server.url}/a")
    assert isinstance(document, Document)
    assert document.source.endswith(".html.gz")
    assert "café owners" in document.text


def test_address_is_refused_without_fetch(tmp_path: Path) -> None:
    result = run("extract", "https://me:secret@example.org/a", "-o", "t.md", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (
        2,
        "claimx: https://example.org/a: an address. Pass --fetch, or download the page first.\n",
    )
    (tmp_path / "list.txt").write_text("https://example.org/a\n")
    result = run("extract", "list.txt", "-o", "t.md", cwd=tmp_path)
    assert result.returncode == 1
    assert "https://example.org/a: an address, and fetch is off." in result.stderr


def test_fetch_needs_a_file_to_keep_pages_beside(tmp_path: Path) -> None:
    result = run("extract", "https://example.org/a", "--fetch", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (
        2,
        "claimx: --fetch keeps pages beside the table. Name its file with -o.\n",
    )


def test_address_with_a_password_is_refused_without_showing_it(tmp_path: Path) -> None:
    result = run("extract", "https://me:secret@example.org/a", "--fetch", "-o", "t", cwd=tmp_path)
    assert "secret" not in result.stderr
    error = fail(tmp_path, "https://me:secret@example.org/a")
    assert error.startswith("https://example.org/a: has a name or password")


def test_table_of_kept_pages_is_the_same_bytes_offline(tmp_path: Path) -> None:
    with serve_pages({"/a": page()}) as server:
        read(tmp_path / "t.pages", f"{server.url}/a")
    tables = []
    for _ in range(2):
        result = run("extract", f"{server.url}/a", "--fetch", "-o", "t.json", cwd=tmp_path)
        assert result.returncode == 0
        tables.append((tmp_path / "t.json").read_bytes())
    assert tables[0] == tables[1]
    result = run("verify", "t.json", cwd=tmp_path)
    assert result.returncode == 0


def test_replay_reads_kept_pages_and_fetches_none(tmp_path: Path) -> None:
    with serve_pages({"/a": page()}) as server:
        read(tmp_path, f"{server.url}/a")
        asked = len(server.requests)
        kept, missing = claimx.iter_documents(
            [f"{server.url}/a", f"{server.url}/b"], fetch=open_pages(tmp_path, offline=True)
        )
        assert len(server.requests) == asked
    assert isinstance(kept, Document)
    assert isinstance(missing, Failure)
    assert missing.error.endswith("/b: not kept, and a replay uses no network. Fetch it before.")


def test_folder_of_kept_pages_is_no_folder_of_articles(tmp_path: Path) -> None:
    with serve_pages({"/a": page()}) as server:
        read(tmp_path / "t.pages", f"{server.url}/a")
    (tmp_path / "b.txt").write_text("The bridge opened on Monday.")
    found = list(claimx.iter_documents(tmp_path))
    assert [one.id for one in found if isinstance(one, Document)] == ["b.txt"]


def test_file_that_comes_with_articles_cannot_switch_fetching_on(tmp_path: Path) -> None:
    (tmp_path / "claimx.toml").write_text('fetch = "pages"\n')
    result = run("config", cwd=tmp_path)
    assert result.returncode == 1
    assert "fetch is asked for with each run. Pass --fetch." in result.stderr


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("# of the day\nhttps://x.no/a\n\nwww.x.no/b\n", ["https://x.no/a", "www.x.no/b"]),
        ("https://x.no/a\nThe harbour opened on Monday.\n", []),
    ],
)
def test_list_of_addresses_has_one_word_a_line(
    tmp_path: Path, text: str, listed: list[str]
) -> None:
    """A line that is no address is told as one, not taken for a sentence."""
    (tmp_path / "a.txt").write_text(text)
    assert list_addresses(tmp_path / "a.txt") == listed
