"""The client's page shows where the line stands and one main button: what comes next."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes.allergy import place
from mesoplan_clinic.intakes.services import begin
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.screenings.services import screen
from mesoplan_clinic.visits.services import start_session
from web.treating import ON, PRODUCT, consent, ready, set_day, sign_answers, signed_session


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    set_day(monkeypatch, ON)


@pytest.fixture
def next_of(browser, maria):
    def read(role: Role = Role.PHYSICIAN) -> tuple[str, list[str]]:
        text = browser(role).get(reverse("client", args=[maria.pk])).content.decode()
        buttons = re.findall(r'<(?:a|button) class="(?:button )?main"[^>]*>([^<]*)<', text)
        return " | ".join(buttons), re.findall(r'<li class="tone-(\w+)"><span class="sign"', text)

    return read


def test_the_one_main_button_leads_a_client_from_answers_to_the_session(next_of, maria, member):
    seen = [next_of()]
    intake = begin(maria, member())
    seen.append(next_of())
    intake.delete()
    intake = sign_answers(maria, ON)
    seen.append(next_of())
    screen(intake, member(), ON)
    seen.append(next_of())
    plan = plans.plan_course(plans.open_course(maria, member()), intake, member(), ON)
    seen.append(next_of())
    consent(plan.course, plan)
    seen.append(next_of())
    assert [button for button, _ in seen] == [
        "Ask the client",
        "Go on with the answers",
        "Screen the client",
        "Plan the course",
        "Read and sign the consent",
        "Open the course",  # the allergy test is still missing
    ]
    assert seen[0][1] == ["left_out"] * 5
    assert seen[-1][1] == ["treat", "treat", "treat", "treat", "left_out"]


def test_a_session_is_started_and_gone_on_with_from_the_main_button(next_of, maria, member):
    case = ready(maria, member())
    assert next_of() == ("Start session 1", ["treat"] * 5)
    assert next_of(Role.ASSISTANT)[0] == ""
    start_session(case.course, member())
    assert next_of()[0] == "Go on with the session"


def test_on_another_day_nothing_is_shown_as_done_for_it_and_the_visit_begins_with_the_answers(
    next_of, maria, member, monkeypatch
):
    ready(maria, member())
    set_day(monkeypatch, ON + timedelta(days=1))
    button, tones = next_of()
    assert button == "Ask for today’s visit"
    assert tones == ["defer", "defer", "defer", "left_out", "left_out"]


def test_after_a_session_the_follow_up_that_is_due_comes_first(next_of, maria, member, monkeypatch):
    signed_session(ready(maria, member()))
    set_day(monkeypatch, ON + timedelta(days=1))
    assert next_of()[0] == "Enter what was found"


def test_answers_that_allow_no_treatment_lead_to_the_screening_that_says_why(next_of, maria, member):
    screen(sign_answers(maria, ON, pregnancy=True), member(), ON)
    button, tones = next_of()
    assert button == "Read the screening" and tones[1] == "no"


def test_once_todays_session_is_recorded_nobody_is_sent_to_screen_or_plan_again(next_of, maria, member):
    signed_session(ready(maria, member()))
    assert next_of() == ("Open the course", ["treat"] * 5)


def since(client, by, what: str) -> None:
    if what == "newer answers":
        sign_answers(client, ON, 2, pregnancy="yes")
    elif what == "a test":
        place(client, by, PRODUCT, ON, "topical")
    else:
        Screening.objects.filter(client=client).update(knowledge_version="of an older edition")


@pytest.mark.parametrize("what", ["newer answers", "a test", "another knowledge"])
def test_what_changes_after_todays_session_ends_its_screening_all_the_same(next_of, maria, member, what):
    signed_session(ready(maria, member()))
    since(maria, member(), what)
    button, tones = next_of()
    assert tones[1] == "defer"  # nothing is shown as screened today that was not
    assert button == "Plan anew for today"


@pytest.mark.parametrize("days", [0, 1], ids=["on the day of the session", "a day later"])
@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.ASSISTANT])
def test_beside_a_broken_record_the_main_button_leads_to_what_to_do_and_not_on(
    next_of, maria, member, browser, monkeypatch, days, role
):
    """Whichever course is broken: none is gone on with."""
    case = ready(maria, member())
    signed_session(case)
    plans.plan_course(plans.open_course(maria, member()), case.intake, member(), ON)
    CourseEntry.objects.filter(course=case.course, number=2).update(hash="0" * 64)
    set_day(monkeypatch, ON + timedelta(days=days))
    button, tones = next_of(role)
    assert button == "Read which record it is and what to do" and tones[-1] == "no"
    text = browser(role).get(reverse("client", args=[maria.pk])).text
    assert f'<a class="button main" href="{reverse("course", args=[maria.pk, case.course.pk])}"' in text
    assert "Plan anew" not in text and "Plan a course" not in text and "restores the last backup" in text
