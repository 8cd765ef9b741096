"""The whole line from the example intake and clinic to a course, and its calendar file."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import mesoplan.intake
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.clinic.tighten import tighten
from mesoplan.course.earlier import earlier_courses, own_days
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
