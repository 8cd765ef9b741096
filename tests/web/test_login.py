"""Logging in: passwords, second factors, limits of sessions, and attempts of strangers."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.kernel import clock

PASSWORD = "a-long-password-for-tests"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()


@pytest.fixture
def anna(member) -> Member:
    one = member(Role.ASSISTANT)
    one.user.set_password(PASSWORD)
    one.user.save()
    return one


def log_in(anna: Member, password: str = PASSWORD, browser: Browser | None = None, **extra):
    one = browser or Browser()
    answer = one.post(reverse("account_login"), {"login": anna.user.username, "password": password}, **extra)
    return one, answer


def test_a_member_logs_in_with_name_and_password_and_lands_at_the_clients(anna):
    browser, answer = log_in(anna)
    assert answer.status_code == 302
    assert browser.get("/", follow=True).redirect_chain[-1][0] == reverse("clients")


def test_a_wrong_password_says_the_same_whether_the_name_exists_or_not(anna):
    _, wrong = log_in(anna, "wrong-password")
    unknown = Browser().post(reverse("account_login"), {"login": "nobody", "password": "wrong-password"})
    said = [re.search(r"errorlist[^>]*><li>([^<]+)", one.text).group(1) for one in (wrong, unknown)]
    assert said[0] == said[1]
    assert wrong.status_code == unknown.status_code == 200


def test_nobody_signs_up_by_themselves(db):
    answer = Browser().post(reverse("account_signup"), {"username": "x", "password1": PASSWORD, "password2": PASSWORD})
    from mesoplan_clinic.accounts.models import User

    assert not User.objects.filter(username="x").exists()
    assert "closed" in answer.text.lower()


def test_a_forgotten_password_sends_no_mail_and_is_answered_in_words(anna):
    browser = Browser()
    assert "owner of your clinic" in browser.get(reverse("account_reset_password")).text
    assert browser.post(reverse("account_reset_password"), {"email": "anna@clinic.example"}).status_code == 405
    assert browser.get(reverse("account_email")).resolver_match.url_name == "no_mail"
    from mesoplan_clinic.config import settings as own

    assert own.EMAIL_BACKEND.endswith("dummy.EmailBackend")


@pytest.mark.parametrize(
    ("public", "extra", "name"),
    [
        ("", {}, "localhost"),
        ("https://clinic.example", {}, "localhost"),
        ("https://clinic.example", {"HTTP_X_FORWARDED_PROTO": "https"}, "clinic.example"),
    ],
)
def test_a_passkey_is_asked_for_by_the_name_that_the_browser_shows(db, settings, public, extra, name):
    """Through the proxy the public one, at the server's own screen localhost; another name is refused by browsers."""
    settings.PUBLIC_URL = public
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if public else None
    asked = Browser().get(reverse("mfa_login_webauthn"), HTTP_ACCEPT="application/json", **extra).json()
    assert asked["request_options"]["publicKey"]["rpId"] == name
    assert asked["request_options"]["publicKey"]["userVerification"] == "required"


@pytest.mark.parametrize(
    "sent",
    ["", "[]", "null", "{}", '{"response": {}}', '{"id": "AA", "rawId": "AA", "response": {"userHandle": null}}', "{"],
)
def test_what_is_no_passkey_logs_nobody_in(db, sent):
    browser = Browser()
    browser.get(reverse("mfa_login_webauthn"), HTTP_ACCEPT="application/json")
    assert browser.post(reverse("mfa_login_webauthn"), {"credential": sent}).url == reverse("account_login")
    assert "_auth_user_id" not in browser.session


def test_a_stranger_who_guesses_is_stopped_and_the_owner_of_the_account_still_logs_in_from_elsewhere(anna):
    stranger = {"REMOTE_ADDR": "198.51.100.7"}
    answers = [log_in(anna, f"wrong-{number}", **stranger)[1] for number in range(12)]
    assert "Too many" in answers[-1].text
    assert log_in(anna, **stranger)[1].status_code != 302
    assert log_in(anna, REMOTE_ADDR="192.0.2.1")[1].status_code == 302


def test_the_session_is_another_after_logging_in(anna):
    browser = Browser()
    browser.get(reverse("account_login"))
    browser.session.save()
    before = browser.session.session_key
    log_in(anna, browser=browser)
    assert browser.session.session_key != before


@pytest.mark.parametrize(("steps", "here"), [([29, 29, 29], True), ([31], False), ([25] * 29, False)])
def test_a_session_ends_after_half_an_hour_idle_and_after_twelve_hours_in_any_case(anna, monkeypatch, steps, here):
    browser, _ = log_in(anna)
    browser.get(reverse("clients"))
    moment = clock.now()
    for minutes in steps:
        moment += timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        answer = browser.get(reverse("clients"))
    assert (answer.status_code == 200) is here


def test_where_a_second_factor_is_required_nothing_opens_without_one(anna, clinic, maria):
    clinic.mfa_required = True
    clinic.save()
    browser, _ = log_in(anna)
    for path in (reverse("clients"), reverse("client", args=[maria.pk]), "/"):
        answer = browser.get(path)
        assert answer.status_code == 302 and answer.url == reverse("mfa_index"), path
    assert browser.get(reverse("mfa_index")).status_code == 200
    asked = browser.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    browser.post(asked.url, {"password": PASSWORD})
    assert browser.get(reverse("mfa_activate_totp")).status_code == 200


def code(secret: str, moment: float) -> str:
    return format_hotp_value(hotp_value(secret, int(moment) // 30))


def test_a_password_alone_does_not_log_in_a_member_with_a_second_factor_and_a_code_counts_once(anna, monkeypatch):
    import time

    totp = TOTP.activate(anna.user, "JBSWY3DPEHPK3PXP")
    stored = Authenticator.objects.get(pk=totp.instance.pk).data["secret"]
    assert "JBSWY3DPEHPK3PXP" not in stored
    browser, answer = log_in(anna)
    assert answer.url == reverse("mfa_authenticate")
    assert browser.get(reverse("clients")).status_code == 302
    given = code("JBSWY3DPEHPK3PXP", time.time())
    assert (
        browser.post(reverse("mfa_authenticate"), {"code": "000000" if given != "000000" else "000001"}).status_code
        == 200
    )
    assert browser.post(reverse("mfa_authenticate"), {"code": given}).status_code == 302
    assert browser.get(reverse("clients")).status_code == 200
    again, _ = log_in(anna)
    assert again.post(reverse("mfa_authenticate"), {"code": given}).status_code == 200
    assert again.get(reverse("clients")).status_code == 302


def test_a_member_who_was_made_inactive_sees_nothing_from_the_next_click_on(anna, maria):
    browser, _ = log_in(anna)
    assert browser.get(reverse("client", args=[maria.pk])).status_code == 200
    anna.active = False
    anna.save()
    assert browser.get(reverse("client", args=[maria.pk])).status_code == 302


def test_every_answer_carries_the_headers_that_keep_health_data_out_of_caches_and_foreign_scripts_out(anna, maria):
    browser, _ = log_in(anna)
    for path in (reverse("client", args=[maria.pk]), reverse("account_login"), "/nowhere/"):
        answer = browser.get(path)
        assert answer["Cache-Control"] == "no-store"
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
    assert browser.cookies["sessionid"]["httponly"] and browser.cookies["sessionid"]["samesite"] == "Lax"


def test_a_form_without_its_token_is_refused_in_words_and_shows_what_was_typed(anna):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(anna.user)
    answer = browser.post(reverse("client_new"), {"name": "Typed Name", "identifier": "T-1"})
    assert answer.status_code == 403
    assert "run out" in answer.text and "Typed Name" in answer.text


def test_the_language_of_a_member_is_kept_and_no_other_site_is_gone_to(anna):
    browser, _ = log_in(anna)
    answer = browser.post(reverse("language"), {"language": "ru", "next": "https://elsewhere.example/"})
    assert answer.url == "/"
    assert "Клиенты" in browser.get(reverse("clients")).text
    anna.user.refresh_from_db()
    assert anna.user.language == "ru"


def test_a_password_that_is_short_common_or_like_the_name_is_refused(anna):
    browser, _ = log_in(anna)
    for new in ("short-one1", "password1234", "1234567890123", f"{anna.user.username}1"):
        values = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        asked = browser.post(reverse("account_change_password"), values)
        assert asked.status_code == 200, new
    anna.user.refresh_from_db()
    assert anna.user.check_password(PASSWORD)


def test_passwords_are_kept_by_argon2():
    from django.contrib.auth.hashers import make_password

    from mesoplan_clinic.config import settings as own

    assert own.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=own.PASSWORD_HASHERS):
        assert make_password("x").startswith("argon2$argon2id$")


def test_what_was_typed_is_shown_as_text_and_never_run(anna, clinic):
    from mesoplan_clinic.clients.services import enter_client

    client = enter_client(clinic, name="<script>alert(1)</script>", identifier="'\"><img src=x onerror=alert(1)>")
    browser, _ = log_in(anna)
    for path in (reverse("clients"), reverse("client", args=[client.pk]), reverse("clients") + "?q=<svg onload=a>"):
        page = browser.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page and "<svg onload" not in page


def test_an_internal_error_says_nothing_of_the_inside(anna, monkeypatch):
    from mesoplan_clinic.clients import search

    def broken(*_args):
        raise RuntimeError("secret inside")

    browser, _ = log_in(anna)
    browser.raise_request_exception = False
    monkeypatch.setattr(search, "find", broken)
    answer = browser.get(reverse("clients"))
    assert answer.status_code == 500
    assert (
        "secret inside" not in answer.text
        and "Traceback" not in answer.text
        and "Nothing of what you sent" in answer.text
    )
