"""The course: sessions with dates, restrictions merged over them, follow-ups and the quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mesoplan.prescription.model import Basis


@dataclass(frozen=True, slots=True)
class Appointment:
    """One date of the course.

    Attributes:
        kind: What it is for.
        number: Session number for sessions and what belongs to one, 0 otherwise.
        day: The date.
        last_day: The end of a window (the second allergy reading), else equal to `day`.
        moved: Word keys of what moved it away from the plain interval: moved.menstruation, moved.event ...
        note: Word key: which follow-up, which reading.
    """

    kind: Literal["allergy test", "reading", "session", "follow-up", "re-assessment", "maintenance review"]
    number: int
    day: date
    last_day: date
    moved: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One ban merged over overlapping sessions.

    Attributes:
        ban: Ban id.
        first_day: First day on which it holds.
        free_from: First day on which it no longer holds.
        sessions: Session numbers it comes from.
        severity: "refuse" or "limit".
        bases: Facts that give its length.
    """

    ban: str
    first_day: date
    free_from: date
    sessions: tuple[int, ...]
    severity: Literal["refuse", "limit"]
    bases: tuple[Basis, ...]


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the quote; amounts are exact decimals written as text ("120.00").

    Attributes:
        what: Id of the position in the clinic's list.
        per: "session": paid at every session; "course": paid once.
        quantity: How many units at a session, or in the course; percent positions have 1.
        unit_price: Price of a unit; of a percent position its share of the treatment.
        amount: Quantity times unit price.
        basis: `prices.yaml: <position>`, with the percent where it is one.
    """

    what: str
    per: Literal["session", "course"]
    quantity: int
    unit_price: str
    amount: str
    basis: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The price, from the clinic's own list.

    Attributes:
        currency: ISO code.
        lines: One a position.
        per_session: Sum of the lines of one session.
        total: That times the sessions still to come, plus what is paid once.
        sessions: Sessions still to come.
        valid_from: First day of the price list.
        basis: What it rests on: the price list.
        factors: The factors of the documents that this list uses, and those it leaves out.
    """

    currency: str
    lines: tuple[PriceLine, ...]
    per_session: str
    total: str
    sessions: int
    valid_from: date
    basis: str
    factors_used: tuple[str, ...]
    factors_unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """The course.

    Attributes:
        sessions: Planned number of sessions of the whole course.
        sessions_done: How many of them are already delivered.
        sessions_low: Low end over the sources for the deciding indication.
        sessions_high: High end.
        deciding_indication: The goal that needs the most sessions.
        interval_days: The interval used.
        interval_minimum_days: No two sessions are closer than this.
        appointments: In order of days; empty when no first date is known.
        restrictions: Merged, in order of first day.
        quote: None without a clinic's price list.
        next_course_from: Earliest start of another course, None without dates.
        provisional: True while the screening does not (yet) allow treatment.
        asked: Word keys of what the practitioner must still decide.
        bases: (what, basis).
    """

    sessions: int
    sessions_done: int
    sessions_low: int
    sessions_high: int
    deciding_indication: str | None
    interval_days: int
    interval_minimum_days: int
    appointments: tuple[Appointment, ...]
    restrictions: tuple[Restriction, ...]
    quote: Quote | None
    next_course_from: date | None
    provisional: bool
    asked: tuple[str, ...]
    bases: tuple[tuple[str, Basis], ...]
