"""Moving a session: the days that are offered, and why a day is not one of them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

import mesoplan.intake
from mesoplan.clinic.load import load_clinic
from mesoplan.course.schedule import days_for_session, why_no_session
from mesoplan.intake.parse import read_intake
from mesoplan.knowledge.load import load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.prescription.choices import Choices
from mesoplan.surface.build import build_surface

EXAMPLE = Path(mesoplan.intake.__file__).parent / "example.yaml"
KNOWLEDGE = load()
CLINIC = load_clinic("example", KNOWLEDGE)


@cache
def plan(days: tuple[tuple[int, date], ...] = ()) -> Plan:
    intake = read_intake(EXAMPLE, KNOWLEDGE)
    choices = Choices(days=days)
    return make_plan(KNOWLEDGE, CLINIC, intake, build_surface(), on=intake.visit_date, language="en", choices=choices)


def why(number: int, day: date, days: dict[int, date] | None = None) -> tuple[str, ...]:
    made = plan()
    return why_no_session(KNOWLEDGE, CLINIC, made.intake, made.screening, made.prescription, number, day, days)


@pytest.mark.parametrize(
    ("number", "day", "reason"),
    [
        (1, date(2026, 11, 20), "day.too_early"),
        (2, date(2026, 11, 28), "day.too_close"),
        (2, date(2032, 1, 5), "day.too_late"),
        (2, date(2026, 12, 13), "moved.weekday"),
        (2, date(2026, 12, 11), "moved.menstruation"),
        (3, date(2026, 12, 31), "moved.event"),
        (4, date(2027, 1, 2), "moved.closure"),
        (9, date(2027, 1, 5), "day.no_such_session"),
        (0, date(2027, 1, 5), "day.no_such_session"),
    ],
)
def test_a_day_that_is_not_possible_says_why(number: int, day: date, reason: str) -> None:
    assert reason in why(number, day)


def test_the_planned_days_are_possible_themselves() -> None:
    for one in plan().course.appointments:
        if one.kind == "session":
            assert why(one.number, one.day) == ()


def test_the_days_offered_are_exactly_those_that_are_possible() -> None:
    made = plan()
    around = date(2026, 12, 12)
    offered = days_for_session(
        KNOWLEDGE, CLINIC, made.intake, made.screening, made.prescription, 2, around=around, count=8
    )
    assert len(offered) == 8
    span = [around + timedelta(days=shift) for shift in range(-40, 41)]
    possible = sorted(
        (day for day in span if not why(2, day)), key=lambda day: (abs((day - around).days), around > day)
    )
    assert set(offered) == set(possible[:8])
    for day in offered:
        kept = plan(((2, day),))
        assert [one.day for one in kept.course.appointments if one.kind == "session"][1] == day


def test_the_sessions_moved_before_it_count() -> None:
    assert why(3, date(2026, 12, 23)) == ()
    assert "day.too_close" in why(3, date(2026, 12, 23), {2: date(2026, 12, 19)})


def test_nothing_is_offered_for_a_session_that_is_not_to_come() -> None:
    made = plan()
    none = days_for_session(
        KNOWLEDGE, CLINIC, made.intake, made.screening, made.prescription, 7, around=made.on, count=8
    )
    assert none == ()
