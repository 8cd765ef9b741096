"""Days of a course: which are free, and how sessions are spread over them. Dates only, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

Reasons = Callable[[date], tuple[str, ...]]
"""Why nothing can be done on a day, as word keys; empty on a free day."""

CLOSURE, WEEKDAY = "moved.closure", "moved.weekday"
EVENT, MENSTRUATION, DEFERRAL = "moved.event", "moved.menstruation", "moved.deferral"
CHOSEN, CHOICE_LOST = "moved.chosen", "moved.choice_lost"
TOO_EARLY, TOO_CLOSE, TOO_LATE = "day.too_early", "day.too_close", "day.too_late"


@dataclass(frozen=True, slots=True)
class Placed:
    """A day that was found, with the word keys of what stood on the days passed over."""

    day: date
    moved: tuple[str, ...]


def combine(*parts: Reasons) -> Reasons:
    """Return the reasons of all parts together, each once."""
    return lambda day: tuple(dict.fromkeys(reason for part in parts for reason in part(day)))


def closed_on(weekdays: Iterable[int], closures: Iterable[tuple[date, date]]) -> Reasons:
    """Return why a clinic is closed: on weekdays (Monday 0) and in closures (first and last day, both closed)."""
    closed, periods = frozenset(weekdays), tuple(closures)

    def reasons(day: date) -> tuple[str, ...]:
        shut = (CLOSURE,) if any(first <= day <= last for first, last in periods) else ()
        return (*shut, WEEKDAY) if day.weekday() in closed else shut

    return reasons


def before_events(events: Iterable[date], recovery_days: int) -> Reasons:
    """Return why a session would still show at an event: on its day and the `recovery_days` days before it."""
    days = tuple(events)
    margin = timedelta(days=recovery_days)
    return lambda day: (EVENT,) if any(event - margin <= day <= event for event in days) else ()


def first_free(start: date, last: date, reasons: Reasons) -> Placed | None:
    """Return the first free day from `start` to `last`, None where there is none."""
    return _first(_upwards(start, last), reasons)


def nearest_free(target: date, earliest: date, last: date, reasons: Reasons) -> Placed | None:
    """Return the free day nearest to `target` from `earliest` to `last`, of two the later; None where there is none."""
    return _first(_outwards(target, earliest, last), reasons)


def spread_sessions(
    first_day: date,
    count: int,
    interval_days: int,
    minimum_days: int,
    last: date,
    reasons: Reasons,
    delivered: date | None = None,
    wished: Mapping[int, date] | None = None,
) -> tuple[Placed, ...]:
    """Return the days of `count` sessions, fewer where the next would lie beyond `last` or finds no free day.

    The first is the first free day from `first_day`; each next one the free day nearest to the interval, counted from
    the session before it, and never closer to it than `minimum_days`. After a session `delivered` the first of them is
    a next one too, not before `first_day`: so a day that was planned ahead stays a day on which it may be done.

    Where a day is `wished` for one of them (by its place, from 0) and is free, it is that day; else the place is found
    as without the wish, and what stood against the wish is told.

    Raises:
        ValueError: If the interval is shorter than the minimum, or the minimum below one day.
    """
    if not 1 <= minimum_days <= interval_days:
        raise ValueError(f"interval {interval_days} d, minimum {minimum_days} d: the minimum must be 1 to the interval")
    placed: list[Placed] = []
    before = delivered
    while len(placed) < count:
        wish = None if wished is None else wished.get(len(placed))
        against = () if wish is None else why_not(wish, first_day, minimum_days, last, reasons, before)
        if wish is not None and not against:
            found: Placed | None = Placed(wish, (CHOSEN,))
        elif before is not None:
            earliest = max(first_day, before + timedelta(days=minimum_days))
            target = max(earliest, before + timedelta(days=interval_days))
            found = nearest_free(target, earliest, last, reasons) if target <= last else None
        else:
            found = first_free(first_day, last, reasons)
        if found is None:
            break
        if wish is not None and against:
            found = Placed(found.day, tuple(dict.fromkeys((CHOICE_LOST, *against))))
        placed.append(found)
        before = found.day
    return tuple(placed)


def why_not(
    day: date, first_day: date, minimum_days: int, last: date, reasons: Reasons, before: date | None = None
) -> tuple[str, ...]:
    """Return why a session cannot be on a day, as word keys; empty where it can.

    Args:
        day: The day.
        first_day: No session is possible before it.
        minimum_days: The fewest days after the session before.
        last: The last day that is planned.
        reasons: Why nothing can be done on a day.
        before: The session before it, None for the first.
    """
    close = before is not None and day < before + timedelta(days=minimum_days)
    checks = ((TOO_EARLY, day < first_day), (TOO_CLOSE, close), (TOO_LATE, day > last))
    return (*(key for key, stands in checks if stands), *reasons(day))


def _first(days: Iterator[date], reasons: Reasons) -> Placed | None:
    moved: dict[str, None] = {}
    for day in days:
        found = reasons(day)
        if not found:
            return Placed(day, tuple(moved))
        moved.update(dict.fromkeys(found))
    return None


def _upwards(start: date, last: date) -> Iterator[date]:
    for offset in range((last - start).days + 1):
        yield start + timedelta(days=offset)


def _outwards(target: date, earliest: date, last: date) -> Iterator[date]:
    """Yield the days from `earliest` to `last` by distance from the target, the later of two first."""
    reach = max(abs((last - target).days), abs((target - earliest).days))
    for distance in range(reach + 1):
        for shift in (distance, -distance) if distance else (0,):
            day = target + timedelta(days=shift)
            if earliest <= day <= last:
                yield day
