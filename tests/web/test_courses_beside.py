"""Two open courses of one client: what was done in one counts in the other, by the core's own rules, and is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.owner.models import Rescreening
from mesoplan_clinic.owner.rescreen import judge_client, rescreen
from mesoplan_clinic.owner.templatetags.owner_words import finding_words
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.beside import beside
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.screenings.services import found_in, latest, screen, why_stale
from mesoplan_clinic.screenings.shown import answers_then
from mesoplan_clinic.visits.clearance import why_not
from web.line import raw
from web.treating import ON, consent, ready, set_day, sign_answers, signed_session

CHIN = [{"indication": "rejuvenation", "zones": ["chin"]}]
LATER = ON + timedelta(days=4)
RULE = "mesotherapy_session.interval"


@pytest.fixture
def first(maria, member, monkeypatch):
    """A course of which a session was carried out on ON."""
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    signed_session(case)
    return case


def zones_of(plan) -> set[str]:
    return {zone.zone for zone in plans.core_plan(plan).prescription.zones}


def opened(first, day, **answers):
    """Open another course on a day, planned from answers signed that day; return it with its plan."""
    intake = sign_answers(first.client, day, 2, **answers)
    course = plans.open_course(first.client, first.member)
    return course, plans.plan_course(course, intake, first.member, day), intake


def test_a_session_of_one_course_defers_the_same_zones_of_another_by_the_rule_of_the_least_interval(first, monkeypatch):
    set_day(monkeypatch, LATER)
    assert raw()["answers"]["mesotherapy_session"] != "unknown"
    course, plan, _intake = opened(first, LATER)
    deferred = [one for one in plans.core_plan(plan).screening.findings if one.id.startswith(RULE)]
    assert {one.zone for one in deferred} == zones_of(first.plan)
    knowledge = knowledge_of(first.client.clinic)
    least = max(knowledge.fact_quantity("interval.minimum").high or 0, knowledge.days("interval.minimum"))
    assert {one.until for one in deferred} == {ON + timedelta(days=least)}
    assert not plan.session_ready
    consent(course, plan)
    assert why_not(course, LATER)


def test_without_the_other_session_nothing_is_deferred(maria, member, monkeypatch):
    set_day(monkeypatch, LATER)
    case = ready(maria, member(), sign_answers(maria, LATER))
    plan = plans.plan_course(plans.open_course(maria, member()), case.intake, member(), LATER)
    assert [one for one in plans.core_plan(plan).screening.findings if one.id.startswith(RULE)] == []


def test_a_course_in_other_zones_is_not_held_back_and_its_sessions_are_not_taken_for_those_of_this_one(
    first, monkeypatch
):
    set_day(monkeypatch, LATER)
    course, plan, intake = opened(first, LATER, goals=CHIN)
    assert zones_of(plan) and not zones_of(plan) & zones_of(first.plan)
    assert beside(course, plans.core_plan(plan)) == []
    assert [one for one in plans.core_plan(plan).screening.findings if one.id.startswith(RULE)] == []
    signed = consent(course, plan)
    assert why_not(course, LATER) == ()
    signed_session(replace(first, intake=intake, course=course, plan=plan, consent=signed))
    again = ON + timedelta(days=17)
    set_day(monkeypatch, again)
    newest = sign_answers(first.client, again, 3)
    mine = plans.core_plan(plans.plan_course(first.course, newest, first.member, again))
    assert (mine.intake.course_days, mine.course.sessions_done) == ((ON,), 1)
    assert {one.date for one in mine.intake.answers["mesotherapy_session"].events} >= {ON, LATER}


def test_the_first_course_sees_nothing_of_itself_as_of_another(first):
    answers = plans.answers_for(first.client, first.intake, first.course)
    assert answers.intake_hash == plans.answers_for(first.client, first.intake, first.course).intake_hash
    assert all(one.date != ON for one in answers.answers["mesotherapy_session"].events)


def test_a_session_signed_in_one_course_makes_the_other_ones_plan_to_be_made_anew(maria, member, monkeypatch):
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    other = plans.open_course(maria, member())
    plan = plans.plan_course(other, case.intake, member(), ON)
    consent(other, plan)
    assert why_not(other, ON) == ()
    signed_session(case)
    assert {"answers_changed", "other_session"} <= set(why_not(other, ON))


def test_pages_of_plan_date_and_session_name_the_other_course_its_zones_and_its_days(
    maria, member, browser, monkeypatch
):
    from mesoplan_clinic.visits.services import start_session

    set_day(monkeypatch, ON)
    case = ready(maria, member())
    other = plans.open_course(maria, member(), technique="fractional_stamp")
    plans.plan_course(other, case.intake, member(), ON)
    [found] = beside(case.course, plans.core_plan(case.plan))
    assert found.course == other and "stamp" in found.technique.lower()
    assert found.done == () and found.coming and found.close and found.least > 0
    session = start_session(case.course, case.member)
    number = plans.core_plan(case.plan).course.sessions_done + 1
    for path in (
        reverse("course", args=[maria.pk, case.course.pk]),
        reverse("course_move", args=[maria.pk, case.course.pk, number]),
        reverse("session_step", args=[maria.pk, session.pk, "identity"]),
    ):
        page = browser(Role.PHYSICIAN).get(path)
        assert page.status_code == 200
        assert "Another open course of this client treats the same zones" in page.text, path
        assert "Closer than this plan’s least interval" in page.text
        assert reverse("course", args=[maria.pk, other.pk]) in page.text


def test_a_closed_course_is_not_named_and_its_sessions_still_count(first, monkeypatch):
    first.course.state = "closed"
    first.course.save()
    set_day(monkeypatch, LATER)
    course, plan, _intake = opened(first, LATER)
    assert beside(course, plans.core_plan(plan)) == []
    assert any(one.id.startswith(RULE) for one in plans.core_plan(plan).screening.findings)


def deferred(found) -> set[tuple[str, object]]:
    return {(one.zone, one.until) for one in found.findings if one.id.startswith(RULE)}


def test_a_screening_of_its_own_tells_what_a_plan_of_that_day_tells_of_recorded_sessions(first, monkeypatch, browser):
    """Of the course planned anew and of another one alike."""
    set_day(monkeypatch, LATER)
    _course, plan, intake = opened(first, LATER)
    again = plans.core_plan(plans.plan_course(first.course, intake, first.member, LATER)).screening
    row = screen(intake, first.member, LATER)
    found = found_in(row)
    assert deferred(found) and deferred(found) == deferred(again) == deferred(plans.core_plan(plan).screening)
    assert {one.id for one in found.findings} == {one.id for one in again.findings}
    assert (found.headline, found.may_treat, found.eligible_from) == (again.headline, False, again.eligible_from)
    assert why_stale(row, LATER) is None
    page = browser(Role.PHYSICIAN).get(reverse("screening", args=[first.client.pk])).text
    assert "23 November 2026" in page and "It was made for another day" not in page


def test_a_screening_no_longer_holds_once_a_session_is_recorded_after_it(maria, member, monkeypatch):
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    row = screen(case.intake, member(), ON)
    assert why_stale(row, ON) is None and not deferred(found_in(row))
    signed_session(case)
    assert why_stale(row, ON) == "answers_changed"
    assert deferred(found_in(screen(case.intake, member(), ON)))


def test_an_earlier_screening_is_shown_without_the_sessions_that_came_after_it(first, browser, monkeypatch):
    early = screen(first.intake, first.member, ON - timedelta(days=1))
    assert first.course.sessions.count() == 1
    then = answers_then(early).answers["mesotherapy_session"]
    assert ON not in {one.date for one in then.events}
    early.on = LATER
    assert ON in {one.date for one in answers_then(early).answers["mesotherapy_session"].events}


def test_a_screening_made_with_a_plan_holds_that_day_until_the_record_adds_a_session(first, monkeypatch):
    set_day(monkeypatch, LATER)
    opened(first, LATER)
    newest = latest(first.client)
    assert why_stale(newest, LATER) is None
    assert found_in(newest).intake_hash == newest.basis


# -- screening open plans again


def test_screening_again_counts_another_courses_session_as_a_plan_made_anew_does(maria, member, monkeypatch):
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    other = plans.open_course(maria, member())
    plan = plans.plan_course(other, case.intake, member(), ON)
    assert judge_client(maria) == []
    signed_session(case)
    assert judge_client(maria) == [plan]  # not the course's own plan, which goes on from its session
    plan.refresh_from_db()
    anew = plans.plan_course(other, case.intake, member(), ON)
    assert {name.partition("@")[0] for name in plan.affected} == {RULE}
    assert set(plan.affected) <= {one.id for one in plans.core_plan(anew).screening.findings}
    assert judge_client(maria) == []


@pytest.mark.parametrize("beside", [False, True], ids=["an only course", "another course beside it"])
def test_every_plan_of_a_client_with_a_broken_record_is_to_be_looked_at_for_that(first, member, beside):
    courses = [first.course]
    if beside:
        courses.append(plans.open_course(first.client, member()))
        plans.plan_course(courses[-1], first.intake, member(), ON)
    assert judge_client(first.client) == []
    CourseEntry.objects.filter(course=first.course, number=2).update(hash="0" * 64)
    found = judge_client(first.client)
    assert {plan.course for plan in found} == set(courses)
    assert [plan.affected for plan in found] == [["record_broken"]] * len(courses)
    plan = found[0]
    with translation.override("ru"):
        assert finding_words(plan) == "журнал курса не соответствует записанному"


def test_screening_again_asks_the_database_no_more_for_ten_plans_than_for_two(clinic, member, monkeypatch):
    set_day(monkeypatch, ON)
    asked = []
    for number in range(10):
        client = enter_client(clinic, name=f"Client {number}", identifier=f"N-{number}", birth_date="1984-03-12")
        intake = sign_answers(client, ON)
        for _ in range(2):
            plans.plan_course(plans.open_course(client, member()), intake, member(), ON)
        if number in (0, 9):
            now = timezone.now()
            run = Rescreening.objects.create(clinic=clinic, started_at=now, beat_at=now, knowledge_version="x", total=1)
            with CaptureQueriesContext(connection) as found:
                rescreen(run)
            asked.append(len(found))
    assert asked[0] == asked[1]
