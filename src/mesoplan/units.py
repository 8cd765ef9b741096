"""The only unit conversions. Inside: millimetres, square centimetres, millilitres, hours, days, radians."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

MM_PER_INCH = 25.4
MM_PER_CM = 10.0
UM_PER_MM = 1000.0
MM2_PER_CM2 = 100.0
NL_PER_ML = 1_000_000.0
UL_PER_ML = 1000.0
SECONDS_PER_MINUTE = 60.0
HOURS_PER_DAY = 24.0

_LENGTH_MM = {"mm": 1.0, "um": 1.0 / UM_PER_MM, "cm": MM_PER_CM, "inch": MM_PER_INCH}
_VOLUME_ML = {"ml": 1.0, "ul": 1.0 / UL_PER_ML, "nl": 1.0 / NL_PER_ML}
_DAYS = {"d": 1.0, "h": 1.0 / HOURS_PER_DAY, "week": 7.0, "min": 1.0 / (HOURS_PER_DAY * 60.0)}

_LONGEST_DAYS = {"month": 31.0, "a": 366.0}


def length_mm(value: float, unit: str) -> float:
    """Return a length in millimetres; `unit` is mm, um, cm or inch, anything else raises KeyError."""
    return value * _LENGTH_MM[unit]


def volume_ml(value: float, unit: str) -> float:
    """Return a volume in millilitres; `unit` is ml, ul or nl, anything else raises KeyError."""
    return value * _VOLUME_ML[unit.lower()]


def duration_days(value: float, unit: str) -> float:
    """Return a duration of fixed length in days; calendar months and years need `add_duration`."""
    return value * _DAYS[unit]


def add_months(start: date, months: int) -> date:
    """Return the same day `months` later (or earlier); where that month has no such day, the first of the next one.

    A length in months is over only once its last day has passed: two months after 31 December end on 1 March, and
    someone born on 29 February completes a year on 1 March of common years.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if start.day <= calendar.monthrange(year, month + 1)[1]:
        return date(year, month + 1, start.day)
    year, month = divmod(year * 12 + month + 1, 12)
    return date(year, month + 1, 1)


def longest_days(value: float, unit: str) -> float:
    """Return the most days that a length can have, whenever it begins: a calendar month counts 31, a year 366."""
    return value * _LONGEST_DAYS[unit] if unit in _LONGEST_DAYS else duration_days(value, unit)


def add_duration(start: date, value: float, unit: str) -> date:
    """Return the first local date on which a ban of this length, begun on `start`, is over.

    Calendar units (`month`, `a` for years) move by the calendar; fixed units round up to whole days, since the
    system knows dates and no clock: 24 h from some hour of `start` is over on `start` + 1 at the earliest, 48 h on + 2.
    """
    if unit in ("month", "a"):
        whole = int(value)
        if whole != value:
            raise ValueError(f"{value} {unit}: calendar units must be whole")
        return add_months(start, whole * (12 if unit == "a" else 1))
    days = duration_days(value, unit)
    return start + timedelta(days=int(-(-days // 1)))


def age_years(birth: date, on: date) -> int:
    """Return completed years of life; someone born on 29 February completes a year on 1 March of common years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
