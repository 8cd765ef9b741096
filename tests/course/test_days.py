"""Free days and the spread of sessions, against brute force."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.course.days import (
    CLOSURE,
    EVENT,
    WEEKDAY,
    before_events,
    closed_on,
    combine,
    first_free,
    nearest_free,
    spread_sessions,
)

DAYS = st.dates(date(2023, 11, 1), date(2028, 4, 1))  # year ends and two leap days
SOME = st.sets(st.integers(0, 120), max_size=30)
BLOCKED = st.one_of(SOME, SOME.map(lambda free: set(range(121)) - free))  # nearly all free, or nearly none


def test_a_closed_clinic_says_whether_it_is_the_weekday_or_the_holidays() -> None:
    reasons = closed_on([6], [(date(2026, 12, 24), date(2027, 1, 3))])
    assert reasons(date(2026, 12, 20)) == (WEEKDAY,)
    assert reasons(date(2026, 12, 24)) == (CLOSURE,)
    assert reasons(date(2027, 1, 3)) == (CLOSURE, WEEKDAY)
    assert reasons(date(2027, 1, 4)) == ()


def test_the_seven_days_before_an_event_and_its_own_day_are_kept_free() -> None:
    reasons = before_events([date(2028, 3, 3)], 7)  # across a leap day
    blocked = [date(2028, 2, 20) + timedelta(days=n) for n in range(20)]
    expected = [date(2028, 2, 25) + timedelta(days=n) for n in range(8)]
    assert [day for day in blocked if reasons(day) == (EVENT,)] == expected


def test_the_first_free_day_names_everything_it_was_moved_by_once() -> None:
    reasons = combine(closed_on([5, 6], [(date(2026, 1, 1), date(2026, 1, 2))]), before_events([date(2026, 1, 5)], 2))
    placed = first_free(date(2026, 1, 1), date(2026, 2, 1), reasons)
    assert placed is not None
    assert placed.day == date(2026, 1, 6)
    assert set(placed.moved) == {CLOSURE, WEEKDAY, EVENT}
    assert len(placed.moved) == 3


def test_no_free_day_up_to_the_end_is_no_day() -> None:
    assert first_free(date(2026, 1, 1), date(2026, 12, 31), closed_on(range(7), [])) is None
    assert nearest_free(date(2026, 6, 1), date(2026, 7, 1), date(2026, 6, 30), lambda _: ()) is None


@given(DAYS, BLOCKED, st.integers(0, 40), st.integers(0, 40), st.integers(0, 80))
def test_the_nearest_free_day_is_the_one_brute_force_finds(
    start: date, blocked: set[int], target: int, earliest: int, last: int
) -> None:
    taken = {start + timedelta(days=n) for n in blocked}
    free = [n for n in range(earliest, last + 1) if n not in blocked]
    expected = min(free, key=lambda n: (abs(n - target), -n), default=None)
    found = nearest_free(
        start + timedelta(days=target),
        start + timedelta(days=earliest),
        start + timedelta(days=last),
        lambda day: (CLOSURE,) if day in taken else (),
    )
    assert (None if found is None else (found.day - start).days) == expected


@given(DAYS, BLOCKED, st.integers(1, 10), st.integers(1, 20), st.integers(0, 15), st.integers(0, 120))
def test_no_two_sessions_are_too_close_and_none_falls_on_a_forbidden_day_or_too_early(
    start: date, blocked: set[int], count: int, minimum: int, extra: int, horizon: int
) -> None:
    taken = {start + timedelta(days=n) for n in blocked}
    last = start + timedelta(days=horizon)
    placed = spread_sessions(
        start, count, minimum + extra, minimum, last, lambda day: (CLOSURE,) if day in taken else ()
    )
    days = [one.day for one in placed]
    assert len(days) <= count
    assert all(start <= day <= last and day not in taken for day in days)
    assert all((after - before).days >= minimum for before, after in pairwise(days))
    targets = _targets(start, days, minimum + extra)
    assert all(bool(one.moved) == (one.day != target) for one, target in zip(placed, targets, strict=False))
    if len(days) < count and targets[-1] <= last:  # only for want of a free day
        since = days[-1] + timedelta(days=minimum) if days else start
        assert all(since + timedelta(days=n) in taken for n in range((last - since).days + 1))


@given(DAYS, BLOCKED, st.integers(2, 8), st.integers(1, 20), st.integers(0, 15), st.data())
def test_a_day_planned_ahead_is_still_that_sessions_day_when_it_has_come(
    start: date, blocked: set[int], count: int, minimum: int, extra: int, data: st.DataObject
) -> None:
    taken = {start + timedelta(days=n) for n in blocked}

    def busy(day: date) -> tuple[str, ...]:
        return (CLOSURE,) if day in taken else ()

    interval, last = minimum + extra, start + timedelta(days=400)
    ahead = [one.day for one in spread_sessions(start, count, interval, minimum, last, busy)]
    done = data.draw(st.integers(1, max(1, len(ahead) - 1)))
    if done < len(ahead):
        again = spread_sessions(ahead[done], count - done, interval, minimum, last, busy, ahead[done - 1])
        assert [one.day for one in again] == ahead[done:]


def test_after_a_session_the_next_one_keeps_its_interval_and_never_comes_closer_than_the_minimum() -> None:
    delivered, last = date(2026, 11, 23), date(2027, 6, 1)
    (free,) = spread_sessions(date(2026, 11, 25), 1, 14, 10, last, lambda _: (), delivered)
    assert free.day == date(2026, 12, 7)
    blocked = before_events([date(2026, 12, 13)], 10)  # 3 to 13 December
    (later,) = spread_sessions(date(2026, 11, 25), 1, 14, 10, last, blocked, delivered)
    assert later.day == date(2026, 12, 14)
    (late,) = spread_sessions(date(2027, 1, 20), 1, 14, 10, last, blocked, delivered)
    assert late.day == date(2027, 1, 20)


def _targets(start: date, days: list[date], interval: int) -> list[date]:
    return [start, *(day + timedelta(days=interval) for day in days)]


def test_without_obstacles_sessions_follow_the_interval_over_a_leap_day() -> None:
    placed = spread_sessions(date(2028, 2, 15), 3, 14, 10, date(2028, 12, 31), lambda _: ())
    assert [one.day for one in placed] == [date(2028, 2, 15), date(2028, 2, 29), date(2028, 3, 14)]
    assert all(one.moved == () for one in placed)


@pytest.mark.parametrize(("interval", "minimum"), [(9, 10), (14, 0)])
def test_an_interval_below_its_minimum_is_refused(interval: int, minimum: int) -> None:
    with pytest.raises(ValueError, match="the minimum must be"):
        spread_sessions(date(2026, 1, 1), 2, interval, minimum, date(2026, 3, 1), lambda _: ())
