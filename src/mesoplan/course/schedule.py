"""Dates: the allergy test and its readings, the sessions, and what follows them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from mesoplan.clinic.model import Clinic
from mesoplan.course.allergy import PlannedTest, plan_readings, plan_test
from mesoplan.course.days import (
    DEFERRAL,
    MENSTRUATION,
    Placed,
    Reasons,
    before_events,
    closed_on,
    combine,
    first_free,
    spread_sessions,
)
from mesoplan.course.earlier import (
    MONTHS_PER_YEAR,
    PAUSE,
    PER_YEAR_ROLE,
    REPEAT_ROLE,
    another_course_from,
    course_from,
    not_before,
    unsaid,
)
from mesoplan.course.model import Appointment
from mesoplan.course.numbers import CourseNumbers, course_numbers
from mesoplan.intake.model import UNKNOWN, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import Verdict
from mesoplan.prescription.allergy_test import (
    READ_FIRST,
    READ_SECOND,
    VALIDITY,
    counted_methods,
    counted_tests,
    counts_until,
    reading_days,
)
from mesoplan.prescription.model import Basis, Prescription
from mesoplan.screening.canaries import verified_screener
from mesoplan.screening.model import Screening
from mesoplan.units import add_duration, add_months

HORIZON = "plan.horizon"
AFTER_EACH, AFTER_LAST = ("followup.day_1", "followup.day_3", "followup.day_7"), ("followup.week_4", "followup.week_12")
REASSESS_ROLE, REVIEW_ROLE, RECOVERY_ROLE = "reassess_at", "review", "recovery"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The dates of a course.

    Attributes:
        numbers: Sessions and interval.
        appointments: In order of days; empty when no first date is known.
        sessions: (number, day) of the planned sessions.
        delivered: (number, day) of the latest session already delivered, if its day is known.
        next_course_from: Earliest start of another course, None without dates.
        asked: Word keys of what the practitioner must still decide.
        bases: ("appointments", basis) for every fact that the dates rest on; empty without dates.
    """

    numbers: CourseNumbers
    appointments: tuple[Appointment, ...]
    sessions: tuple[tuple[int, date], ...]
    delivered: tuple[tuple[int, date], ...]
    next_course_from: date | None
    asked: tuple[str, ...]
    bases: tuple[tuple[str, Basis], ...] = ()


def schedule(
    knowledge: Knowledge, clinic: Clinic | None, intake: Intake, screening: Screening, prescription: Prescription
) -> Schedule:
    """Return the dates of the course from the day of the screening on.

    No session falls on a closed day, on a day on which the screening's rules defer it (menstruation as predicted from
    a regular cycle among them), or on the days an event is to be kept free of marks; none before the second reading of
    the allergy test, and no two closer than the minimum. Without a day from which every prescribed zone may be treated
    there are no dates.

    Args:
        knowledge: Facts, rules.
        clinic: Closures, None without a folder: then every day counts as open.
        intake: Answers, tests, sessions done.
        screening: Of the day from which is planned.
        prescription: The zones, and the product to be tested.

    Raises:
        ProblemError: If a fact has no such number.
    """
    numbers = course_numbers(knowledge, intake, prescription)
    delivered = _delivered(intake)
    left = numbers.sessions - intake.sessions_done
    asked = (*numbers.asked, *_unsaid(intake), *unsaid(intake), *(("asked.clinic_days",) if clinic is None else ()))
    known = _first_day(screening, prescription)
    if known is None or numbers.interval_days == 0 or left < 1 or not _has_product(prescription):
        why = "asked.course_complete" if left < 1 <= numbers.sessions else "asked.first_date"
        return Schedule(numbers, (), (), delivered, None, (*asked, why))
    found = _placed(knowledge, clinic, intake, screening, prescription, numbers, known)
    if found is None:
        return Schedule(numbers, (), (), delivered, None, (*asked, "asked.no_test_day"))
    test, placed, after = found
    return _dated(numbers, test, placed, after, delivered, left, asked)


def _placed(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    numbers: CourseNumbers,
    known: date,
) -> tuple[PlannedTest, tuple[Placed, ...], _Aftermath] | None:
    """Return the allergy test, the days of the sessions to come and what follows; None without a day for the test."""
    on, number, delivered = screening.on, intake.sessions_done + 1, _delivered(intake)
    closed = closed_on(clinic.closed_weekdays, clinic.closures) if clinic is not None else closed_on((), ())
    horizon = knowledge.fact_quantity(HORIZON)
    last = add_duration(on, horizon.high or 0.0, horizon.unit)
    earliest = course_from(knowledge, intake, prescription, on)
    test = _allergy_test(knowledge, intake, screening, prescription, closed, last, number, earliest)
    if test is None:
        return None
    busy = combine(
        closed,
        _deferrals(knowledge, intake, screening, prescription),
        _events(knowledge, intake, prescription),
        not_before(earliest),
    )
    start, before = max(known, test.session_from), max((day for _, day in delivered), default=None)
    left = numbers.sessions - intake.sessions_done
    placed = spread_sessions(start, left, numbers.interval_days, numbers.interval_minimum_days, last, busy, before)

    def another(start: date) -> date | None:
        return another_course_from(knowledge, intake, prescription, on, start)

    return test, placed, _Aftermath(knowledge, prescription, closed, numbers.sessions, another)


def _dated(
    numbers: CourseNumbers,
    test: PlannedTest,
    placed: tuple[Placed, ...],
    after: _Aftermath,
    delivered: tuple[tuple[int, date], ...],
    left: int,
    asked: tuple[str, ...],
) -> Schedule:
    """Return the schedule of the sessions that found a day, with what comes before and after them."""
    first = numbers.sessions - left + 1
    sessions = tuple((first + index, one.day) for index, one in enumerate(placed))
    complete = len(placed) == left
    asked = asked if complete else (*asked, "asked.no_free_day")
    if sessions and sessions[-1][1] > test.counts_until:
        asked = (*asked, "asked.test_renewal")
    if not sessions:
        return Schedule(numbers, test.appointments, (), delivered, None, asked)
    next_course = after.next_course_from(sessions) if complete else None
    appointments = [
        *test.appointments,
        *(Appointment("session", n, one.day, one.day, one.moved) for (n, _), one in zip(sessions, placed, strict=True)),
        *after.follow_ups(sessions, complete=complete),
        *after.reassessment(sessions),
        *(() if next_course is None else after.review(next_course)),
    ]
    ordered = tuple(sorted(appointments, key=lambda one: (one.day, _KIND_ORDER.index(one.kind), one.note)))
    return Schedule(numbers, ordered, sessions, delivered, next_course, asked, after.bases)


def _has_product(prescription: Prescription) -> bool:
    """Return whether there is something to test and to bring in; a clinic without a list of products is not held up."""
    return not prescription.products or any(zone.product is not None for zone in prescription.zones)


def _first_day(screening: Screening, prescription: Prescription) -> date | None:
    """Return the first day on which every prescribed zone may be treated, None without a zone or without such a day."""
    days = [zone.eligible_from for zone in prescription.zones]
    known = [day for day in days if day is not None]
    return max([screening.on, *known]) if known and len(known) == len(days) else None


_KIND_ORDER = ("reading", "allergy test", "re-assessment", "session", "follow-up", "maintenance review")


class _Aftermath:
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


def _delivered(intake: Intake) -> tuple[tuple[int, date], ...]:
    """Return number and day of the latest session of this course that was delivered, if its day is known."""
    events = intake.answers.get("mesotherapy_session", UNKNOWN).events
    days = [event.date for event in events if event.date is not None]
    return ((intake.sessions_done, max(days)),) if intake.sessions_done and days else ()


def _unsaid(intake: Intake) -> tuple[str, ...]:
    """Return what the intake leaves open for the dates."""
    events = intake.answers.get("planned_events", UNKNOWN)
    asked = ["asked.planned_events"] if events.state == "unknown" else []
    asked += ["asked.event_date"] if any(event.date is None for event in events.events) else []
    irregular = intake.answers.get("cycle_regular", UNKNOWN).code == "no"
    return (*asked, "asked.cycle_irregular") if irregular else tuple(asked)


def _events(knowledge: Knowledge, intake: Intake, prescription: Prescription) -> Reasons:
    days = [event.date for event in intake.answers.get("planned_events", UNKNOWN).events if event.date is not None]
    facts = {knowledge.techniques[zone.technique].facts.get(RECOVERY_ROLE) for zone in prescription.zones} - {None}
    recovery = max((knowledge.days(fact) for fact in facts if fact is not None), default=0.0)
    return before_events(days, math.ceil(round(recovery, 9)))


def _deferrals(knowledge: Knowledge, intake: Intake, screening: Screening, prescription: Prescription) -> Reasons:
    """Return why the screening's own rules would defer a session on a day, from today's answers."""
    screener = verified_screener(knowledge)
    answers = screener.in_play(intake, screening.on)
    scopes = [
        (frozenset({*knowledge.techniques[zone.technique].tags, "all"}), (zone.zone, zone.indications))
        for zone in prescription.zones
    ]

    def reasons(day: date) -> tuple[str, ...]:
        findings = [one for tags, scope in scopes for one in screener.deferred(answers, day, tags, scope)]
        cycle = {"menstruation_start" in one.questions for one in findings}
        return tuple(word for word, is_cycle in ((MENSTRUATION, True), (DEFERRAL, False)) if is_cycle in cycle)

    return reasons


def _allergy_test(
    knowledge: Knowledge,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    closed: Reasons,
    last: date,
    number: int,
    earliest: date | None,
) -> PlannedTest | None:
    """Return what is still to do of the test for the prescribed product, None where no day can be found for it.

    A person who must wait is not tested before the wait is over: the test is a small treatment itself.
    """
    product = next((zone.product for zone in prescription.zones if zone.product is not None), None)
    option = next((one for one in prescription.products if one.product == product), None)
    days, methods = reading_days(knowledge), counted_methods(() if option is None else option.routes)
    if option is not None and option.test == "negative":
        until = counts_until(intake.allergy_tests, option.product, methods, days, screening.on)
        return PlannedTest((), screening.on, until or screening.on)
    own = [] if option is None else counted_tests(intake.allergy_tests, option.product, methods, screening.on)
    placed = plan_readings(own, screening.on, closed, days, number) if own else None
    if placed is not None:
        return placed
    waits = [
        one.until
        for one in screening.findings
        if one.zone is None and one.verdict is Verdict.DEFER and one.until is not None
    ]
    return plan_test(
        max([screening.on, *waits, *(() if earliest is None else (earliest,))]), last, closed, days, number
    )
