"""One photo deleted: by whom, what of it is left, and what keeps it from being deleted."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mesoplan_clinic.accounts.roles import TABLE, May, Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.kernel import vault
from mesoplan_clinic.photos.models import Photo, PhotoRemoval
from mesoplan_clinic.photos.removing import rests_on
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import Consent
from mesoplan_clinic.plans.services import change_course, latest_plan, plan_course
from mesoplan_clinic.visits.clearance import why_not
from mesoplan_clinic.visits.services import abandon, start_session
from web.pictures import encoded, kept_photo, nobody, portrait
from web.treating import ON, consent, ready, set_day, signed_session

WHY = {"reason": "other_person", "note": "Taken of Ivan by mistake"}


@pytest.fixture
def day(monkeypatch):
    set_day(monkeypatch, ON)


@pytest.fixture
def case(day, maria, member):
    """A course whose newest plan has its zones from a photo; nothing is signed for it yet."""
    found = ready(maria, member())
    consents.withdraw(maria, Consent.Kind.TREATMENT)
    photo = kept_photo(maria, portrait(), "no")
    change_course(found.course, found.course.version, photo=photo)
    found.plan, found.photo = plan_course(found.course, found.intake, member(), ON), photo
    change_course(found.course, found.course.version, keep_outs=["photo:300,300,9"])
    assert plans.core_plan(found.plan).surface.photo_sha256 == photo.sha256
    return found


@pytest.fixture
def delete(browser, send):
    def post(photo: Photo, role: Role = Role.PHYSICIAN, **values):
        path = reverse("photo_delete", args=[photo.client_id, photo.pk])
        return send(browser(role), path, {**WHY, **values}, photo.client)

    return post


def test_a_deleted_photo_leaves_neither_row_nor_file_and_the_record_says_who_and_why(
    day, maria, delete, browser, django_capture_on_commit_callbacks
):
    photo, other = kept_photo(maria), kept_photo(maria, encoded(nobody(500)))
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(photo).status_code == 302
    assert list(maria.photos.all()) == [other]
    assert vault.path_of(other.pk).exists() and not vault.path_of(photo.pk).exists()
    page = browser(Role.OWNER).get(reverse("photos", args=[maria.pk])).text
    assert "it shows somebody else" in page and WHY["note"] in page
    for path in ("photo", "photo_file", "photo_small", "photo_delete"):
        assert browser(Role.PHYSICIAN).get(reverse(path, args=[maria.pk, photo.pk])).status_code == 404


def test_the_audit_holds_the_event_and_nothing_of_what_was_written(day, maria, delete):
    photo = kept_photo(maria)
    delete(photo)
    [event] = AuditEvent.objects.filter(action="photo_delete")
    assert event.detail == {"deleted": True, "reason": "other_person", "plans": 0}
    assert (event.client, str(photo.pk) in event.subject, event.role) == (maria.pk, True, "physician")
    assert WHY["note"].encode() not in bytes(PhotoRemoval.objects.get().note_sealed)


def test_a_photo_goes_with_a_reason_only_and_an_assistant_asks_somebody(day, maria, delete):
    photo = kept_photo(maria)
    assert delete(photo, reason="").status_code == delete(photo, reason="because").status_code == 422
    assert delete(photo, Role.ASSISTANT).status_code == delete(photo, Role.AUDITOR).status_code == 403
    assert Photo.objects.filter(pk=photo.pk).exists() and vault.path_of(photo.pk).exists()
    assert {Role.COSMETOLOGIST, Role.PHYSICIAN, Role.OWNER} == TABLE[May.DELETE_PHOTO]


def test_where_the_audit_fails_the_photo_stays(day, maria, delete, monkeypatch, django_capture_on_commit_callbacks):
    from mesoplan_clinic.accounts import access

    def broken(*_args):
        raise RuntimeError

    photo = kept_photo(maria)
    monkeypatch.setattr(access, "append", broken)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        delete(photo)
    assert Photo.objects.filter(pk=photo.pk).exists() and vault.path_of(photo.pk).exists()


def test_a_plan_on_a_deleted_photo_holds_no_session_until_it_is_planned_anew(case, delete, browser):
    consent(case.course, case.plan)
    assert why_not(case.course, ON) == ()
    consents.withdraw(case.client, Consent.Kind.TREATMENT)
    assert delete(case.photo).status_code == 302
    case.course.refresh_from_db()
    assert case.course.photo is None and not case.course.choices.get("keep_outs")
    assert "photo_gone" in why_not(case.course, ON)
    page = browser(Role.PHYSICIAN).get(reverse("course", args=[case.client.pk, case.course.pk])).text
    assert "The photo that these zones were found on was deleted" in page
    plan = plan_course(case.course, case.intake, case.member, ON)
    consent(case.course, plan)
    assert latest_plan(case.course) == plan and why_not(case.course, ON) == ()


def test_a_photo_stays_while_a_consent_to_its_plan_stands(case, delete, browser):
    one = consent(case.course, case.plan)
    answer = delete(case.photo)
    assert answer.status_code == 422 and "Withdraw that consent" in answer.text
    assert Photo.objects.filter(pk=case.photo.pk).exists()
    consents.withdraw(case.client, Consent.Kind.TREATMENT)
    one.refresh_from_db()
    assert one.withdrawn_on == ON and delete(case.photo).status_code == 302


def test_a_photo_stays_for_good_once_a_session_followed_its_plan(case, delete):
    case.consent = consent(case.course, case.plan)
    signed_session(case)
    consents.withdraw(case.client, Consent.Kind.TREATMENT)
    answer = delete(case.photo)
    assert answer.status_code == 422 and "the record of a treatment keeps" in answer.text
    assert Photo.objects.filter(pk=case.photo.pk).exists()


def test_a_session_that_was_not_carried_out_keeps_no_photo(case, delete):
    consent(case.course, case.plan)
    session = start_session(case.course, case.member)
    assert rests_on(case.photo).session
    abandon(session, session.version, "not today")
    consents.withdraw(case.client, Consent.Kind.TREATMENT)
    assert not rests_on(case.photo).held and delete(case.photo).status_code == 302


def test_an_earlier_consent_and_another_course_keep_no_photo(day, maria, member, delete):
    found = ready(maria, member())  # its consent was signed to a plan without a photo
    photo = kept_photo(maria, portrait(), "no")
    change_course(found.course, found.course.version, photo=photo)
    plan_course(found.course, found.intake, member(), ON)
    assert not rests_on(photo).held and rests_on(photo).courses == (found.course,)
    assert delete(photo).status_code == 302
