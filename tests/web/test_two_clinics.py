"""Somebody who works in two clinics: which one they act in is said, chosen, logged, and never mixed up."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.kernel.patient_token import FIELD
from web.conftest import sent


@pytest.fixture
def both(member, other_clinic) -> tuple[Member, Member]:
    """One user: physician in the own clinic, assistant in the other one."""
    here = member(Role.PHYSICIAN)
    return here, Member.objects.create(user=here.user, clinic=other_clinic, role=Role.ASSISTANT)


@pytest.fixture
def strange(other_clinic) -> Client:
    return enter_client(other_clinic, name="Other Person", identifier="O-1")


def logged_in(member: Member, chosen: Member | None = None, **options) -> Browser:
    one = Browser(**options)
    one.force_login(member.user)
    if chosen is not None:
        one.post(reverse("clinic_choose"), {"member": str(chosen.pk)})
    return one


def test_no_page_of_a_clinic_opens_before_one_was_chosen(both, maria, strange):
    browser = logged_in(both[0])
    for path in ("/", reverse("clients"), reverse("client", args=[maria.pk]), reverse("client", args=[strange.pk])):
        answer = browser.get(path)
        assert answer.status_code == 302 and answer.url.startswith(reverse("clinic_choose")), path
    assert not AuditEvent.objects.filter(client__isnull=False).exists()


def test_the_page_names_both_clinics_and_leads_back_to_where_one_wanted_to_go(both, maria):
    browser = logged_in(both[0])
    asked = browser.get(reverse("client", args=[maria.pk]), follow=True)
    assert "Own clinic" in asked.text and "Other clinic" in asked.text and "Assistant" in asked.text
    values = {"member": str(both[0].pk), "next": reverse("client", args=[maria.pk])}
    assert browser.post(reverse("clinic_choose"), values).url == reverse("client", args=[maria.pk])


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_choosing_leads_to_no_other_server(both, to):
    answer = logged_in(both[0]).post(reverse("clinic_choose"), {"member": str(both[0].pk), "next": to})
    assert answer.url == "/"


def test_where_to_go_on_is_an_address_and_never_the_name_of_a_page(both):
    answer = logged_in(both[0]).post(reverse("clinic_choose"), {"member": str(both[0].pk), "next": "stock"})
    assert answer.url == "stock"  # as a browser reads it, beside this page


def test_who_chose_a_clinic_acts_in_it_by_their_role_there_and_sees_nothing_of_the_other(both, maria, strange):
    browser = logged_in(*both)
    assert browser.get(reverse("client", args=[strange.pk])).status_code == 200
    assert browser.get(reverse("client", args=[maria.pk])).status_code == 404
    assert browser.get(reverse("course_new", args=[strange.pk])).status_code == 403  # an assistant plans nothing
    assert "Other clinic" in browser.get(reverse("clients")).text
    logged_in(both[0], both[0]).get(reverse("client", args=[maria.pk]))
    assert AuditEvent.objects.get(client=strange.pk, action="client").clinic == strange.clinic


def test_a_change_rotates_the_session_and_every_form_opened_before_is_refused(both, maria, strange):
    browser = logged_in(both[0], both[0])
    browser.get(reverse("client_change", args=[maria.pk]))
    old = {"session": browser.session.session_key}
    page = browser.get(reverse("client_change", args=[maria.pk]))
    token = page.context["patient_token"]
    browser.post(reverse("clinic_choose"), {"member": str(both[1].pk)})
    assert browser.session.session_key != old["session"]
    values = {FIELD: token, "name": "Written over", "identifier": "M-1", "version": "1"}
    assert browser.post(reverse("client_change", args=[maria.pk]), values).status_code == 404
    assert browser.post(reverse("client_change", args=[strange.pk]), values).status_code == 409
    browser.post(reverse("clinic_choose"), {"member": str(both[0].pk)})
    assert browser.post(reverse("client_change", args=[maria.pk]), values).status_code == 409
    maria.refresh_from_db()
    assert maria.name == "Maria Example"


def test_a_form_that_names_no_client_is_refused_after_a_change_as_well(both, clinic):
    """The form for a new client, left open in a tab: it would enter somebody into the wrong clinic."""
    browser = logged_in(both[0], enforce_csrf_checks=True)
    page = browser.get(reverse("clinic_choose"))
    first = str(page.context["csrf_token"])
    answer = browser.post(reverse("clinic_choose"), {"member": str(both[0].pk), "csrfmiddlewaretoken": first})
    assert answer.status_code == 302
    old = str(browser.get(reverse("client_new")).context["csrf_token"])
    browser.post(reverse("clinic_choose"), {"member": str(both[1].pk), "csrfmiddlewaretoken": old})
    values = {"name": "Typed Name", "identifier": "T-1", "csrfmiddlewaretoken": old}
    answer = browser.post(reverse("client_new"), values)
    assert answer.status_code == 403 and "Typed Name" in answer.text
    assert not Client.objects.filter(clinic__in=[one.clinic for one in both]).exists()


def test_the_logs_of_both_clinics_say_who_came_and_went_and_neither_names_the_other(both):
    logged_in(both[0], both[0]).post(reverse("clinic_choose"), {"member": str(both[1].pk)})
    here, there = (AuditEvent.objects.filter(clinic=one.clinic, action="clinic_choose") for one in both)
    assert [(one.detail, one.role) for one in here] == [({"entered": True}, "physician"), ({"left": True}, "physician")]
    assert [(one.detail, one.role) for one in there] == [
        ({"elsewhere": True}, "assistant"),
        ({"entered": True}, "assistant"),
    ]
    for one, other in (both, reversed(both)):
        assert verify(one.clinic) == []
        told = AuditEvent.objects.filter(clinic=one.clinic).values_list("detail", "subject", "actor")
        assert str(other.pk) not in str(list(told)) and str(other.clinic_id) not in str(list(told))


def test_nobody_chooses_a_clinic_in_which_they_do_not_work(both, member, other_clinic):
    alien = member(Role.OWNER, other_clinic)
    browser = logged_in(both[0], both[0])
    for wrong in (str(alien.pk), str(other_clinic.pk), "", "x"):
        assert browser.post(reverse("clinic_choose"), {"member": wrong}).status_code == 422, wrong
    both[1].active = False
    both[1].save()
    assert browser.post(reverse("clinic_choose"), {"member": str(both[1].pk)}).status_code == 422
    assert browser.get(reverse("clinic_choose")).context["member"] == both[0]


def test_choosing_is_no_matter_of_following_a_link(both, maria):
    browser = logged_in(both[0], both[0])
    browser.get(reverse("clinic_choose"), {"member": str(both[1].pk)})
    assert browser.get(reverse("client", args=[maria.pk])).status_code == 200


def test_who_stops_working_in_the_chosen_clinic_goes_on_in_the_other_one(both, maria):
    browser = logged_in(*both)
    both[1].active = False
    both[1].save()
    assert browser.get(reverse("client", args=[maria.pk])).status_code == 200


def test_who_works_in_one_clinic_is_never_asked(browser, maria):
    one = browser(Role.PHYSICIAN)
    page = one.get(reverse("client", args=[maria.pk]))
    assert page.status_code == 200 and reverse("clinic_choose") not in page.text


def test_an_owner_takes_somebody_of_another_clinic_into_the_team_and_no_password_changes(both, browser, clinic, member):
    nurse = member(Role.ASSISTANT, both[1].clinic).user
    values = {"known": "on", "username": nurse.username.upper(), "role": "cosmetologist"}
    assert sent(browser(Role.OWNER), reverse("member_new"), values).status_code == 302
    assert Member.objects.get(user=nurse, clinic=clinic).role == "cosmetologist"
    before = nurse.password
    nurse.refresh_from_db()
    assert nurse.password == before
    again = sent(browser(Role.OWNER), reverse("member_new"), values)
    assert again.status_code == 422 and "in your team already" in again.text
    unknown = sent(browser(Role.OWNER), reverse("member_new"), {**values, "username": "nobody-here"})
    assert unknown.status_code == 422 and "Nobody logs in by this name" in unknown.text
    new = sent(browser(Role.OWNER), reverse("member_new"), {"username": "fresh", "role": "assistant"})
    assert new.status_code == 422 and new.context["form"].errors.keys() == {"first_name", "last_name"}
