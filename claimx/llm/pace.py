"""
Decide when a request may be sent: limits, back-off, and how many at once.

Nothing here waits or reads a clock. Every instant is in seconds of one monotonic
clock that the caller reads; ``ready_at`` is the earliest instant for the next
request.
"""

import math
import random
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

_BACKOFF_S = 0.5  # first pause after an overload that names none; doubled with every round
_LONGEST_BACKOFF_S = 60.0
_RECOVERY_ROUNDS = 16  # full rounds of answers that bring the speed back from zero
_DEAD_AFTER = 3  # consecutive faults after which a server with peers counts as dead
_OUT_S = 15.0  # first pause of a dead server; doubled every time
_LONGEST_OUT_S = 600.0
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)")


class Spacing:
    """
    Spread amounts evenly, at most *per_minute*; without a number there is no limit.

    Unlike a leaky bucket it never lets a full minute's worth through at once
    (so that any minute keeps the limit), takes amounts above its capacity, and
    can be corrected once the true amount is known.
    """

    def __init__(self, per_minute: float | None) -> None:
        self._each_s = 60.0 / per_minute if per_minute else 0.0
        self.ready_at = -math.inf

    def charge(self, amount: float, now: float) -> None:
        """Count *amount* as sent *now*."""
        self.ready_at = max(now, self.ready_at) + amount * self._each_s

    def correct(self, difference: float) -> None:
        """Count *difference* more than was charged; negative for less."""
        self.ready_at += difference * self._each_s


class Pace:
    """
    The pace at which one server is asked: additive increase, multiplicative decrease.

    An overload (429, 503, 529) halves how many requests may be under way and
    pauses all of them; answers raise the number again. The overloads of one round,
    requests sent before the last slowdown, count once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._not_before = -math.inf
        self._slowed_at = -math.inf
        self._overloaded_since: float | None = None
        self._rounds = 0
        self._faults = 0
        self._times_out = 0
        self.under_way = 0

    @property
    def allowed(self) -> int:
        """How many requests may be under way."""
        return max(1, int(self._allowed))

    @property
    def ready_at(self) -> float:
        """Earliest instant for the next request; infinite while all places are taken."""
        return math.inf if self.under_way >= self.allowed else self._not_before

    def note_answer(self) -> None:
        """Raise the pace a little after an answer."""
        self._overloaded_since, self._rounds, self._faults, self._times_out = None, 0, 0, 0
        step = max(1.0, self._most / _RECOVERY_ROUNDS) / self._allowed
        self._allowed = min(float(self._most), self._allowed + step)

    def note_overload(self, sent_at: float, now: float, asked_s: float | None) -> float:
        """
        Slow down for as long as the server asks, otherwise longer in every round.

        Returns:
            The seconds without an answer from the server up to the end of the pause.
        """
        if self._overloaded_since is None:
            self._overloaded_since = now
        if sent_at > self._slowed_at:
            self._slowed_at = now
            self._allowed = max(1.0, min(self._allowed, self.under_way) / 2)
            longest = min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2**self._rounds)
            self._rounds = min(self._rounds + 1, 16)
            if asked_s is None:
                asked_s = longest * random.uniform(0.5, 1)  # noqa: S311  # jitter, no secret
        self.pause_until(now + (asked_s or 0.0))
        return max(now, self._not_before) - self._overloaded_since

    def note_fault(self, now: float, *, lost: bool, has_peers: bool) -> None:
        """
        Count a fault that is no overload; pause a dead server.

        Args:
            now: The current instant.
            lost: Whether the server could not be reached at all.
            has_peers: Whether other servers can take over.
        """
        self._faults += 1
        if has_peers and now >= self._not_before and (lost or self._faults >= _DEAD_AFTER):
            self._allowed = 1.0  # a single request tests whether it is back
            self.pause_until(now + min(_LONGEST_OUT_S, _OUT_S * 2**self._times_out))
            self._times_out = min(self._times_out + 1, 16)

    def pause_until(self, instant: float) -> None:
        """Send nothing before *instant*."""
        self._not_before = max(self._not_before, instant)


def read_retry_after(headers: Mapping[str, str], today: datetime) -> float | None:
    """
    Read how long to wait, in seconds, from Retry-After: a number or a date.

    >>> from datetime import UTC
    >>> read_retry_after({"retry-after": "1.5"}, datetime(2026, 1, 1, tzinfo=UTC))
    1.5

    Source: RFC 9110, 10.2.3; ``retry-after-ms`` is OpenAI's finer form.
    """
    milliseconds = _read_number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _read_number(value)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(value) - today).total_seconds())
    except (ValueError, TypeError):  # not a date, or one without a time zone
        return None


def read_pause(headers: Mapping[str, str], tokens: float) -> float:
    """
    Read from ``x-ratelimit-*`` headers for how many seconds to send nothing.

    That is until the limit is renewed, if no request is left or fewer tokens than
    one question takes.

    >>> read_pause({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2s"}, 0)
    62.0

    Source: OpenAI's documentation of rate limits in headers.
    """
    pauses = [
        _read_duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        for what, least in (("requests", 1.0), ("tokens", tokens))
        if (left := _read_number(headers.get(f"x-ratelimit-remaining-{what}", ""))) is not None
        and left < least
    ]
    return max(pauses, default=0.0)


def _read_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


def _read_duration(text: str) -> float:
    """Read ``1h2m3.5s`` or plain seconds; 0 if it cannot be read."""
    seconds = _read_number(text)
    if seconds is not None:
        return seconds
    return sum(float(number) * _UNIT_S[unit] for number, unit in _DURATION_PART.findall(text))
