"""Logging in: passwords, second factors, limits of sessions, and attempts of strangers."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import signing
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts import devices
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


def from_everywhere(anna: Member, count: int, start: int = 0, **extra):
    """Guess from another address each time, as who rents many machines does; return the last answer."""
    for number in range(start, start + count):
        address = f"203.0.{number // 200}.{number % 200 + 1}"
        answer = log_in(anna, f"wrong-{number}", REMOTE_ADDR=address, **extra)[1]
    return answer


def test_guessing_one_account_from_many_addresses_is_stopped_even_at_the_right_password(anna):
    assert "Too many" not in from_everywhere(anna, 20).text
    assert "Too many" in from_everywhere(anna, 1, 20).text
    assert log_in(anna, REMOTE_ADDR="198.51.100.99")[1].status_code == 200  # guessed at last, and of no use


def test_meanwhile_the_owner_logs_in_on_a_device_that_knows_them_and_by_a_passkey_anywhere(anna):
    known, answer = log_in(anna, REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 302
    known.post(reverse("account_logout"))
    from_everywhere(anna, 30)
    for _ in range(12):  # even where strangers share the clinic's address
        log_in(anna, "wrong-again", REMOTE_ADDR="192.0.2.1")
    refused = log_in(anna, REMOTE_ADDR="192.0.2.1")[1]
    assert "on a device on which you have logged in before" in refused.text
    assert log_in(anna, browser=known, REMOTE_ADDR="192.0.2.1")[1].status_code == 302
    passkey = Browser(REMOTE_ADDR="192.0.2.200").get(reverse("mfa_login_webauthn"), HTTP_ACCEPT="application/json")
    assert passkey.status_code == 200


def test_a_known_device_is_no_place_to_guess_without_end_and_counts_each_person_apart(anna, member):
    other = member(Role.PHYSICIAN)
    other.user.set_password(PASSWORD)
    other.user.save()
    device, _answer = log_in(anna)
    for one in (other, anna):
        device.post(reverse("account_logout"))
        assert log_in(one, browser=device)[1].status_code == 302
    device.post(reverse("account_logout"))
    for number in range(20):
        log_in(anna, f"wrong-{number}", browser=device, REMOTE_ADDR=f"203.0.113.{number}")
    assert log_in(anna, browser=device, REMOTE_ADDR="203.0.113.99")[1].status_code == 200
    assert log_in(other, browser=device, REMOTE_ADDR="203.0.113.99")[1].status_code == 302


@pytest.mark.parametrize("change", ["forged", "another's", "old"])
def test_no_device_becomes_known_but_by_logging_in_on_it(anna, member, change, monkeypatch):
    other = member(Role.PHYSICIAN)
    other.user.set_password(PASSWORD)
    other.user.save()
    device, _answer = log_in(other if change == "another's" else anna)
    device.post(reverse("account_logout"))
    cookie = device.cookies[devices.COOKIE]
    assert cookie["httponly"] and cookie["path"] == reverse("account_login") and cookie["samesite"] == "Lax"
    assert anna.user.username not in cookie.value
    if change == "forged":
        device.cookies[devices.COOKIE] = cookie.value[:-4] + "AAAA"
    if change == "old":
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: clock.now().timestamp() + 181 * 86_400))
    from_everywhere(anna, 21)
    assert log_in(anna, browser=device, REMOTE_ADDR="192.0.2.1")[1].status_code == 200


def test_a_name_that_nobody_has_is_counted_like_one_that_somebody_has(db):
    for number in range(21):
        values = {"login": "nobody", "password": "wrong"}
        answer = Browser(REMOTE_ADDR=f"203.0.113.{number}").post(reverse("account_login"), values)
    assert "Too many" in answer.text


def test_codes_of_somebody_whose_password_is_known_are_not_guessed_from_many_addresses(anna):
    TOTP.activate(anna.user, "JBSWY3DPEHPK3PXP")
    for number in range(22):
        browser, answer = log_in(anna, REMOTE_ADDR=f"203.0.113.{number}")
        assert answer.url == reverse("mfa_authenticate")
        said = browser.post(reverse("mfa_authenticate"), {"code": "abcdef"}, REMOTE_ADDR=f"203.0.113.{number}")
    assert "Too many" in said.text


def test_behind_the_proxy_everybody_is_counted_by_their_own_address(anna, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(12):
        log_in(anna, f"wrong-{number}", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.7")
    assert log_in(anna, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")[1].status_code == 200
    assert log_in(anna, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1")[1].status_code == 302


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


def at(monkeypatch, moment) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_whoever_stays_has_the_half_hour_anew_and_the_twelve_hours_end_all_the_same(anna, monkeypatch, send):
    browser, _ = log_in(anna)
    start = clock.now()
    at(monkeypatch, start)
    browser.get(reverse("clients"))
    at(monkeypatch, start + timedelta(minutes=29))
    answer = browser.post(reverse("stay"))
    assert answer.json() == {"left": 30 * 60, "most": 12 * 3600 - 29 * 60}
    at(monkeypatch, start + timedelta(minutes=58))
    assert browser.get(reverse("clients")).status_code == 200
    for minutes in range(80, 720, 20):
        at(monkeypatch, start + timedelta(minutes=minutes))
        answer = browser.post(reverse("stay"))
    assert answer.json() == {"left": 20 * 60, "most": 20 * 60}
    at(monkeypatch, start + timedelta(minutes=721))
    assert browser.post(reverse("stay")).status_code == 302
    assert reverse("account_login") in browser.get(reverse("clients")).url


def test_every_page_and_every_answer_say_how_long_the_login_still_holds(anna, monkeypatch):
    browser, _ = log_in(anna)
    start = clock.now()
    at(monkeypatch, start)
    browser.get(reverse("clients"))
    at(monkeypatch, start + timedelta(seconds=50))  # within a minute nobody's login is renewed
    answer = browser.get(reverse("account"))
    assert 'data-left="1750"' in answer.text and f'data-most="{12 * 3600 - 50}"' in answer.text
    assert answer["X-Session-Left"] == "1750"
    assert 'id="ending"' not in Browser().get(reverse("account_login")).text


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
