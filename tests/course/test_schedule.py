"""Dates of whole courses: laws on random obstacles, and the cases a practitioner would check by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoplan.clinic.model import WEEKDAYS, Clinic, Closure
from mesoplan.course.model import Appointment
from mesoplan.course.numbers import course_numbers
from mesoplan.course.schedule import Schedule, schedule
from mesoplan.intake.model import UNKNOWN, AllergyTest, AnswerValue, EventAnswer, GoalAnswer, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Quantity
from mesoplan.knowledge.verdict import Verdict
from mesoplan.prescription.model import Basis, Prescription
from mesoplan.screening.model import Finding, Screening
from mesoplan.units import add_months

ON = date(2027, 12, 20)  # courses run over the year's end and 29 February 2028


def screened(*findings: Finding) -> Screening:
    return Screening(ON, ON, "h", "v", Verdict.CLEARED, True, ON, findings, (), ())


def clinic(closed_weekdays: tuple[int, ...] = (), closures: tuple[tuple[date, date], ...] = ()) -> Clinic:
    return Clinic(
        name="Clinic",
        telephone="1",
        emergency_telephone="2",
        languages=("en",),
        opening_weekdays=tuple(day for n, day in enumerate(WEEKDAYS) if n not in closed_weekdays),
        closed=tuple(Closure(first_day=first, last_day=last) for first, last in closures),
    )


def days(found: Schedule, kind: str) -> list[date]:
    return [one.day for one in found.appointments if one.kind == kind]


READ_TWICE = AllergyTest(
    "p",
    ON - timedelta(days=4),
    "test injection",
    ((ON - timedelta(days=2), "negative"), (ON - timedelta(days=1), "negative")),
)


def of_kind(found: Schedule, kind: str) -> list[Appointment]:
    return [one for one in found.appointments if one.kind == kind]


@pytest.fixture
def planned(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> Callable[..., Schedule]:
    """Schedules a course of wrinkles on the forehead; a negative allergy test and an open clinic unless said."""

    def run(
        at: Clinic | None = None,
        prescription: Prescription | None = None,
        screening: Screening | None = None,
        **intake: Any,
    ) -> Schedule:
        return schedule(
            knowledge,
            at or clinic(),
            client(**{"tests": (READ_TWICE,) if prescription is None else (), **intake}),
            screening or screened(),
            prescription or prescribed(),
        )

    return run


def test_without_obstacles_the_course_starts_today_and_follows_the_interval(
    knowledge: Knowledge, planned: Callable[..., Schedule]
) -> None:
    found = planned()
    numbers = found.numbers
    assert days(found, "session") == [ON + timedelta(days=numbers.interval_days * n) for n in range(numbers.sessions)]
    assert not of_kind(found, "allergy test")
    assert found.asked == ()


def test_a_course_without_a_tested_product_begins_with_the_test_and_no_session_before_the_second_reading(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    for state in ("none", "waiting"):
        found = planned(prescription=prescribed(test=state))
        assert days(found, "allergy test") == [ON]
        readings = of_kind(found, "reading")
        assert (readings[0].day - ON).days == 2
        assert days(found, "session")[0] >= readings[-1].last_day
        assert {one.number for one in (*of_kind(found, "allergy test"), *readings)} == {1}


def test_a_test_that_is_too_old_is_placed_again_before_the_first_session(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    old = date(2020, 3, 2)
    read = ((old + timedelta(days=2), "negative"), (old + timedelta(days=4), "negative"))
    found = planned(prescription=prescribed(test="expired"), tests=(AllergyTest("p", old, "test injection", read),))
    assert days(found, "allergy test") == [ON]
    assert days(found, "session")[0] >= of_kind(found, "reading")[-1].last_day


@pytest.mark.parametrize(("extra", "asked"), [(0, ()), (1, ("asked.test_renewal",))])
def test_a_course_that_outlasts_its_allergy_test_says_so(
    planned: Callable[..., Schedule], extra: int, asked: tuple[str, ...]
) -> None:
    last = days(planned(), "session")[-1]
    over = last + timedelta(days=1 - extra)
    day = add_months(over, -6)
    read = ((day + timedelta(days=2), "negative"), (day + timedelta(days=4), "negative"))
    assert planned(tests=(AllergyTest("p", day, "test injection", read),)).asked == asked


def test_a_test_already_placed_keeps_its_readings(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    placed = AllergyTest("p", ON - timedelta(days=1), "test injection", ())
    found = planned(prescription=prescribed(test="waiting"), tests=(placed,))
    assert not of_kind(found, "allergy test")
    assert days(found, "reading")[0] == ON + timedelta(days=1)


def test_someone_who_must_wait_is_not_tested_before_the_wait_is_over(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    until = ON + timedelta(days=20)
    person = Finding("r", "r", Verdict.DEFER, None, ("all",), until, (), (), "f")
    zone = replace(person, zone="forehead")
    prescription = prescribed(test="none", eligible=until)
    assert days(planned(prescription=prescription, screening=screened(person)), "allergy test") == [until]
    local = planned(prescription=prescription, screening=screened(zone))
    assert days(local, "allergy test") == [ON]
    assert days(local, "session")[0] == until


def test_the_first_session_is_on_the_first_eligible_day_and_none_without_one(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    later = ON + timedelta(days=33)
    assert days(planned(prescription=prescribed(eligible=later)), "session")[0] == later
    never = planned(prescription=prescribed(eligible=None))
    assert (never.appointments, never.asked, never.next_course_from) == ((), ("asked.first_date",), None)
    assert never.numbers.sessions > 0


def test_sessions_avoid_every_predicted_menstruation_window(
    knowledge: Knowledge, planned: Callable[..., Schedule]
) -> None:
    start, length, bleeding = date(2027, 12, 10), 27, 6
    found = planned(
        menstruates="yes",
        menstruation_start=start,
        cycle_regular="yes",
        cycle_length_days=length,
        bleeding_days=bleeding,
    )
    _, margin = knowledge.limits("margin.menstruation", "d")
    assert margin is not None
    forbidden = {
        start + timedelta(days=length * cycle + offset)
        for cycle in range(20)
        for offset in range(-int(margin), max(int(margin) + 1, bleeding))
    }
    sessions = days(found, "session")
    assert len(sessions) == found.numbers.sessions
    assert not forbidden & set(sessions)
    moved = [one for one in of_kind(found, "session") if "moved.menstruation" in one.moved]
    assert moved


def test_an_irregular_cycle_is_asked_about_and_moves_nothing_ahead(planned: Callable[..., Schedule]) -> None:
    found = planned(menstruates="yes", menstruation_start=date(2027, 11, 1), cycle_regular="no", bleeding_days=5)
    assert "asked.cycle_irregular" in found.asked
    assert days(found, "session") == days(planned(), "session")


def test_a_wait_by_the_screenings_own_rules_moves_sessions_whatever_the_prescription_says(
    knowledge: Knowledge, planned: Callable[..., Schedule]
) -> None:
    treated = ON - timedelta(days=3)
    found = planned(mesotherapy_session=[treated])
    (minimum, _) = knowledge.limits("interval.minimum", "d")
    assert minimum is not None
    assert days(found, "session")[0] == treated + timedelta(days=int(minimum))
    assert of_kind(found, "session")[0].moved == ("moved.deferral",)


def test_the_week_before_an_event_is_kept_free(knowledge: Knowledge, planned: Callable[..., Schedule]) -> None:
    event = date(2028, 1, 10)
    found = planned(planned_events=[event])
    recovery = int(knowledge.days("recovery.days"))
    assert recovery >= 7
    for session in days(found, "session"):
        assert not event - timedelta(days=recovery) <= session <= event


def test_unanswered_or_undated_events_are_asked_for(planned: Callable[..., Schedule]) -> None:
    assert "asked.event_date" in planned(planned_events=[None]).asked
    assert "asked.planned_events" in planned(planned_events=UNKNOWN).asked


def test_without_a_clinic_every_day_counts_as_open_and_the_plan_says_so(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    found = schedule(knowledge, None, client(), screened(), prescribed())
    assert "asked.clinic_days" in found.asked
    assert days(found, "session")[0] == ON


def test_sessions_already_delivered_are_counted_and_rested_from(planned: Callable[..., Schedule]) -> None:
    last = ON - timedelta(days=4)
    found = planned(done=2, mesotherapy_session=[last])
    numbers = found.numbers
    sessions = of_kind(found, "session")
    assert [one.number for one in sessions] == list(range(3, numbers.sessions + 1))
    assert sessions[0].day >= last + timedelta(days=numbers.interval_days)
    assert found.delivered == ((2, last),)
    only = planned(done=numbers.sessions - 1)
    assert [(one.number, one.day) for one in of_kind(only, "session")] == [(numbers.sessions, ON)]
    complete = planned(done=numbers.sessions)
    assert (complete.appointments, complete.asked) == ((), ("asked.course_complete",))


def test_follow_ups_stand_once_a_day_never_on_a_session_and_late_ones_after_the_last(
    planned: Callable[..., Schedule],
) -> None:
    found = planned()
    sessions = days(found, "session")
    checks = of_kind(found, "follow-up")
    assert len({one.day for one in checks}) == len(checks)
    assert not {one.day for one in checks} & set(sessions)
    after = {(one.number, one.note): one.day for one in checks}
    for number, day in enumerate(sessions, 1):
        assert [after[(number, f"followup.day_{n}")] for n in (1, 3, 7)] == [day + timedelta(days=n) for n in (1, 3, 7)]
    last = len(sessions)
    assert after[(last, "followup.week_4")] == sessions[-1] + timedelta(weeks=4)
    assert after[(last, "followup.week_12")] == sessions[-1] + timedelta(weeks=12)
    assert sum(one.note.startswith("followup.week") for one in checks) == 2


def test_a_check_that_would_fall_on_a_session_is_left_to_the_session(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    days_apart = course_numbers(knowledge, client(), prescribed()).interval_days
    changed = with_number(knowledge, "followup.day_7", value=float(days_apart), unit="d")
    found = schedule(changed, clinic(), client(), screened(), prescribed())
    sevenths = [one for one in of_kind(found, "follow-up") if one.note == "followup.day_7"]
    assert [one.number for one in sevenths] == [found.numbers.sessions]


def test_the_reassessment_stands_at_the_third_session_or_at_the_fourth_when_three_are_done(
    planned: Callable[..., Schedule],
) -> None:
    (first,) = of_kind(planned(), "re-assessment")
    assert (first.number, first.day) == (3, days(planned(), "session")[2])
    (later,) = of_kind(planned(done=3), "re-assessment")
    assert later.number == 4
    assert not of_kind(planned(done=4), "re-assessment")


def test_review_and_next_course_come_half_a_year_later_with_at_most_two_courses_in_a_year(
    planned: Callable[..., Schedule],
) -> None:
    found = planned()
    sessions = days(found, "session")
    assert found.next_course_from is not None
    assert found.next_course_from >= date(2028, 6, 20)  # half a year after the first session
    starts = [sessions[0], found.next_course_from]
    third = found.next_course_from + (found.next_course_from - sessions[0])
    assert third >= sessions[0].replace(year=sessions[0].year + 1)
    assert starts[1] >= sessions[-1] + timedelta(days=181)
    (review,) = of_kind(found, "maintenance review")
    assert review.day == found.next_course_from


def test_no_more_courses_begin_within_a_year_than_allowed_even_where_the_review_comes_early(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    early = with_number(knowledge, "maintenance.review", value=1.0, unit="month")
    often = with_number(early, "course.per_year", max=5.0, unit="1/a")
    found = schedule(often, clinic(), client(), screened(), prescribed())
    last = days(found, "session")[-1]
    assert found.next_course_from == max(date(2028, 3, 20), last.replace(month=last.month + 1))  # 12 / 5 months: three
    once = with_number(early, "course.per_year", max=1.0, unit="1/a")
    found = schedule(once, clinic(), client(), screened(), prescribed())
    assert found.next_course_from == date(2028, 12, 20)


def past(*events: tuple[date | None, str]) -> AnswerValue:
    return AnswerValue("yes", code="yes", events=tuple(EventAnswer(day, "", (zone,)) for day, zone in events))


def course_of(start: date, zone: str = "forehead", sessions: int = 3) -> list[tuple[date | None, str]]:
    return [(start + timedelta(days=15 * number), zone) for number in range(sessions)]


SPRING, AUTUMN = date(2027, 3, 1), date(2027, 9, 1)


@pytest.mark.parametrize(
    ("events", "first"),
    [
        (course_of(AUTUMN), ON),  # one course: this is the second
        ([*course_of(SPRING), *course_of(AUTUMN)], date(2028, 3, 1)),  # two: a year after the first of them began
        ([*course_of(SPRING, "anywhere"), *course_of(AUTUMN)], date(2028, 3, 1)),
        ([*course_of(SPRING, "chin"), *course_of(AUTUMN)], ON),  # another zone
        ([*course_of(date(2026, 12, 20)), *course_of(AUTUMN)], ON),  # begun a year ago to the day
        ([*course_of(date(2026, 12, 21)), *course_of(AUTUMN)], date(2027, 12, 21)),
        ([(SPRING, "forehead"), (date(2027, 4, 1), "forehead")], ON),  # a month apart is one course
        ([(SPRING, "forehead"), (date(2027, 4, 2), "forehead")], date(2028, 3, 1)),  # a day more is another
        ([*course_of(SPRING), (None, "forehead")], date(2028, 3, 1)),  # a session of no known day counts as a course
        ([*course_of(date(2026, 11, 1)), *course_of(SPRING), *course_of(AUTUMN)], date(2028, 3, 1)),
    ],
)
def test_a_third_course_in_a_zone_waits_until_the_year_allows_it(
    planned: Callable[..., Schedule], events: list[tuple[date | None, str]], first: date
) -> None:
    found = planned(mesotherapy_session=past(*events))
    assert days(found, "session")[0] == first
    assert ("moved.earlier_courses" in of_kind(found, "session")[0].moved) == (first > ON)


def test_nobody_is_tested_months_before_a_course_that_must_wait(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    earlier = past(*course_of(SPRING), *course_of(AUTUMN))
    found = planned(prescription=prescribed(test="none"), mesotherapy_session=earlier)
    assert days(found, "allergy test") == [date(2028, 3, 1)]


def test_sessions_of_the_course_under_way_are_no_course_before_it(planned: Callable[..., Schedule]) -> None:
    under_way = [(ON - timedelta(days=15), "forehead"), (ON - timedelta(days=55), "forehead")]
    found = planned(done=2, mesotherapy_session=past(*course_of(SPRING), *under_way))
    assert days(found, "session")[0] == ON
    alone = planned(done=2, mesotherapy_session=past(*under_way))
    assert found.next_course_from == alone.next_course_from


def test_the_course_after_this_one_counts_those_before_it(planned: Callable[..., Schedule]) -> None:
    alone = planned().next_course_from
    assert alone is not None
    found = planned(mesotherapy_session=past(*course_of(AUTUMN)))
    assert alone < date(2028, 9, 1) == found.next_course_from  # a year after the autumn's began


@pytest.mark.parametrize(
    "answer",
    [UNKNOWN, AnswerValue("yes", code="yes"), past((None, "forehead"))],
    ids=["unknown", "yes alone", "no day"],
)
def test_earlier_sessions_of_no_known_day_are_asked_about_and_never_taken_for_none(
    planned: Callable[..., Schedule], answer: AnswerValue
) -> None:
    found = planned(mesotherapy_session=answer)
    assert found.asked == ("asked.earlier_sessions",)
    assert found.next_course_from == date(2028, 12, 20)  # as if that course began today


def test_a_course_on_the_scalp_waits_half_a_year_after_the_one_before(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    scalp = prescribed("hair_loss", technique="classical_injection", zone="scalp")
    found = planned(prescription=scalp, tests=(READ_TWICE,), mesotherapy_session=past((AUTUMN, "scalp")))
    assert days(found, "session")[0] == date(2028, 3, 1)
    elsewhere = planned(prescription=scalp, tests=(READ_TWICE,), mesotherapy_session=past((AUTUMN, "forehead")))
    assert days(elsewhere, "session")[0] == ON


def with_number(knowledge: Knowledge, fact: str, **quantity: Any) -> Knowledge:
    """The same knowledge with another number in one fact."""
    found = knowledge.facts[fact]
    resolution = found.resolution.model_copy(update={"quantity": Quantity(**quantity)})
    return replace(knowledge, facts={**knowledge.facts, fact: found.model_copy(update={"resolution": resolution})})


def test_review_and_late_checks_move_off_closed_days(planned: Callable[..., Schedule]) -> None:
    plain = planned()
    late = [one for one in plain.appointments if one.note in ("followup.week_4", "maintenance.review")]
    shut = clinic(closures=tuple((one.day, one.day) for one in late))
    found = {one.note: one for one in planned(at=shut).appointments}
    for one in late:
        assert found[one.note].day == one.day + timedelta(days=1)
        assert found[one.note].moved == ("moved.closure",)


def test_a_clinic_that_never_opens_again_gives_no_dates_but_says_why(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    shut = clinic(closures=((ON, date(2030, 1, 1)),))
    found = planned(at=shut)
    assert (found.sessions, "asked.no_free_day" in found.asked) == ((), True)
    untested = planned(at=shut, prescription=prescribed(test="none"))
    assert untested.asked == ("asked.no_test_day",)
    part = planned(at=clinic(closures=((ON + timedelta(days=20), date(2030, 1, 1)),)))
    assert 0 < len(part.sessions) < part.numbers.sessions
    assert "asked.no_free_day" in part.asked
    notes = {one.note for one in part.appointments}
    assert "followup.day_7" in notes
    assert notes.isdisjoint(
        {"followup.week_4", "followup.week_12", "maintenance.review"}
    )  # the last session is unknown
    assert part.next_course_from is None
    assert not of_kind(part, "maintenance review")


OBSTACLES = st.fixed_dictionaries(
    {
        "weekdays": st.sets(st.integers(0, 6), max_size=3),
        "closures": st.lists(st.tuples(st.integers(0, 150), st.integers(0, 12)), max_size=4),
        "events": st.lists(st.integers(0, 150), max_size=3),
        "wait": st.integers(0, 40),
        "test": st.sampled_from(["none", "negative"]),
        "cycle": st.one_of(st.none(), st.tuples(st.integers(0, 27), st.integers(21, 35), st.integers(2, 8))),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(OBSTACLES)
def test_whatever_stands_in_the_way_sessions_keep_their_distance_and_every_forbidden_day(
    knowledge: Knowledge,
    planned: Callable[..., Schedule],
    prescribed: Callable[..., Prescription],
    obstacles: dict[str, Any],
) -> None:
    closures = tuple(
        (ON + timedelta(days=start), ON + timedelta(days=start + length)) for start, length in obstacles["closures"]
    )
    events = [ON + timedelta(days=n) for n in obstacles["events"]]
    eligible = ON + timedelta(days=obstacles["wait"])
    cycle: dict[str, Any] = {}
    if obstacles["cycle"] is not None:
        ago, length, bleeding = obstacles["cycle"]
        start = ON - timedelta(days=ago)
        cycle = {"menstruates": "yes", "menstruation_start": start, "cycle_regular": "yes"}
        cycle |= {"cycle_length_days": length, "bleeding_days": bleeding}
    at = clinic(tuple(obstacles["weekdays"]), closures)
    found = planned(
        at=at, prescription=prescribed(eligible=eligible, test=obstacles["test"]), planned_events=events, **cycle
    )
    sessions = days(found, "session")
    recovery = int(knowledge.days("recovery.days"))
    assert all((after - before).days >= found.numbers.interval_minimum_days for before, after in pairwise(sessions))
    for day in sessions:
        assert day >= eligible
        assert day.weekday() not in obstacles["weekdays"]
        assert not any(first <= day <= last for first, last in closures)
        assert not any(event - timedelta(days=recovery) <= day <= event for event in events)
        if cycle:
            ahead = (day - start).days % length
            assert 3 < ahead < length - 3
            assert ahead >= bleeding
    readings = of_kind(found, "reading")
    if sessions and obstacles["test"] == "none":
        assert readings[-1].last_day <= sessions[0]
    assert [one.day for one in found.appointments] == sorted(one.day for one in found.appointments)


def test_the_goal_with_the_most_sessions_decides_and_its_range_is_kept(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    one = course_numbers(knowledge, client("wrinkles"), prescribed("wrinkles"))
    assert (one.sessions, one.sessions_low, one.sessions_high, one.deciding_indication) == (5, 4, 6, "wrinkles")
    both = course_numbers(knowledge, client(), prescribed("wrinkles", "scars"))
    low, high = knowledge.limits("course.sessions_scars", "sessions")
    assert (both.sessions_low, both.sessions_high, both.deciding_indication) == (low, high, "scars")
    assert both.sessions_low <= both.sessions <= both.sessions_high
    assert both == course_numbers(knowledge, client(), prescribed("scars", "wrinkles"))


def test_where_nothing_is_prescribed_the_wished_goals_still_tell_sessions_and_interval(
    knowledge: Knowledge, client: Callable[..., Intake]
) -> None:
    nothing = Prescription((), (), (), (), None, None, (), True)
    found = schedule(knowledge, clinic(), client("scars"), screened(), nothing)
    assert found.numbers.deciding_indication == "scars"
    assert found.numbers.interval_days >= found.numbers.interval_minimum_days == 10
    assert (found.appointments, found.asked) == ((), ("asked.first_date",))


def test_a_goal_without_a_sourced_number_of_sessions_is_asked_about(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    goal = knowledge.indications["wrinkles"]
    bare = replace(knowledge, indications={**knowledge.indications, "wrinkles": goal.model_copy(update={"facts": {}})})
    found = course_numbers(bare, client(), prescribed())
    assert (found.sessions, found.deciding_indication, found.asked) == (0, None, ("asked.sessions",))
    assert found.interval_days >= found.interval_minimum_days > 0


@pytest.mark.parametrize(
    ("goal", "sessions", "wanted", "note"),
    [("scars", 5, (5, 4, 12), "basis.within_sources"), ("cellulite", 6, (6, 6, 6), "basis.practitioner")],
)
def test_what_the_practitioner_decided_is_the_number_of_sessions_and_said_to_be_so(
    goal: str,
    sessions: int,
    wanted: tuple[int, int, int],
    note: str,
    knowledge: Knowledge,
    client: Callable[..., Intake],
    prescribed: Callable[..., Prescription],
) -> None:
    intake = replace(client(goal), goals=(GoalAnswer(goal, ("forehead",), sessions),))
    found = course_numbers(knowledge, intake, prescribed(goal))
    assert (found.sessions, found.sessions_low, found.sessions_high) == wanted
    assert (found.deciding_indication, found.asked) == (goal, ())
    assert dict(found.bases)["sessions"] == Basis("intake", f"goals: {goal}: sessions", note)


def test_a_goal_decided_to_need_fewer_sessions_does_not_outweigh_one_that_needs_more(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    plain = course_numbers(knowledge, client("wrinkles"), prescribed("wrinkles"))
    goals = (GoalAnswer("scars", ("forehead",), 4), GoalAnswer("wrinkles", ("forehead",)))
    found = course_numbers(knowledge, replace(client(), goals=goals), prescribed("scars", "wrinkles"))
    assert (found.deciding_indication, found.sessions) == ("wrinkles", plain.sessions)


def test_a_minimum_in_hours_is_rounded_up_to_days_and_lengthens_the_interval_where_it_must(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    def minimum(hours: float) -> Knowledge:
        return with_number(knowledge, "interval.minimum", min=hours, unit="h")

    assert course_numbers(minimum(250.0), client(), prescribed()).interval_minimum_days == 11
    longer = course_numbers(minimum(24.0 * 40), client(), prescribed())
    assert (longer.interval_days, longer.interval_minimum_days) == (40, 40)


def test_without_a_usable_product_there_is_nothing_to_test_and_no_date(
    planned: Callable[..., Schedule], prescribed: Callable[..., Prescription]
) -> None:
    found = planned(prescription=prescribed(product=None))
    assert found.appointments == ()
    assert "asked.first_date" in found.asked
    unlisted = replace(prescribed(product=None), products=())
    assert days(planned(prescription=unlisted), "session")


def test_what_sources_report_of_a_goal_without_a_number_is_shown_and_never_taken_over(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    undecided = course_numbers(knowledge, client("cellulite"), prescribed("cellulite"))
    shown = ("sessions_reported", Basis("fact", "course.sessions_cellulite", "basis.reported"))
    assert (undecided.sessions, undecided.asked) == (0, ("asked.sessions",))
    assert shown in undecided.bases
    intake = replace(client(), goals=(GoalAnswer("cellulite", ("forehead",), 4),))
    decided = course_numbers(knowledge, intake, prescribed("cellulite"))
    assert decided.sessions == 4
    assert shown in decided.bases
    assert shown not in course_numbers(knowledge, client("scars"), prescribed("scars")).bases
