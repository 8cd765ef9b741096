"""Dates: the allergy test and its readings, the sessions, and what follows them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mesoplan.clinic.model import Clinic
from mesoplan.course.aftermath import HORIZON, RECOVERY_ROLE, Aftermath
from mesoplan.course.allergy import PlannedTest, plan_readings, plan_test
from mesoplan.course.days import (
    DEFERRAL,
    MENSTRUATION,
    TOO_EARLY,
    TOO_LATE,
    Placed,
    Reasons,
    before_events,
    closed_on,
    combine,
    spread_sessions,
    why_not,
)
from mesoplan.course.earlier import (
    another_course_from,
    course_from,
    not_before,
    own_days,
    unsaid,
)
from mesoplan.course.model import Appointment
from mesoplan.course.numbers import CourseNumbers, course_numbers
from mesoplan.intake.model import UNKNOWN, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import Verdict
from mesoplan.prescription.allergy_test import (
    counted_methods,
    counted_tests,
    counts_until,
    reading_days,
)
from mesoplan.prescription.model import Basis, Prescription
from mesoplan.screening.canaries import verified_screener
from mesoplan.screening.model import Screening
from mesoplan.units import add_duration

NO_SUCH_SESSION = "day.no_such_session"


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
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    days: Mapping[int, date] | None = None,
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
        days: Chosen days by number of the session; one that is not possible (any more) is told and not kept.

    Raises:
        ProblemError: If a fact has no such number.
    """
    numbers = course_numbers(knowledge, intake, prescription)
    delivered = _delivered(intake)
    left = numbers.sessions - intake.sessions_done
    asked = (*numbers.asked, *_unsaid(intake), *unsaid(intake), *(("asked.clinic_days",) if clinic is None else ()))
    if not _can_be_dated(numbers, intake, screening, prescription):
        why = "asked.course_complete" if left < 1 <= numbers.sessions else "asked.first_date"
        return Schedule(numbers, (), (), delivered, None, (*asked, why))
    frame = _frame(knowledge, clinic, intake, screening, prescription, numbers)
    if frame is None:
        return Schedule(numbers, (), (), delivered, None, (*asked, "asked.no_test_day"))
    return _dated(numbers, frame.test, frame.spread(days or {}), frame.after, delivered, left, asked)


def why_no_session(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    number: int,
    day: date,
    days: Mapping[int, date] | None = None,
) -> tuple[str, ...]:
    """Return why a session of the course cannot be on a day, as word keys; empty where it can.

    `day.too_early`: before the screening, the allergy test or a waiting time allow it; `day.too_close`: closer than the
    minimum to the session before; `day.too_late`: beyond what is planned ahead; `day.no_such_session`: no session of
    this number is still to come; `moved.*`: closed, menstruation, an event, a waiting time, earlier courses.

    Args:
        knowledge: Facts, rules.
        clinic: Closures, None without a folder.
        intake: As in `schedule`; a plan holds it.
        screening: Likewise.
        prescription: Likewise.
        number: Number of the session.
        day: The day asked about.
        days: Days chosen for the sessions before it.

    Raises:
        ProblemError: If a fact has no such number.
    """
    numbers = course_numbers(knowledge, intake, prescription)
    if not intake.sessions_done < number <= numbers.sessions:
        return (NO_SUCH_SESSION,)
    if not _can_be_dated(numbers, intake, screening, prescription):
        return (TOO_EARLY,)
    frame = _frame(knowledge, clinic, intake, screening, prescription, numbers)
    return (TOO_EARLY,) if frame is None else frame.why_not(number, day, days or {})


def days_for_session(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    number: int,
    days: Mapping[int, date] | None = None,
    *,
    around: date,
    count: int,
) -> tuple[date, ...]:
    """Return the days nearest to one on which a session of the course can be, in order; at most `count`.

    Args:
        knowledge: Facts, rules.
        clinic: Closures, None without a folder.
        intake: As in `schedule`; a plan holds it.
        screening: Likewise.
        prescription: Likewise.
        number: Number of the session.
        days: Days chosen for the sessions before it.
        around: The day that they should lie near.
        count: How many.

    Raises:
        ProblemError: If a fact has no such number.
    """
    numbers = course_numbers(knowledge, intake, prescription)
    dated = _can_be_dated(numbers, intake, screening, prescription)
    frame = _frame(knowledge, clinic, intake, screening, prescription, numbers) if dated else None
    if frame is None or not intake.sessions_done < number <= numbers.sessions:
        return ()
    reach = (frame.last - frame.start).days
    near = sorted(range(-reach, reach + 1), key=lambda shift: (abs(shift), -shift))
    found: list[date] = []
    for shift in near:
        day = around + timedelta(days=shift)
        if len(found) < count and not frame.why_not(number, day, days or {}):
            found.append(day)
    return tuple(sorted(found))


def _can_be_dated(numbers: CourseNumbers, intake: Intake, screening: Screening, prescription: Prescription) -> bool:
    """Return whether there are sessions to come with a first day, an interval and something to bring in."""
    known, left = _first_day(screening, prescription), numbers.sessions - intake.sessions_done
    return known is not None and numbers.interval_days > 0 and left >= 1 and _has_product(prescription)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the days of the sessions to come are found in.

    Attributes:
        numbers: Sessions and interval.
        done: Sessions already delivered.
        test: The allergy test.
        start: No session before it.
        last: Nor after it.
        busy: Why nothing can be done on a day.
        before: Day of the latest session delivered, None where not known.
        after: What follows the sessions.
    """

    numbers: CourseNumbers
    done: int
    test: PlannedTest
    start: date
    last: date
    busy: Reasons
    before: date | None
    after: Aftermath

    def spread(self, days: Mapping[int, date], count: int | None = None) -> tuple[Placed, ...]:
        """Return the days of the sessions to come, or of the first `count` of them."""
        one, left = self.numbers, self.numbers.sessions - self.done
        wished = {number - self.done - 1: day for number, day in days.items()}
        most = left if count is None else min(count, left)
        interval, minimum = one.interval_days, one.interval_minimum_days
        return spread_sessions(self.start, most, interval, minimum, self.last, self.busy, self.before, wished)

    def why_not(self, number: int, day: date, days: Mapping[int, date]) -> tuple[str, ...]:
        """Return why a session cannot be on a day, given the days chosen for those before it."""
        earlier = number - self.done - 1
        placed = self.spread(days, earlier)
        if len(placed) < earlier:
            return (TOO_LATE,)
        before = placed[-1].day if placed else self.before
        return why_not(day, self.start, self.numbers.interval_minimum_days, self.last, self.busy, before)


def _frame(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    numbers: CourseNumbers,
) -> _Frame | None:
    """Return what the days are found in; None without a day for the allergy test."""
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
    start = max(_first_day(screening, prescription) or on, test.session_from)
    before = max((day for _, day in delivered), default=None)

    def another(start: date) -> date | None:
        return another_course_from(knowledge, intake, prescription, on, start)

    after = Aftermath(knowledge, prescription, closed, numbers.sessions, another)
    return _Frame(numbers, intake.sessions_done, test, start, last, busy, before, after)


def _dated(
    numbers: CourseNumbers,
    test: PlannedTest,
    placed: tuple[Placed, ...],
    after: Aftermath,
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


def _delivered(intake: Intake) -> tuple[tuple[int, date], ...]:
    """Return number and day of the latest session of this course that was delivered, if its day is known."""
    days = own_days(intake)
    return ((intake.sessions_done, days[-1]),) if intake.sessions_done and days else ()


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
    places = [
        (frozenset({*knowledge.techniques[zone.technique].tags, "all"}), zone.zone, zone.indications)
        for zone in prescription.zones
    ]
    deferred = screener.deferring(answers, screening.on, places)

    def reasons(day: date) -> tuple[str, ...]:
        cycle = {"menstruation_start" in one.questions for one in deferred(day)}
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
