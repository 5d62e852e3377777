"""Connect to public addresses of the internet only, and not beyond a deadline."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2

from claimx.errors import InputError

Address = IPv4Address | IPv6Address
Judge = Callable[[Address], bool]

# IPv6 forms that carry an IPv4 address, and how many bits follow it.
_CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped, RFC 4291
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291
# Not reached as a host of the internet: Teredo (RFC 4380), relays of 6to4 (RFC 7526), and the
# service address that Azure gives to its machines.
_OTHERS = tuple(
    map(ip_network, ("2001::/32", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20", "5f00::/16"))
)
_MAX_TRIED = 4


class RefusedAddressError(InputError):
    """A host leads to an address that is not public."""


def is_public(address: Address) -> bool:
    """
    Return whether *address* is a host of the public internet.

    >>> [is_public(ip_address(one)) for one in ("1.1.1.1", "::ffff:10.0.0.1", "169.254.169.254")]
    [True, False, False]
    """
    if isinstance(address, IPv6Address):
        for network, shift in _CARRIERS:
            if address in network:
                return is_public(IPv4Address(int(address) >> shift & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST:
            return False
    special = address.is_multicast or address.is_reserved or not address.is_global
    return not special and not any(address in network for network in _OTHERS)


def resolve_host(host: str, port: int, allows: Judge, timeout: float) -> list[str]:
    """
    Resolve *host* once, to the addresses to connect to.

    Raises:
        RefusedAddressError: If *allows* refuses one of them.
        TimeoutError: If that takes longer than *timeout* seconds.
        OSError: If there is none.
    """
    found = _look_up(host, port, timeout)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for one in addresses:
        if not allows(ip_address(one.partition("%")[0])):
            raise RefusedAddressError(
                f"{host}: leads to {one}, which is no public address. Only pages of the public "
                "web are fetched."
            )
    return addresses[:_MAX_TRIED]


def _look_up(host: str, port: int, timeout: float) -> list[Any]:
    """Ask for the addresses of *host* in a thread: the system offers no limit of time."""
    found: Future[list[Any]] = Future()

    def work() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as exc:
            found.set_exception(exc)

    threading.Thread(target=work, daemon=True).start()
    return found.result(timeout)


class GuardedBackend(httpcore2.NetworkBackend):
    """
    Connects to the addresses that a name resolved to, never to the name again.

    *deadline* is in the seconds of `time.monotonic`; no connection or transfer outlasts it.
    """

    def __init__(self, allows: Judge, deadline: float) -> None:
        self._allows = allows
        self._deadline = deadline
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of *host* that accepts."""
        try:
            left = limit_wait(timeout, self._deadline)
            addresses = resolve_host(host, port, self._allows, left)
        except TimeoutError as exc:
            raise httpcore2.ConnectTimeout("its name is not found in time") from exc
        except (OSError, UnicodeError) as exc:  # the latter of a name that no host can have
            raise httpcore2.ConnectError(str(exc)) from exc
        error: Exception = httpcore2.ConnectError("no address")
        for address in addresses:
            left = limit_wait(timeout, self._deadline)
            try:
                stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as exc:
                error = exc
            else:
                return _TimedStream(stream, self._deadline)
        raise error


class _TimedStream(httpcore2.NetworkStream):
    """A stream that ends at a deadline, however slowly bytes trickle in."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, limit_wait(timeout, self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, limit_wait(timeout, self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = limit_wait(timeout, self._deadline)
        return _TimedStream(
            self._inner.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def limit_wait(timeout: float | None, deadline: float) -> float:
    """
    Return the seconds that an operation may wait, *deadline* considered.

    Raises:
        httpcore2.ReadTimeout: If it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("too slow")
    return left if timeout is None else min(timeout, left)
