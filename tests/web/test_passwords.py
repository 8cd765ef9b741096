"""Passwords made by somebody else, and members who cannot log in any more."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts.models import Clinic, Member, User
from mesoplan_clinic.accounts.new import make_clinic
from mesoplan_clinic.accounts.roles import TABLE, May, Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.kernel import clock
from web.test_routes import DECLARED, address, declared

OWN, NEW = "correct horse battery", "stapler paper clip"
CHANGE = reverse("account_change_password")
BOTH = ("member_password", "member_factors")


@pytest.fixture(autouse=True)
def _no_attempts_yet(db):
    cache.clear()


def log_in(name: str, password: str) -> Browser:
    one = Browser()
    one.post(reverse("account_login"), {"login": name, "password": password})
    return one


def is_in(one: Browser) -> bool:
    return "_auth_user_id" in one.session and one.get(reverse("account")).status_code == 200


def choose(one: Browser, old: str, new: str):
    return one.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


@pytest.fixture
def owner(browser, member) -> Browser:
    """An owner who entered the password again just now."""
    return confirmed(browser, member(Role.OWNER).user)


def confirmed(browser, user: User) -> Browser:
    user.set_password(OWN)
    user.save()
    one = Browser()
    one.force_login(user)
    assert one.post(reverse("account_reauthenticate"), {"password": OWN}).status_code == 302
    return one


@pytest.fixture
def anna(member) -> Member:
    """An assistant with a password of her own, and codes by an app."""
    one = member(Role.ASSISTANT)
    one.user.set_password(OWN)
    one.user.save()
    return one


def with_factors(member: Member) -> None:
    for kind in ("totp", "recovery_codes", "webauthn"):
        Authenticator.objects.create(user=member.user, type=kind, data={})


def first(answer) -> str:
    return answer.context["password"]


# -- a password made by somebody else


def new_member(owner: Browser) -> tuple[str, str]:
    values = {"first_name": "Nina", "last_name": "New", "username": "nina", "role": "physician"}
    return "nina", first(owner.post(reverse("member_new"), values))


def new_owner(_owner: Browser) -> tuple[str, str]:
    password = make_clinic("Another", folder="example", time_zone="UTC", language="en", owner="olga")
    Clinic.objects.filter(name="Another").update(mfa_required=False)
    return "olga", password


def by_the_server(_owner: Browser) -> tuple[str, str]:
    clinic = Clinic.objects.get(name="Own clinic")
    user = User.objects.create_user("sergey", password=OWN)
    Member.objects.create(user=user, clinic=clinic, role=Role.PHYSICIAN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("getpass.getpass", lambda prompt: NEW)
        call_command("changepassword", "sergey", stdout=StringIO())
    return "sergey", NEW


@pytest.mark.parametrize("given", [new_member, new_owner, by_the_server], ids=["by the owner", "new", "changepassword"])
def test_no_page_of_a_clinic_opens_before_a_password_of_ones_own_was_chosen(given, owner, maria):
    name, password = given(owner)
    one = log_in(name, password)
    for pattern in DECLARED:
        if declared(pattern).see not in (None, May.FILL_LINKED_FORM):
            answer = one.get(address(pattern, {type(maria): maria}))
            assert (answer.status_code, answer.url) == (302, CHANGE), pattern.name
    for path in (reverse("mfa_index"), "/account/2fa/webauthn/add/", reverse("account_reauthenticate")):
        assert one.get(path).url == CHANGE
    assert not AuditEvent.objects.filter(actor_name=name, action="clients").exists()
    assert "Somebody else made your present password" in one.get(CHANGE).text
    assert choose(one, password, "an own long password").status_code == 302
    again = log_in(name, "an own long password")
    assert is_in(again) and again.get("/", follow=True).status_code == 200
    assert not is_in(log_in(name, password))


def test_the_password_that_was_given_cannot_be_chosen_again(owner):
    name, password = new_member(owner)
    one = log_in(name, password)
    assert "This is the present password" in choose(one, password, password).text
    assert User.objects.get(username=name).must_choose_password
    assert one.get(reverse("clients")).url == CHANGE


def test_who_chose_the_own_password_is_not_asked_again_and_the_demo_neither(anna):
    assert log_in(anna.user.username, OWN).get(reverse("clients")).status_code == 200
    assert not anna.user.must_choose_password


def test_who_must_still_choose_is_not_taken_into_another_clinic(owner, browser, other_clinic):
    name, _password = new_member(owner)
    there = browser(Role.OWNER, other_clinic)
    answer = there.post(reverse("member_new"), {"username": name, "role": "physician", "known": "on"})
    assert answer.status_code == 422 and "choose their own first" in answer.text
    assert not Member.objects.filter(clinic=other_clinic, user__username=name).exists()


def test_who_has_no_password_at_all_and_must_choose_one_is_led_to_where_it_is_set(member):
    user = member(Role.PHYSICIAN).user
    user.set_unusable_password()
    user.must_choose_password = True
    user.save()
    one = Browser()
    one.force_login(user)
    answer = one.get(reverse("clients"), follow=True)
    assert answer.status_code == 200 and answer.request["PATH_INFO"] == reverse("account_set_password")
    one.post(reverse("account_set_password"), {"password1": NEW, "password2": NEW})
    assert log_in(user.username, NEW).get(reverse("clients")).status_code == 200


# -- a member who cannot log in any more


def test_a_new_first_password_replaces_the_old_one_is_shown_once_and_ends_every_session(owner, anna):
    sessions = [log_in(anna.user.username, OWN) for _ in range(2)]
    assert all(is_in(one) for one in sessions)
    path = reverse("member_password", args=[anna.pk])
    assert owner.get(path).status_code == 200 and is_in(sessions[0])
    answer = owner.post(path)
    password = first(answer)
    assert password in answer.text and answer["Cache-Control"] == "no-store"
    assert not any(is_in(one) for one in sessions) and is_in(owner)
    assert str(anna.user.pk) not in {one.get_decoded().get("_auth_user_id") for one in Session.objects.all()}
    assert not is_in(log_in(anna.user.username, OWN))
    assert log_in(anna.user.username, password).get(reverse("clients")).url == CHANGE
    event = AuditEvent.objects.filter(action="member_password", method="POST").latest("number")
    assert event.detail == {"member": str(anna.pk)} and password not in owner.get(path).text


def test_removing_second_factors_leaves_the_password_ends_every_session_and_touches_nobody_else(owner, anna, member):
    with_factors(anna)
    with_factors(member(Role.PHYSICIAN))
    session = Browser()
    session.force_login(anna.user)
    path = reverse("member_factors", args=[anna.pk])
    assert owner.get(path).status_code == 200 and Authenticator.objects.filter(user=anna.user).count() == 3
    assert owner.post(path).url == reverse("team")
    assert {one.user_id for one in Authenticator.objects.all()} == {member(Role.PHYSICIAN).user.pk}
    assert not is_in(session) and is_in(owner)
    assert is_in(log_in(anna.user.username, OWN))
    event = AuditEvent.objects.filter(action="member_factors", method="POST").latest("number")
    assert event.detail == {"member": str(anna.pk), "removed": 3}


def _elsewhere(anna, owner, clinic) -> Member:
    Member.objects.create(user=anna.user, clinic=clinic, role=Role.ASSISTANT)
    return anna


def _gone(anna, owner, clinic) -> Member:
    anna.active = False
    anna.save()
    return anna


def _oneself(anna, owner, clinic) -> Member:
    return Member.objects.get(role=Role.OWNER)


REFUSED = {
    "works in another clinic too": (_elsewhere, "works in another clinic on this server too"),
    "does not work here any more": (_gone, "does not work here any more"),
    "oneself": (_oneself, "This is you"),
}


@pytest.mark.parametrize("route", BOTH)
@pytest.mark.parametrize(("which", "words"), REFUSED.values(), ids=REFUSED)
def test_nobody_is_helped_who_works_elsewhere_works_here_no_more_or_is_the_owner(
    which, words, route, owner, anna, other_clinic
):
    who = which(anna, owner, other_clinic)
    with_factors(who)
    before = User.objects.get(pk=who.user_id).password
    path = reverse(route, args=[who.pk])
    asked, sent = owner.get(path), owner.post(path)
    assert (asked.status_code, sent.status_code) == (200, 422)
    assert words in asked.text and words in sent.text and '<form method="post" class="card"' not in asked.text
    assert User.objects.get(pk=who.user_id).password == before
    assert Authenticator.objects.filter(user=who.user).count() == 3
    assert AuditEvent.objects.latest("number").detail == {"refused": "member"}


def test_who_left_the_other_clinic_is_helped(owner, anna, other_clinic):
    Member.objects.create(user=anna.user, clinic=other_clinic, role=Role.ASSISTANT, active=False)
    assert owner.post(reverse("member_password", args=[anna.pk])).status_code == 200


@pytest.mark.parametrize("route", BOTH)
def test_without_a_fresh_proof_of_who_does_it_nothing_is_changed(route, owner, anna, browser, monkeypatch):
    with_factors(anna)
    now = clock.now
    monkeypatch.setattr("time.time", lambda: now().timestamp() + 301)
    path = reverse(route, args=[anna.pk])
    assert owner.get(path).url.startswith(reverse("account_reauthenticate"))
    answer = owner.post(path)
    assert answer.status_code == 422 and "Confirm it is you" in answer.text
    assert User.objects.get(pk=anna.user.pk).check_password(OWN)
    assert Authenticator.objects.filter(user=anna.user).count() == 3
    assert AuditEvent.objects.latest("number").detail == {"refused": "not confirmed"}


@pytest.mark.parametrize("route", BOTH)
def test_nobody_but_the_owner_of_this_clinic_helps(route, anna, browser, member, other_clinic):
    path = reverse(route, args=[anna.pk])
    assert TABLE[May.RECOVER_MEMBERS] == {Role.OWNER}
    for role in (Role.PHYSICIAN, Role.COSMETOLOGIST, Role.ASSISTANT, Role.AUDITOR):
        assert confirmed(browser, member(role).user).post(path).status_code == 403
    strange = confirmed(browser, member(Role.OWNER, other_clinic).user)
    assert strange.post(path).status_code == 404


def test_the_page_of_a_member_leads_to_both_and_ones_own_page_to_neither(owner, anna, member):
    said = owner.get(reverse("member_change", args=[anna.pk])).text
    own = owner.get(reverse("member_change", args=[member(Role.OWNER).pk])).text
    for route in BOTH:
        assert reverse(route, args=[anna.pk]) in said
        assert reverse(route, args=[member(Role.OWNER).pk]) not in own
