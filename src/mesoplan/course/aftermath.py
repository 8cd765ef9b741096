"""What follows the sessions: follow-ups, re-assessment, and when another course may start."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date

from mesoplan.course.days import Placed, Reasons, first_free
from mesoplan.course.earlier import MONTHS_PER_YEAR, PAUSE, PER_YEAR_ROLE, REPEAT_ROLE
from mesoplan.course.model import Appointment
from mesoplan.knowledge.load import Knowledge
from mesoplan.prescription.allergy_test import READ_FIRST, READ_SECOND, VALIDITY
from mesoplan.prescription.model import Basis, Prescription
from mesoplan.units import add_duration, add_months

HORIZON = "plan.horizon"
AFTER_EACH, AFTER_LAST = ("followup.day_1", "followup.day_3", "followup.day_7"), ("followup.week_4", "followup.week_12")
REASSESS_ROLE, REVIEW_ROLE, RECOVERY_ROLE = "reassess_at", "review", "recovery"


class Aftermath:
    """What follows the sessions."""

    def __init__(
        self,
        knowledge: Knowledge,
        prescription: Prescription,
        closed: Reasons,
        sessions: int,
        another_from: Callable[[date], date | None],
    ) -> None:
        self._knowledge, self._closed, self._sessions = knowledge, closed, sessions
        self._another_from = another_from
        self._techniques = [knowledge.techniques[zone.technique] for zone in prescription.zones]
        goals = dict.fromkeys(goal for zone in prescription.zones for goal in zone.indications)
        repeats = (knowledge.indications[goal].facts.get(REPEAT_ROLE) for goal in goals)
        self._repeats = tuple(dict.fromkeys(fact for fact in repeats if fact is not None))

    @property
    def bases(self) -> tuple[tuple[str, Basis], ...]:
        """The facts that the dates rest on, each once."""
        roles = (RECOVERY_ROLE, REASSESS_ROLE, REVIEW_ROLE, PER_YEAR_ROLE)
        by_role = [one.facts[role] for one in self._techniques for role in roles if role in one.facts]
        facts = (READ_FIRST, READ_SECOND, VALIDITY, *AFTER_EACH, *AFTER_LAST, *by_role, PAUSE, *self._repeats, HORIZON)
        return tuple(("appointments", Basis("fact", fact)) for fact in dict.fromkeys(facts))

    def follow_ups(self, sessions: tuple[tuple[int, date], ...], *, complete: bool) -> Iterator[Appointment]:
        """Yield the checks after every session, and the late ones after the last; one a day, none on a session's day.

        The early ones may be done by telephone and stay where they are; the late ones move to an open day.
        """
        taken = {day for _, day in sessions}
        for number, day in sessions:
            for fact in AFTER_EACH:
                due = self._after(day, fact)
                if due not in taken:
                    taken.add(due)
                    yield Appointment("follow-up", number, due, due, (), fact)
        number, day = sessions[-1]
        for fact in AFTER_LAST if complete else ():
            placed = self._open(self._after(day, fact))
            if placed is not None and placed.day not in taken:
                taken.add(placed.day)
                yield Appointment("follow-up", number, placed.day, placed.day, placed.moved, fact)

    def reassessment(self, sessions: tuple[tuple[int, date], ...]) -> tuple[Appointment, ...]:
        """Return the re-assessment: with the first session of its range to come, in a short course with the last."""
        facts = [one.facts[REASSESS_ROLE] for one in self._techniques if REASSESS_ROLE in one.facts]
        if not facts:
            return ()
        low, high = self._knowledge.limits(facts[0], "sessions")
        first = min(math.floor(low or high or 1), self._sessions)
        last = max(first, math.floor(high or first))
        due = [(number, day) for number, day in sessions if first <= number <= last]
        return tuple(Appointment("re-assessment", number, day, day, (), "reassessment") for number, day in due[:1])

    def next_course_from(self, sessions: tuple[tuple[int, date], ...]) -> date | None:
        """Return the earliest start of another course: after the review, and no more of them in a year than allowed.

        A goal whose course is repeated after a time of its own waits for that too, and courses before this one count.
        """
        days = [self._after(sessions[-1][1], fact) for fact in self._repeats]
        for one in self._techniques:
            if REVIEW_ROLE in one.facts:
                days.append(self._after(sessions[-1][1], one.facts[REVIEW_ROLE]))
            if PER_YEAR_ROLE in one.facts:
                _, most = self._knowledge.limits(one.facts[PER_YEAR_ROLE], "1/a")
                if most:
                    days.append(add_months(sessions[0][1], math.ceil(MONTHS_PER_YEAR / most)))
        another = self._another_from(sessions[0][1])
        return max([*days, *(() if another is None else (another,))], default=None)

    def review(self, due: date) -> tuple[Appointment, ...]:
        """Return the maintenance review on the first open day."""
        placed = self._open(due)
        if placed is None:
            return ()
        return (Appointment("maintenance review", 0, placed.day, placed.day, placed.moved, "maintenance.review"),)

    def _after(self, day: date, fact: str) -> date:
        length = self._knowledge.fact_quantity(fact)
        return add_duration(day, length.low if length.low is not None else length.high or 0.0, length.unit)

    def _open(self, day: date) -> Placed | None:
        horizon = self._knowledge.fact_quantity(HORIZON)
        return first_free(day, add_duration(day, horizon.high or 0.0, horizon.unit), self._closed)
