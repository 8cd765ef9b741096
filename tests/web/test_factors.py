"""`mesoplan-clinic remove-factors`: an only owner whose second factor is lost."""

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from mesoplan_clinic import command
from mesoplan_clinic.accounts.models import Member, User
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.audit.templatetags.audit_words import role_words, what

OWN = "correct horse battery"


@pytest.fixture
def owner(member, clinic) -> Member:
    cache.clear()
    clinic.mfa_required = True
    clinic.save()
    one = member(Role.OWNER)
    one.user.set_password(OWN)
    one.user.save()
    for kind in ("recovery_codes", "totp", "webauthn"):
        Authenticator.objects.create(user=one.user, type=kind, data={})
    return one


def answering(monkeypatch, answer: str | None) -> list[str]:
    asked = []

    def ask(question):
        asked.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", ask)
    return asked


def events():
    return AuditEvent.objects.filter(action="member_factors")


def test_the_only_owners_lost_factors_are_removed_with_their_sessions_and_one_event(
    owner, member, clinic, monkeypatch, capsys
):
    Authenticator.objects.create(user=member(Role.PHYSICIAN).user, type="totp", data={})
    there = Browser()
    there.force_login(owner.user)
    monkeypatch.setenv("LOGNAME", "somebody-else")  # what anybody can say of themselves
    monkeypatch.setattr("pwd.getpwuid", lambda _number: SimpleNamespace(pw_name="machine-admin"))
    asked = answering(monkeypatch, "yes")
    assert command.main(["remove-factors", owner.user.username]) == 0
    said = capsys.readouterr().out
    assert len(asked) == 1 and owner.user.shown_name in said and "Own clinic (owner)" in said
    assert "recovery codes, codes by an app, a passkey" in said and "3 second factors removed" in said
    assert "Own clinic asks for a new second factor" in said
    assert [one.user for one in Authenticator.objects.all()] == [member(Role.PHYSICIAN).user]
    assert there.get(reverse("clients")).url.startswith(reverse("account_login"))
    [event] = events()
    assert event.detail == {"member": str(owner.pk), "removed": 3} and verify(clinic) == []
    assert (event.actor, event.actor_name, event.role) == ("server machine-admin", "machine-admin", "server")
    with translation.override("ru"):
        assert role_words(event.role) == "тот, кто обслуживает сервер" and what(event) == "Второй фактор удалён"


def test_after_it_the_password_opens_nothing_but_the_setting_up_of_a_new_factor(owner):
    assert command.main(["remove-factors", owner.user.username, "--yes"]) == 0
    one = Browser()
    one.post(reverse("account_login"), {"login": owner.user.username, "password": OWN})
    assert "_auth_user_id" in one.session
    answer = one.get(reverse("clients"))
    assert answer.status_code == 302 and answer.url == reverse("mfa_index")


@pytest.mark.parametrize("answer", ["", "no", "y", None], ids=["nothing", "no", "y", "nobody is there to ask"])
def test_without_a_yes_nothing_is_changed(answer, owner, monkeypatch, capsys):
    asked = answering(monkeypatch, answer)
    assert command.main(["remove-factors", owner.user.username]) == 2
    assert len(asked) == 1 and "Nothing was changed" in capsys.readouterr().err
    assert Authenticator.objects.count() == 3 and not events().exists()


def test_who_works_in_two_clinics_stands_once_in_the_log_of_each_and_not_of_the_one_they_left(
    owner, clinic, other_clinic, capsys
):
    left = type(clinic).objects.create(name="Left clinic")
    Member.objects.create(user=owner.user, clinic=other_clinic, role=Role.PHYSICIAN)
    Member.objects.create(user=owner.user, clinic=left, role=Role.OWNER, active=False)
    assert command.main(["remove-factors", owner.user.username, "--yes"]) == 0
    assert sorted(one.clinic.name for one in events()) == ["Other clinic", "Own clinic"]
    assert "Other clinic (physician), Own clinic (owner)" in capsys.readouterr().out


def test_an_account_that_cannot_be_helped_is_told_in_one_sentence_with_what_to_do(owner, member, capsys):
    User.objects.create_user("nowhere", password=OWN)
    bare = member(Role.ASSISTANT).user.username
    for name, words in (("nobody", "nobody logs in by this name"), ("nowhere", "in no clinic"), (bare, "no second")):
        assert command.main(["remove-factors", name, "--yes"]) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"{name}: ") and words in told and told.count("\n") == 1
    assert Authenticator.objects.count() == 3 and not events().exists()


def test_if_the_log_cannot_be_written_the_factors_stay(owner, monkeypatch):
    from mesoplan_clinic.administration import factors

    def fails(*_given):
        raise RuntimeError

    monkeypatch.setattr(factors, "append", fails)
    with pytest.raises(RuntimeError):
        factors.remove(factors.factors_of(owner.user.username))
    assert Authenticator.objects.count() == 3
