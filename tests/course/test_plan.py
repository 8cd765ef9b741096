"""The whole line from the example intake and clinic to a course, and its calendar file."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mesoplan.intake
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.clinic.tighten import tighten
from mesoplan.course.earlier import _runs, another_course_from, earlier_courses, own_days
from mesoplan.course.model import Course
from mesoplan.course.numbers import course_numbers
from mesoplan.course.plan import plan_course
from mesoplan.intake.model import AnswerValue, EventAnswer, Intake
from mesoplan.intake.parse import parse_text
from mesoplan.knowledge.load import Knowledge
from mesoplan.layout.solve import solve
from mesoplan.prescription.model import Prescription
from mesoplan.prescription.target import prescribe
from mesoplan.screening.engine import Screener
from mesoplan.surface import build_surface


@pytest.fixture(scope="module")
def example(knowledge: Knowledge) -> Clinic:
    return load_clinic("example", knowledge)


@pytest.fixture(scope="module")
def example_plan(knowledge: Knowledge, example: Clinic, intake: Intake) -> tuple[Intake, Prescription]:
    return intake, course(knowledge, example, intake)[0]


@pytest.fixture(scope="module")
def intake(knowledge: Knowledge) -> Intake:
    text = Path(str(mesoplan.intake.__file__)).with_name("example.yaml").read_text(encoding="utf-8")
    return parse_text(text, knowledge)


def course(
    knowledge: Knowledge, clinic: Clinic | None, intake: Intake, on: date | None = None
) -> tuple[Prescription, Course]:
    known = tighten(knowledge, clinic)
    day = on or intake.visit_date
    assert day is not None
    screening = Screener(known).screen(intake, day)
    prescription = prescribe(known, clinic, intake, screening, build_surface())
    layout = solve(known, clinic, prescription, course_numbers(known, intake, prescription).sessions)
    return prescription, plan_course(known, clinic, intake, screening, prescription, layout)


def test_the_examples_course_has_its_sessions_on_open_days_and_a_quote(
    knowledge: Knowledge, example: Clinic, intake: Intake
) -> None:
    prescription, found = course(knowledge, example, intake)
    assert not prescription.provisional
    sessions = [one.day for one in found.appointments if one.kind == "session"]
    assert len(sessions) == found.sessions
    assert all(day.weekday() not in example.closed_weekdays for day in sessions)
    assert found.quote is not None
    assert found.quote.sessions == found.sessions


def test_restrictions_are_day_by_day_the_union_of_every_sessions_own(
    knowledge: Knowledge, example: Clinic, intake: Intake
) -> None:
    _, found = course(knowledge, example, intake)
    expected: dict[str, set[date]] = defaultdict(set)
    for ban in knowledge.bans.values():
        before = 0 if ban.before is None else round(knowledge.days(ban.before))
        after = 1 if ban.after is None else max(1, -int(-knowledge.days(ban.after) // 1))
        for one in found.appointments:
            if one.kind == "session":
                expected[ban.id] |= {one.day + timedelta(days=n) for n in range(-before, after)}
    held: dict[str, set[date]] = defaultdict(set)
    for one in found.restrictions:
        held[one.ban] |= {one.first_day + timedelta(days=n) for n in range((one.free_from - one.first_day).days)}
    assert held == expected


def test_without_a_clinic_there_are_dates_but_no_price(knowledge: Knowledge, intake: Intake) -> None:
    _, found = course(knowledge, None, intake)
    assert found.quote is None
    assert found.appointments
    assert "asked.clinic_days" in found.asked


def test_a_pregnant_client_gets_numbers_but_neither_dates_nor_price(
    knowledge: Knowledge, example: Clinic, intake: Intake
) -> None:
    pregnant = replace(intake.answers["pregnancy"], state="yes", code="yes")
    prescription, found = course(knowledge, example, replace(intake, answers={**intake.answers, "pregnancy": pregnant}))
    assert prescription.zones == ()
    assert (found.appointments, found.restrictions, found.quote, found.provisional) == ((), (), None, True)
    assert found.sessions > 0
    assert "asked.first_date" in found.asked


def test_the_restrictions_of_the_session_before_are_merged_in(
    knowledge: Knowledge, example: Clinic, intake: Intake
) -> None:
    assert intake.visit_date is not None
    last = intake.visit_date - timedelta(days=11)
    done = AnswerValue("yes", events=(EventAnswer(last, "", ("anywhere",)),))
    answers = {**intake.answers, "mesotherapy_session": done}
    _, found = course(knowledge, example, replace(intake, sessions_done=1, answers=answers))
    sun = next(one for one in found.restrictions if one.ban == "sun")
    assert 1 in sun.sessions
    assert sun.first_day < last
    assert min(one.number for one in found.appointments if one.kind == "session") == 2


def test_sessions_of_another_course_between_those_of_this_one_are_not_taken_for_its_own(
    knowledge: Knowledge, example: Clinic, intake: Intake
) -> None:
    """The latest day named is another course's: where a record tells this one's days, dates count from them."""
    assert intake.visit_date is not None
    own, between = (intake.visit_date - timedelta(days=days) for days in (15, 11))
    events = (EventAnswer(own, "", ("forehead",)), EventAnswer(between, "", ("chin",)))
    answers = {**intake.answers, "mesotherapy_session": AnswerValue("yes", events=events)}
    guessed = replace(intake, sessions_done=1, answers=answers)
    told = replace(guessed, course_days=(own,))
    assert (own_days(guessed), own_days(told)) == ((between,), (own,))
    assert own_days(replace(told, sessions_done=2, course_days=(between,))) == (own, between)
    first = {
        name: min(one.day for one in course(knowledge, example, said)[1].appointments if one.kind == "session")
        for name, said in (("guessed", guessed), ("told", told))
    }
    assert first["told"] < first["guessed"]
    assert [one.start for one in earlier_courses(knowledge, told, "chin", intake.visit_date)] == [between]
    assert earlier_courses(knowledge, told, "forehead", intake.visit_date) == ()


@given(
    days=st.lists(st.integers(1, 150), min_size=1, max_size=6, unique=True),
    zones=st.lists(
        st.sampled_from([("forehead",), ("chin",), ("forehead", "chin"), ("anywhere",)]), min_size=6, max_size=6
    ),
    done=st.integers(1, 4),
    most=st.integers(1, 3),
)
def test_sessions_that_may_be_another_courses_allow_nothing_earlier_than_any_way_to_read_them(
    knowledge: Knowledge, example_plan: tuple[Intake, Prescription], days: list[int], zones: Any, done: int, most: int
) -> None:
    """Which of the sessions that followed each other were this course's is not said: every choice is tried."""
    intake, prescription = example_plan
    assert intake.visit_date is not None
    on = intake.visit_date
    events = tuple(
        EventAnswer(on - timedelta(days=ago), "", where)
        for ago, where in zip(sorted(days, reverse=True), zones, strict=False)
    )
    answers = {**intake.answers, "mesotherapy_session": AnswerValue("yes", events=events)}
    typed = replace(intake, sessions_done=done, answers=answers)
    run = _runs(knowledge, [one.date for one in events if one.date])[-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Knowledge, "limits", lambda *_: (None, float(most)))
        found = another_course_from(knowledge, typed, prescription, on, on)
        for own in combinations(run, done):
            told = replace(typed, course_days=own)
            careful = another_course_from(knowledge, told, prescription, on, on)
            assert careful is None or (found is not None and found >= careful)


def test_a_session_of_another_course_that_surely_followed_begins_no_earlier_for_what_may_be_its_own(
    knowledge: Knowledge, example_plan: tuple[Intake, Prescription]
) -> None:
    """Of two sessions before the record one was this course's: the earlier one as well as the later."""
    intake, prescription = example_plan
    on = date(2026, 6, 1)
    first, second, recorded, between = date(2026, 4, 2), date(2026, 4, 29), date(2026, 5, 10), date(2026, 5, 13)
    events = tuple(EventAnswer(day, "", ("forehead",)) for day in (first, second, recorded, between))
    answers = {**intake.answers, "mesotherapy_session": AnswerValue("yes", events=events)}
    typed = replace(intake, sessions_done=2, answers=answers, course_days=(recorded,))

    def starts(asked: Intake) -> list[date]:
        return [one.start for one in earlier_courses(knowledge, asked, "forehead", on)]

    either = [starts(replace(typed, course_days=(own, recorded))) for own in (first, second)]
    assert either == [[second], [first, between]]
    assert starts(typed) == [first, between]
    found = another_course_from(knowledge, typed, prescription, on, on + timedelta(days=10))
    assert found == date(2027, 5, 13)


def test_a_session_that_may_be_another_courses_counts_for_the_courses_of_a_year(
    knowledge: Knowledge, intake: Intake
) -> None:
    assert intake.visit_date is not None
    own, between, long_ago = (intake.visit_date - timedelta(days=days) for days in (15, 11, 200))
    events = (
        EventAnswer(long_ago, "", ("chin",)),
        EventAnswer(own, "", ("forehead",)),
        EventAnswer(between, "", ("chin",)),
    )
    answers = {**intake.answers, "mesotherapy_session": AnswerValue("yes", events=events)}

    def starts(zone: str, done: int) -> list[date]:
        typed = replace(intake, sessions_done=done, answers=answers)
        return [one.start for one in earlier_courses(knowledge, typed, zone, typed.visit_date)]

    assert (starts("chin", 1), starts("forehead", 1)) == ([long_ago, between], [own])
    assert (starts("chin", 2), starts("forehead", 2)) == ([long_ago], [])


def test_the_second_session_can_be_done_on_the_day_that_the_first_plan_gave_it(
    knowledge: Knowledge, example: Clinic, intake: Intake
) -> None:
    weekdays = example.model_copy(update={"opening_weekdays": example.opening_weekdays[:5], "closed": ()})
    _, ahead = course(knowledge, weekdays, intake)
    first, second = [one.day for one in ahead.appointments if one.kind == "session"][:2]
    assert (second - first).days < ahead.interval_days  # moved forward: the ordinary day is not free
    done = AnswerValue("yes", events=(EventAnswer(first, "", ("anywhere",)),))
    later = replace(intake, visit_date=second, sessions_done=1, answers={**intake.answers, "mesotherapy_session": done})
    _, found = course(knowledge, weekdays, later)
    assert next(one.day for one in found.appointments if one.kind == "session") == second
