"""A course's record that was tampered with: every page of its client opens or refuses in words, none plans over it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mesoplan_clinic.accounts.roles import TABLE, May, Role
from mesoplan_clinic.administration.check import check_all
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.outcomes.services import record_outcome
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.book import BrokenRecord, broken_records, broken_records_of, entries_of
from mesoplan_clinic.plans.models import Course, CourseEntry, Plan
from mesoplan_clinic.visits.models import Session as SessionRow
from web.conftest import sent
from web.test_routes import DECLARED, address, declared, rows_of_everything
from web.treating import ON, Session, ready, set_day, signed_session, worked

WORDS = "not as it was written"
PLANNING = ("course_new", "course_replan", "course_choose", "course_photo", "course_move")


@pytest.fixture(autouse=True)
def _that_day(monkeypatch):
    set_day(monkeypatch, ON)


def alter(entry: CourseEntry) -> None:
    entry.body = {**entry.body, "by": "somebody else"}
    entry.save()


def unseal_no_more(entry: CourseEntry) -> None:
    CourseEntry.objects.filter(pk=entry.pk).update(body_sealed=bytes(entry.body_sealed)[:-1] + b"\0\0")


TAMPERINGS = {
    "its body rewritten": alter,
    "its sealed body cut": unseal_no_more,
    "its hash changed": lambda entry: CourseEntry.objects.filter(pk=entry.pk).update(hash="0" * 64),
    "its number changed": lambda entry: CourseEntry.objects.filter(pk=entry.pk).update(number=9),
}


def cut(course: Course, last: int | None) -> None:
    """Remove a record's last entries, None for all, with what the database would hold them by."""
    numbers = sorted(CourseEntry.objects.filter(course=course).values_list("number", flat=True))
    gone = CourseEntry.objects.filter(course=course, number__in=numbers[-(last or len(numbers)) :])
    AdverseEvent.objects.filter(entry__in=gone).delete()
    FollowUp.objects.filter(entry__in=gone).update(entry=None)
    SessionRow.objects.filter(entry__in=gone).update(entry=None)
    gone._raw_delete(gone.db)


@pytest.fixture
def broken(maria, member):
    """One row of everything; the record of the treated course is tampered with, another course stands beside it."""
    rows = rows_of_everything(maria, member)
    return rows, CourseEntry.objects.filter(course=rows[Session].course).order_by("number").first()


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_whatever_is_changed_in_an_entry_its_course_is_named_and_not_planned(tamper, member, maria):
    case = ready(maria, member())
    signed_session(case)
    assert broken_records(maria) == ()
    tamper(CourseEntry.objects.filter(course=case.course).order_by("number").last())
    assert [one.course for one in broken_records(maria)] == [case.course]
    with pytest.raises(BrokenRecord):
        plans.plan_course(case.course, case.intake, member(), ON)


@pytest.mark.parametrize("last", [1, 2, None], ids=["its last entry", "its last two entries", "all its entries"])
def test_a_record_that_lost_its_end_is_named_by_the_client_page_and_the_check_and_not_planned(
    last, member, maria, browser
):
    case = ready(maria, member())
    record_outcome(signed_session(case), member(), [{"what": "redness", "severity": "mild"}], [])
    before = len(entries_of(case.course))
    assert before == 3 and broken_records(maria) == ()
    cut(case.course, last)
    lost = 1 if last is None else before - last + 1
    assert [(one.course, one.number) for one in broken_records(maria)] == [(case.course, lost)]
    said = browser(Role.PHYSICIAN).get(reverse("client", args=[maria.pk])).text
    assert WORDS in said and f"entry {lost} was altered, removed or moved" in said
    (fault,) = [one.text for one in check_all() if one.fault and str(case.course.pk) in one.text]
    assert f"entry {lost} of the record is {WORDS}" in fault and str(maria.pk) in fault
    with pytest.raises(BrokenRecord):
        plans.plan_course(case.course, case.intake, member(), ON)


def test_a_shorter_records_end_is_not_made_up_without_the_key(member, maria):
    """Neither left out, nor taken from a course that has none, nor altered."""
    case = ready(maria, member())
    signed_session(case)
    course = Course.objects.get(pk=case.course.pk)
    other = plans.open_course(maria, member())
    cut(course, None)
    for end in (None, bytes(other.end_sealed), bytes(course.end_sealed)[:-1] + b"\0"):
        Course.objects.filter(pk=course.pk).update(end_sealed=end)
        assert [one.course for one in broken_records_of(maria.clinic)] == [course]
        with pytest.raises(BrokenRecord):
            entries_of(course)


@pytest.mark.django_db(transaction=True)
def test_records_from_before_their_end_was_kept_go_on_and_show_a_lost_end_from_then_on(member, maria):
    with transaction.atomic():
        case = ready(maria, member())
        signed_session(case)
    empty = plans.open_course(maria, member())
    try:
        call_command("migrate", "plans", "0001", verbosity=0)
        (fault,) = [one.text for one in check_all() if "earlier version" in one.text and one.fault]
        assert "plans 0002_end_of_the_record is still to come" in fault and "manage migrate" in fault
    finally:
        call_command("migrate", verbosity=0)
    assert broken_records(maria) == () and len(entries_of(case.course)) == 2 and entries_of(empty) == ()
    with transaction.atomic():
        record_outcome(case.course.sessions.get(), member(), [{"what": "redness", "severity": "mild"}], [])
    assert broken_records(maria) == () and len(entries_of(case.course)) == 3
    cut(case.course, 1)
    assert [one.course for one in broken_records(maria)] == [case.course]


def test_the_ends_of_earlier_records_are_sealed_some_courses_at_a_time(member, maria, monkeypatch):
    """A clinic of many years has more entries than memory."""
    case = ready(maria, member())
    signed_session(case)
    courses = [plans.open_course(maria, member()) for _ in range(4)] + [case.course]
    Course.objects.update(end_sealed=None)
    sealing = import_module("mesoplan_clinic.plans.migrations.0002_end_of_the_record")
    monkeypatch.setattr(sealing, "BATCH", 2)
    with CaptureQueriesContext(connection) as asked:
        sealing.fill(apps, None)
    assert broken_records(maria) == () and {len(entries_of(one)) for one in courses} == {0, 2}
    read = [one["sql"] for one in asked if "plans_courseentry" in one["sql"]]
    assert len(read) == 3 and all(" IN (" in one for one in read)


def test_every_page_of_a_client_whose_record_was_tampered_with_opens_or_refuses_in_words(broken, browser, maria):
    rows, entry = broken
    unseal_no_more(entry)
    refused = set()
    for pattern in (one for one in DECLARED if declared(one).see not in (None, May.FILL_LINKED_FORM)):
        role = next(one for one in (Role.PHYSICIAN, Role.OWNER, Role.AUDITOR) if one in TABLE[declared(pattern).see])
        beside = Course in declared(pattern).parts and not pattern.name.startswith(("course_paper", "course_space"))
        for course in (entry.course, rows[Course]) if beside else (entry.course,):
            answer = browser(role).get(address(pattern, {**rows, Course: course}))
            assert answer.status_code < 500, pattern.name
            if answer.status_code == 409:
                refused.add(pattern.name)
                assert WORDS in answer.text and "restore" in answer.text and "Tell the owner" in answer.text
                assert reverse("course", args=[maria.pk, entry.course_id]) in answer.text
    assert {"course_new", "session"} <= refused
    assert not refused & {"client", "course", "clients", "covers", "owner", "client_export", "everything_csv"}
    for path in (reverse("client", args=[maria.pk]), reverse("course", args=[maria.pk, entry.course_id])):
        said = browser(Role.PHYSICIAN).get(path).text
        assert WORDS in said and "Nothing may be planned, treated or added" in said and "restore" in said


@pytest.mark.parametrize("own", [True, False], ids=["the course's own record", "another course's record"])
def test_nothing_is_planned_over_a_record_that_was_tampered_with(own, broken, browser, maria):
    rows, entry = broken
    course = entry.course if own else rows[Course]
    alter(entry)
    before = list(Plan.objects.order_by("pk").values())
    courses = list(Course.objects.order_by("pk").values())
    said = {
        "course_new": {"technique": ""},
        "course_choose": {"technique": "classical_injection", "version": course.version},
        "course_photo": {"photo": "", "version": course.version},
        "course_move": {"day": "2026-12-14", "version": course.version},
    }
    for pattern in (one for one in DECLARED if one.name in PLANNING):
        path = address(pattern, {**rows, Course: course})
        answer = sent(browser(Role.PHYSICIAN), path, said.get(pattern.name, {}), maria)
        assert answer.status_code == 409 and WORDS in answer.text, (pattern.name, answer.status_code)
        assert "Nothing of what you sent was saved" in answer.text
        event = AuditEvent.objects.latest("number")
        assert (event.action, event.detail["refused"]) == (pattern.name, "broken record")
    assert list(Plan.objects.order_by("pk").values()) == before
    assert list(Course.objects.order_by("pk").values()) == courses
    with pytest.raises(BrokenRecord):
        plans.plan_course(course, rows[Intake], None, ON)


def test_a_course_without_a_plan_but_with_an_entry_that_nobody_wrote_is_not_planned(broken, member, maria):
    rows, _entry = broken
    course = plans.open_course(maria, member())
    strange = CourseEntry(client=maria, made_at=clock.now(), course=course, number=1, kind="session", date=ON)
    strange.body, strange.previous, strange.hash = {}, "", "0" * 64
    strange.save(force_insert=True)
    with pytest.raises(BrokenRecord):
        plans.plan_course(course, rows[Intake], member(), ON)


def test_every_form_of_the_client_is_answered_in_words_and_adds_nothing_to_the_record(broken, browser, maria):
    rows, entry = broken
    alter(entry)
    before = list(CourseEntry.objects.order_by("pk").values("pk", "hash"))
    acts = [one for one in DECLARED if declared(one).act and "client" in declared(one).parts]
    for pattern in (one for one in acts if one.name not in ("client_erase", "photo_delete")):
        role = next(one for one in (Role.PHYSICIAN, Role.OWNER) if one in TABLE[declared(pattern).act])
        answer = sent(browser(role), address(pattern, {**rows, Course: entry.course}), {}, maria)
        assert answer.status_code < 500, pattern.name
    assert list(CourseEntry.objects.order_by("pk").values("pk", "hash")) == before


def test_a_session_and_an_event_are_not_signed_over_a_broken_record_and_what_was_typed_is_shown(browser, member, maria):
    case = ready(maria, member())
    done = signed_session(case)
    record_outcome(done, member(), [{"what": "redness", "severity": "mild"}], [])
    event = done.adverse_events.first()
    alter(CourseEntry.objects.filter(course=case.course).order_by("number").first())
    path = reverse("event", args=[maria.pk, event.pk])
    typed = {"what": "redness", "severity": "mild", "resolved": "no", "onset": ON, "why": "It is still there."}
    answer = sent(browser(Role.PHYSICIAN), path, typed, maria)
    assert answer.status_code == 409 and "It is still there." in answer.text


def test_a_session_under_way_says_stop_and_which_course_is_broken(browser, member, maria):
    case = ready(maria, member())
    other = plans.open_course(maria, member())
    session = worked(case)
    strange = CourseEntry(client=maria, made_at=clock.now(), course=other, number=1, kind="session", date=ON)
    strange.body, strange.previous, strange.hash = {}, "", "0" * 64
    strange.save(force_insert=True)
    for name, args in (("session_step", [maria.pk, session.pk, "work"]), ("session_sign", [maria.pk, session.pk])):
        said = browser(Role.PHYSICIAN).get(reverse(name, args=args)).text
        assert WORDS in said and reverse("course", args=[maria.pk, other.pk]) in said
