"""Passkeys and codes as a person uses them: Chromium's own authenticator, real in everything but the finger on it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as codes
from django.core.cache import cache

from mesoplan_clinic.accounts.roles import Role
from web.browser.test_every_page import OVERFLOW, SMALLEST, TOUCH, violations
from web.test_login import PASSWORD, code

pytestmark = pytest.mark.django_db(transaction=True)

BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LOGGED_IN = "**/clients/"


@pytest.fixture
def anna(member, clinic):
    cache.clear()
    clinic.mfa_required = True
    clinic.save()
    one = member(Role.PHYSICIAN)
    one.user.set_password(PASSWORD)
    one.user.save()
    return one


def authenticator(one) -> tuple:
    """Build an authenticator into a tab; the finger is there, and is the right one."""
    session = one.page.context.new_cdp_session(one.page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})
    return session, made["authenticatorId"]


def barriers(one) -> list[str]:
    page = one.page
    found = [f"{page.url}: {text}" for text in violations(page)]
    found += [f"{page.url}: too small: {text}" for text in page.evaluate(TOUCH, SMALLEST)]
    return found + ([f"{page.url}: wider than the screen"] if page.evaluate(OVERFLOW) > 0 else [])


def log_in(one, anna, leads_to: str) -> None:
    one.go("/")
    one.page.fill("[name=login]", anna.user.username)
    one.page.fill("[name=password]", PASSWORD)
    one.page.click("main form.card button.main")
    one.page.wait_for_url(leads_to)


def prove_again(one, leads_to: str) -> None:
    if "/reauthenticate/" in one.page.url:
        one.page.fill("[name=password]", PASSWORD)
        one.page.click("main form.card button.main")
        one.page.wait_for_url(leads_to)


def log_out(one) -> None:
    one.page.click(".who form button")
    one.page.wait_for_url("**/account/login/**")


def add_passkey(one, look=lambda: None) -> None:
    one.page.click("main a[href$='/2fa/webauthn/add/']")
    one.page.wait_for_load_state()
    prove_again(one, "**/2fa/webauthn/add/")
    look()
    assert one.page.is_checked("[name=passwordless]")
    one.page.fill("[name=name]", "Tablet 1")
    one.page.click("#mfa_webauthn_add")
    one.page.wait_for_url("**/2fa/recovery-codes/")


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("tablet", "ru")])
def test_a_member_adds_a_passkey_logs_out_and_logs_in_with_it_alone(tab, anna, size, language):
    one = tab(None, size=size, language=language)
    session, device = authenticator(one)
    wrong: list[str] = []

    def look() -> None:
        wrong.extend(barriers(one))

    log_in(one, anna, "**/2fa/")  # the clinic asks for a second factor, and nothing else opens
    look()
    add_passkey(one, look)
    look()
    one.go("/account/2fa/webauthn/")
    assert "Tablet 1" in one.page.inner_text("main")
    look()
    log_out(one)
    one.page.click("#passkey_login")
    one.page.wait_for_url(LOGGED_IN)
    [kept] = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert kept["rpId"] == "localhost" and kept["isResidentCredential"] and kept["signCount"] == 2
    one.go("/account/2fa/webauthn/")
    look()  # when it was used last
    assert wrong == []


def test_a_passkey_is_the_second_factor_of_a_password_and_proves_again_who_is_here(tab, anna):
    one = tab(None)
    authenticator(one)
    log_in(one, anna, "**/2fa/")
    add_passkey(one)
    log_out(one)
    log_in(one, anna, "**/2fa/authenticate/")
    assert barriers(one) == []
    one.go("/clients/")
    assert one.page.url.endswith("/2fa/authenticate/")  # nothing opens in between
    one.page.click("#mfa_webauthn_authenticate")
    one.page.wait_for_url(LOGGED_IN)
    one.go("/account/2fa/webauthn/reauthenticate/?next=/account/")
    assert barriers(one) == []
    one.page.click("#mfa_webauthn_reauthenticate")
    one.page.wait_for_url("**/account/")


def test_where_no_passkey_answers_the_page_says_so_in_words_and_the_password_still_works(tab, anna):
    one = tab(None, language="ru")
    session, device = authenticator(one)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    one.go("/account/login/")
    one.page.click("#passkey_login")
    said = one.page.locator("#passkey-failed")
    said.wait_for()
    assert "Ключ доступа не использован" in said.inner_text()
    assert barriers(one) == []
    log_in(one, anna, "**/2fa/")


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("tablet", "ru")])
def test_a_member_sets_up_codes_and_logs_in_with_the_next_one(tab, anna, monkeypatch, size, language):
    moment = [1_800_000_000]
    monkeypatch.setattr(codes, "time", SimpleNamespace(time=lambda: moment[0]))
    one = tab(None, size=size, language=language)
    log_in(one, anna, "**/2fa/")
    one.page.click("main a[href$='/2fa/totp/activate/']")
    one.page.wait_for_load_state()
    prove_again(one, "**/2fa/totp/activate/")
    assert barriers(one) == []
    secret = one.page.input_value("#authenticator_secret")
    one.page.fill("[name=code]", code(secret, moment[0]))
    one.page.click("main form.card button.main")
    one.page.wait_for_url("**/2fa/recovery-codes/")
    assert Authenticator.objects.filter(user=anna.user, type=Authenticator.Type.TOTP).count() == 1
    log_out(one)
    log_in(one, anna, "**/2fa/authenticate/")
    assert barriers(one) == []
    moment[0] += 30
    one.page.fill("[name=code]", code(secret, moment[0]))
    one.page.click("main form.card button.main")
    one.page.wait_for_url(LOGGED_IN)
