"""How fast a server is asked: limits, back-off and recovery, on a clock of the test's own."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.llm.pace import Pace, Spacing, read_pause, read_retry_after

TODAY = datetime(2026, 1, 1, tzinfo=UTC)


@given(
    st.floats(1, 10_000),
    st.lists(st.tuples(st.floats(0, 90), st.floats(0.1, 50)), min_size=1, max_size=200),
)
def test_no_minute_has_more_than_its_limit(
    per_minute: float, arrivals: list[tuple[float, float]]
) -> None:
    """Whenever requests come and whatever they cost: in 60 s at most the limit and one request."""
    spacing, now, sent = Spacing(per_minute), 0.0, []
    for pause, amount in arrivals:
        now = max(now + pause, spacing.ready_at)
        spacing.charge(amount, now)
        sent.append((now, amount))
    for start, first in sent:
        within = sum(amount for at, amount in sent if start <= at < start + 60)
        assert within <= per_minute + max(amount for _, amount in sent) + first * 1e-6


def test_steady_demand_gets_the_whole_limit() -> None:
    spacing, now = Spacing(600), 0.0
    for _ in range(6000):
        now = max(now, spacing.ready_at)
        spacing.charge(1, now)
    assert now == pytest.approx(600, rel=0.001)


def test_wrong_guess_is_made_good() -> None:
    spacing = Spacing(60)
    spacing.charge(10, 0)
    spacing.correct(-9)
    assert spacing.ready_at == pytest.approx(1)


def test_no_limit_never_waits() -> None:
    spacing = Spacing(None)
    spacing.charge(1e9, 5)
    assert spacing.ready_at <= 5


def busy_pace(most: int, under_way: int) -> Pace:
    pace = Pace(most)
    pace.under_way = under_way
    return pace


def test_overload_halves_what_is_under_way_and_pauses() -> None:
    pace = busy_pace(64, 64)
    pace.note_overload(sent_at=0, now=1, asked_s=5)
    pace.under_way = 0
    assert (pace.allowed, pace.ready_at) == (32, 6)


def test_overloads_of_one_round_count_once() -> None:
    pace = busy_pace(64, 64)
    for _ in range(64):
        pace.note_overload(sent_at=0, now=1, asked_s=None)
    assert pace.allowed == 32


def test_pauses_grow_while_nothing_is_answered() -> None:
    pace, now, pauses = busy_pace(8, 8), 0.0, []
    for _ in range(9):
        begin = now
        pace.note_overload(sent_at=now, now=now + 0.1, asked_s=None)
        pace.under_way = 0
        now = pace.ready_at
        pauses.append(now - begin)
    assert pauses[0] < 1
    assert pauses[4] > 3
    assert 30 <= pauses[-1] <= 60.2


def test_answers_bring_the_speed_back() -> None:
    pace = busy_pace(64, 64)
    for second in range(10):
        pace.note_overload(sent_at=second, now=second + 0.5, asked_s=0)
    assert pace.allowed == 1
    answers = 0
    while pace.allowed < 64:
        pace.note_answer()
        answers += 1
    assert answers < 64 * 16  # sixteen rounds, the first of them small


def test_all_places_taken_is_no_time_to_send() -> None:
    assert busy_pace(2, 2).ready_at == float("inf")
    assert busy_pace(2, 1).ready_at < 0


def test_server_says_how_long_it_has_been_busy() -> None:
    pace = busy_pace(1, 1)
    pace.note_overload(sent_at=100, now=101, asked_s=9)
    assert pace.note_overload(sent_at=110, now=111, asked_s=4) == 14
    pace.note_answer()
    assert pace.note_overload(sent_at=120, now=121, asked_s=4) == 4


def test_lone_server_is_never_left_out() -> None:
    pace = busy_pace(4, 0)
    for _ in range(9):
        pace.note_fault(1, lost=True, has_peers=False)
    assert pace.ready_at < 0


def test_lost_server_with_peers_is_left_out_longer_every_time() -> None:
    pace = busy_pace(4, 0)
    pace.note_fault(0, lost=True, has_peers=True)
    assert (pace.ready_at, pace.allowed) == (15, 1)
    pace.note_fault(15, lost=True, has_peers=True)
    assert pace.ready_at == 45


def test_one_fault_does_not_put_a_server_out() -> None:
    pace = busy_pace(4, 0)
    pace.note_fault(0, lost=False, has_peers=True)
    pace.note_fault(0, lost=False, has_peers=True)
    assert pace.ready_at < 0
    pace.note_fault(0, lost=False, has_peers=True)
    assert pace.ready_at == 15


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": format_datetime(TODAY + timedelta(seconds=90))}, 90),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, TODAY) == seconds


@pytest.mark.parametrize(
    ("remaining", "reset", "pause"),
    [
        ("0", "1s", 1),
        ("0", "6m0s", 360),
        ("0", "1m2.5s", 62.5),
        ("0", "20ms", 0.02),
        ("0", "12", 12),
        ("0", "later", 0),
        ("1", "1s", 0),
        ("many", "1s", 0),
    ],
)
def test_pause_until_requests_are_renewed(remaining: str, reset: str, pause: float) -> None:
    headers = {
        "x-ratelimit-remaining-requests": remaining,
        "x-ratelimit-reset-requests": reset,
    }
    assert read_pause(headers, tokens=100) == pytest.approx(pause)


def test_pause_when_fewer_tokens_are_left_than_a_question_takes() -> None:
    headers = {"x-ratelimit-remaining-tokens": "99", "x-ratelimit-reset-tokens": "3s"}
    assert read_pause(headers, tokens=100) == 3
    assert read_pause(headers, tokens=99) == 0
