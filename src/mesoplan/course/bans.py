"""Restrictions around sessions, merged where they overlap or touch, so that each has one honest end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mesoplan.course.model import Restriction
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Ban, Quantity
from mesoplan.prescription.model import Basis
from mesoplan.units import add_duration, add_months, duration_days


@dataclass(frozen=True, slots=True)
class Window:
    """Days on which something is left off: from `first_day` until before `free_from`, because of `sessions`."""

    first_day: date
    free_from: date
    sessions: tuple[int, ...]


def merge_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the union of the windows as windows with a free day between any two, in order of days.

    The order of the input does not matter, merging twice changes nothing, and no day is added or lost.
    """
    merged: list[Window] = []
    for window in sorted(windows, key=lambda one: (one.first_day, one.free_from, one.sessions)):
        if merged and window.first_day <= merged[-1].free_from:
            last = merged[-1]
            sessions = tuple(sorted({*last.sessions, *window.sessions}))
            merged[-1] = Window(last.first_day, max(last.free_from, window.free_from), sessions)
        else:
            merged.append(window)
    return tuple(merged)


def ban_window(knowledge: Knowledge, ban: Ban, number: int, day: date) -> Window:
    """Return the days of one ban around one session; the day of the session is always among them.

    Of a range the longer end counts. A length under a day ends with the day.
    """
    first = day if ban.before is None else _earlier(day, knowledge.fact_quantity(ban.before))
    free = day + timedelta(days=1)
    if ban.after is not None:
        after = knowledge.fact_quantity(ban.after)
        free = max(free, add_duration(day, _longest(after), after.unit))
    return Window(first, free, (number,))


def applying(knowledge: Knowledge, tags: Iterable[str]) -> tuple[Ban, ...]:
    """Return the bans that hold for techniques with these tags, in the knowledge's order."""
    every = {*tags, "all"}
    return tuple(ban for ban in knowledge.bans.values() if not every.isdisjoint(ban.applies_to))


def merge(knowledge: Knowledge, tags: Iterable[str], sessions: Sequence[tuple[int, date]]) -> tuple[Restriction, ...]:
    """Return every restriction of a course, in order of the first day, then of the ban.

    Args:
        knowledge: Bans and the facts that give their lengths.
        tags: Tags of the techniques of the course; a ban for other techniques does not apply.
        sessions: (number, day) of each session; none gives no restrictions.
    """
    found: list[Restriction] = []
    for ban in applying(knowledge, tags):
        bases = tuple(Basis("fact", fact) for fact in (ban.before, ban.after) if fact is not None)
        windows = merge_windows(ban_window(knowledge, ban, number, day) for number, day in sessions)
        found += [
            Restriction(ban.id, one.first_day, one.free_from, one.sessions, ban.severity, bases) for one in windows
        ]
    return tuple(sorted(found, key=lambda one: (one.first_day, one.ban)))


def _longest(quantity: Quantity) -> float:
    """Return the longer end of a duration; where it is open, the end that is known."""
    return quantity.high if quantity.high is not None else quantity.low or 0.0


def _earlier(day: date, quantity: Quantity) -> date:
    """Return the first day of a ban of this length that ends with `day`.

    Calendar units go by the calendar; where the earlier month has no such day, from its last day on.
    """
    length = _longest(quantity)
    if quantity.unit in ("month", "a"):
        first = add_months(day, -round(length * (12 if quantity.unit == "a" else 1)))
        return first if first.day == day.day else first - timedelta(days=1)
    return day - timedelta(days=math.ceil(round(duration_days(length, quantity.unit), 9)))
