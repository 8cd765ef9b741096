"""Pages for what went wrong: the application's own, in the reader's language, with nothing of the inside."""

import uuid

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.kernel import errors
from web.conftest import sent

FORM = "application/x-www-form-urlencoded"


def bad_host(one: Browser):
    one.defaults["HTTP_HOST"] = "elsewhere.example"
    return one.get(reverse("clients"))


def too_large(one: Browser):
    return one.generic("POST", reverse("client_new"), b"a=" + b"x" * 3_000_000, content_type=FORM)


def without_token(one: Browser):
    one.handler.enforce_csrf_checks = True
    return one.post(reverse("client_new"), {"name": "Typed Name"})


def too_often(one: Browser):
    cache.clear()
    return [one.post(reverse("mfa_login_webauthn"), {"credential": "{}"}) for _ in range(12)][-1]


WRONG = {
    "a NUL": (lambda one: one.get(reverse("clients"), {"q": "a\0b"}), 400, "could not be read", "не удалось прочитать"),
    "another host": (bad_host, 400, "could not be read", "не удалось прочитать"),
    "too much": (too_large, 413, "too much at once", "слишком много"),
    "no token": (without_token, 403, "has run out", "устарела"),
    "not allowed": (lambda one: one.get(reverse("owner")), 403, "role does not allow", "не разрешает"),
    "not there": (lambda one: one.get("/nowhere/"), 404, "nothing here", "ничего нет"),
    "no page": (
        lambda one: one.get(reverse("lot_block", args=[uuid.uuid4()])),
        405,
        "only takes a form",
        "только форму",
    ),
    "too often": (too_often, 429, "Too many attempts", "Слишком много попыток"),
}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("case", WRONG)
def test_every_refusal_is_a_page_of_the_application_in_the_readers_language(browser, db, settings, case, language):
    settings.ALLOWED_HOSTS = ["testserver"]
    do, status, english, russian = WRONG[case]
    one = Browser() if case == "too often" else browser(Role.ASSISTANT)
    one.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = do(one)
    assert answer.status_code == status
    page = answer.text
    assert f'<html lang="{language}">' in page and "· Mesoplan</title>" in page and 'id="content"' in page
    assert (russian if language == "ru" else english) in page
    assert answer["Cache-Control"] == "no-store" and answer["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_a_page_that_fails_is_told_in_both_languages_by_a_page_that_needs_nothing(browser, monkeypatch):
    from mesoplan_clinic.clients import search

    def broken(*_args):
        raise RuntimeError("secret inside")

    one = browser(Role.ASSISTANT)
    one.raise_request_exception = False
    monkeypatch.setattr(search, "find", broken)
    answer = one.get(reverse("clients"))
    assert answer.status_code == 500 and "secret" not in answer.text
    assert "Nothing of what you sent" in answer.text and "Ничего из отправленного" in answer.text


def test_where_even_the_page_of_a_refusal_fails_the_plain_one_stands_in(rf, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError

    monkeypatch.setattr(errors, "render", broken)
    answer = errors.bad_request(rf.get("/"))
    assert answer.status_code == 400 and "Что-то пошло не так" in answer.text


def test_a_form_that_was_never_a_page_says_what_it_takes(browser, maria):
    answer = browser(Role.PHYSICIAN).generic("PUT", reverse("client", args=[maria.pk]))
    assert answer.status_code == 405 and answer["Allow"] == "GET, HEAD"
    assert sent(browser(Role.PHYSICIAN), reverse("client", args=[maria.pk]), {}, maria).status_code == 405


def test_no_page_of_django_is_left():
    """Every status for which Django has a plain English page of its own has one here."""
    from mesoplan_clinic.config import urls

    for name in ("handler400", "handler403", "handler404", "handler500"):
        assert getattr(urls, name).startswith("mesoplan_clinic.kernel.errors."), name
    assert settings.CSRF_FAILURE_VIEW.startswith("mesoplan_clinic.kernel.errors.")
