"""The straight line through the database: answers, screening, plan, session record."""

from datetime import timedelta

import pytest
import yaml
from django.utils import timezone

from mesoplan.record.enter import cover_limit, enter_session
from mesoplan.record.planned import planned_session
from mesoplan.record.session_file import parse_session
from mesoplan.record.template import session_template
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.intakes.models import AllergyTest
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.book import BrokenRecord, CourseBook, record
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.screenings import services as screenings
from web.line import ON, signed


@pytest.fixture
def cleared(maria, member):
    return signed(maria)


def test_signed_answers_are_screened_as_the_core_screens_them(cleared, member):
    row = screenings.screen(cleared, member(), ON)
    found = screenings.found_in(row)
    assert (row.headline, row.may_treat, row.on) == (found.headline.value, found.may_treat, ON)
    assert row.may_treat
    assert screenings.clearance(cleared.client, ON) == row


def test_a_clearance_does_not_outlive_its_day_newer_answers_or_an_allergy_test(cleared, member):
    row = screenings.screen(cleared, member(), ON)
    assert screenings.why_stale(row, ON + timedelta(days=1)) == "another_day"
    test = AllergyTest(client=cleared.client, made_at=timezone.now(), product="gel", placed_on=ON, method="topical")
    test.readings = []
    test.save()
    assert screenings.why_stale(row, ON) == "answers_changed"
    test.delete()
    assert screenings.why_stale(row, ON) is None
    signed(cleared.client, 2, pregnancy="yes")
    assert screenings.why_stale(row, ON) == "newer_answers"
    assert screenings.clearance(cleared.client, ON) is None


def test_a_pregnant_client_has_no_clearance(maria, member):
    row = screenings.screen(signed(maria, pregnancy="yes"), member(), ON)
    assert not row.may_treat
    assert screenings.clearance(maria, ON) is None


def test_a_course_is_planned_and_planned_again(cleared, member):
    course = plans.open_course(cleared.client, member())
    first = plans.plan_course(course, cleared, member(), ON)
    assert first.number == 1 and first.may_treat
    assert plans.core_plan(first).intake.client.name == "Maria Example"
    assert plans.plan_course(course, cleared, member(), ON).number == 2


def test_the_record_in_the_database_is_the_cores_chain_and_tampering_shows(cleared, member):
    clinic = cleared.client.clinic
    course = plans.open_course(cleared.client, member())
    plan = plans.core_plan(plans.plan_course(course, cleared, member(), ON))
    knowledge = knowledge_of(clinic)
    text = session_template(planned_session(plan), 1, knowledge.words("en"))
    data = yaml.safe_load(text) | {"date": ON.isoformat(), "practitioner": "K", "reactions": ["none"]}
    delivered = parse_session(data, knowledge, "session")
    book = CourseBook(course, member())
    limit = cover_limit(knowledge)
    entry, _ = enter_session(book, plan, folder_of(clinic), delivered, 1, place="session", cover_limit=limit)
    assert [one.kind for one in record(course).entries] == ["course", "session"]
    assert entry.hash == CourseEntry.objects.get(number=2).hash
    row = CourseEntry.objects.get(number=2)
    row.body = {**row.body, "notes": "changed"}
    row.save()
    with pytest.raises(BrokenRecord, match="entry 2"):
        record(course)
