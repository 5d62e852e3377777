"""
Fetch pages of the public web: politely, within limits, and without any credentials.

A host is asked one thing at a time, at most once a second, and only for what its robots.txt
allows. Each redirect is checked as if it were given by the user. The proxies of the environment
are not used: a proxy connects by itself, so that nobody could check where to.
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import httpcore2
import httpx2

from claimx.errors import InputError
from claimx.read.addresses import hide_password
from claimx.read.connect import GuardedBackend, Judge, is_public
from claimx.version import __version__

USER_AGENT = f"claimx/{__version__}"
# What robots.txt may call us.
_ROBOT = "claimx"
MAX_PAGE = 20_000_000
"""Most bytes of a page; a larger one is cut off and refused while it comes."""
# RFC 9309 wants 500 KiB of a robots.txt read, and what follows left.
_MAX_ROBOTS = 512_000
MAX_HOPS = 5
# Seconds: for one request, for one step of it, between requests to a host, and
# the longest pause that a robots.txt may ask for.
PAGE_S = 60.0
_STEP_S = 15.0
_PAUSE_S = 1.0
_MAX_PAUSE_S = 30.0
_MAX_ADDRESS = 2000
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500


class Fetched(NamedTuple):
    """
    A page as it came: *address* is where it was in the end, *time* when, in UTC.

    *content_type* is the header, *packed* whether *body* is compressed by gzip.
    """

    address: str
    time: str
    status: int
    content_type: str
    body: bytes
    packed: bool = False


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """
    Fetches pages, from several threads if need be.

    *allows* judges the addresses to connect to; *wait* and *clock* pass the time.
    """

    def __init__(
        self,
        allows: Judge = is_public,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allows = allows
        self._wait = wait
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._robots: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = {}

    def fetch(self, address: str) -> Fetched:
        """
        Fetch the page at *address*, following redirects.

        Raises:
            InputError: If it cannot be had, or must not be fetched.
        """
        url = read_address(address)
        try:
            return self._follow(url)
        except httpcore2.TimeoutException as exc:
            raise InputError(f"{url}: no answer in time. Try again later.") from exc
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ProxyError) as exc:
            raise InputError(
                f"{url}: cannot be reached ({exc}). Check the address and the network."
            ) from exc

    def _follow(self, url: httpx2.URL) -> Fetched:
        first = url
        for _ in range(MAX_HOPS + 1):
            reply = self._ask(url, MAX_PAGE, self._check_robots(url))
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                return _take(url, reply)
            url = _find_next(url, reply.headers["location"])
        raise InputError(f"{first}: redirected more than {MAX_HOPS} times. Open it in a browser.")

    def _check_robots(self, url: httpx2.URL) -> float:
        """
        Refuse *url* if the robots.txt of its host does; return the pause that it asks for.

        Raises:
            InputError: If it is refused, or the host's rules cannot be known.
        """
        origin = str(url.copy_with(raw_path=b"/", fragment=None))
        with self._lock(origin):
            if origin not in self._robots:
                self._robots[origin] = self._read_robots(url)
        rules = self._robots[origin]
        if rules is None:
            raise InputError(
                f"{url}: its robots.txt cannot be read, so nothing is fetched there. Save the "
                "page from a browser."
            )
        if not rules.can_fetch(str(url), _ROBOT):
            raise InputError(f"{url}: robots.txt forbids it. Save the page from a browser.")
        pause = float(rules.crawl_delay(_ROBOT) or 0)
        if pause > _MAX_PAUSE_S:
            raise InputError(
                f"{url}: robots.txt asks for a pause of {pause:g} s between pages. Save the page "
                "from a browser."
            )
        return max(pause, _PAUSE_S)

    def _read_robots(self, url: httpx2.URL) -> Any:
        """Read the rules for *url*'s host: none given allow all (RFC 9309), None is unknown."""
        from protego import Protego

        at = url.copy_with(raw_path=b"/robots.txt", fragment=None)
        for _ in range(MAX_HOPS + 1):
            reply = self._ask(at, _MAX_ROBOTS, _PAUSE_S, cut=True)
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                break
            at = _find_next(at, reply.headers["location"])
        if reply.status == _OK:
            return Protego.parse(reply.body.decode("utf-8", "replace"))
        unknown = reply.status >= _SERVER_ERROR or reply.status == _TOO_MANY
        return None if unknown else Protego.parse("")

    def _lock(self, what: str) -> threading.Lock:
        return self._locks.setdefault(what, threading.Lock())

    def _pause(self, host: str, seconds: float) -> None:
        left = self._asked.get(host, -seconds) + seconds - self._clock()
        if left > 0:
            self._wait(left)

    def _ask(self, url: httpx2.URL, most: int, pause: float, *, cut: bool = False) -> _Reply:
        """
        Send one request, *pause* seconds after the last one to its host.

        Read at most *most* bytes of the answer; *cut* off what follows.

        Raises:
            InputError: If the answer is too large.
        """
        with self._lock(url.host):
            self._pause(url.host, pause)
            self._asked[url.host] = self._clock()
            return self._send(url, most, cut=cut)

    def _send(self, url: httpx2.URL, most: int, *, cut: bool) -> _Reply:
        backend = GuardedBackend(self._allows, time.monotonic() + PAGE_S)
        with httpcore2.ConnectionPool(_make_context(), network_backend=backend) as pool:
            target = httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            )
            headers = (
                (b"Host", url.netloc),
                (b"User-Agent", USER_AGENT.encode()),
                (b"Accept", b"text/html, application/xhtml+xml, application/pdf, */*;q=0.5"),
                (b"Accept-Encoding", b"identity"),
                (b"Connection", b"close"),
            )
            step = dict.fromkeys(("connect", "read", "write", "pool"), _STEP_S)
            with pool.stream(
                "GET", target, headers=list(headers), extensions={"timeout": step}
            ) as response:
                told = {name.lower(): value for name, value in response.headers}
                body = bytearray()
                for chunk in response.iter_stream():
                    body += chunk
                    if len(body) > most:
                        break
        if len(body) > most and not cut:
            raise InputError(f"{url}: more than {most // 1_000_000} MB. Save its text as .txt.")
        return _Reply(
            response.status,
            {name.decode("latin-1"): value.decode("latin-1") for name, value in told.items()},
            bytes(body[:most]),
        )


def read_address(text: str) -> httpx2.URL:
    """
    Read the address of a page.

    Raises:
        InputError: If it is none of the web, or has a password in it.
    """
    shown = " ".join(hide_password(text).split())
    try:
        url = httpx2.URL(text.strip())
        host = url.host
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise InputError(f"{shown[:100]}: no address of a page. Check it.") from None
    if url.userinfo:
        raise InputError(
            f"{shown[:100]}: has a name or password, and none is sent. Leave it out, or save the "
            "page from a browser."
        )
    if url.scheme not in ("http", "https") or not host or len(text) > _MAX_ADDRESS or url.port == 0:
        raise InputError(f"{shown[:100]}: not the address of a web page. Check it.")
    return url.copy_with(fragment=None)


def _find_next(url: httpx2.URL, location: str) -> httpx2.URL:
    """
    Return where a redirect of *url* leads.

    Raises:
        InputError: If that is no web page.
    """
    try:
        return read_address(str(url.join(location)))
    except (InputError, httpx2.InvalidURL, ValueError) as exc:
        raise InputError(
            f"{url}: redirected to what is no web page. Open it in a browser."
        ) from exc


def _take(url: httpx2.URL, reply: _Reply) -> Fetched:
    if reply.status != _OK:
        raise InputError(f"{url}: answered with status {reply.status}. {_advise(reply.status)}")
    packing = reply.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise InputError(f"{url}: packed as {packing[:40]}. Save the page from a browser.")
    if not reply.body:
        raise InputError(f"{url}: an empty page. Open it in a browser.")
    return Fetched(
        address=str(url),
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        status=reply.status,
        content_type=reply.headers.get("content-type", ""),
        body=reply.body,
        packed=packing in ("gzip", "x-gzip"),
    )


def _advise(status: int) -> str:
    if status in (401, 402, 403, 451):
        return "Save the page from a browser."
    if status in (404, 410):
        return "Check the address."
    return "Try again later."


@cache
def _make_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
