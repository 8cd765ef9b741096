"""The pages that only a form being filled in, a link or a doctor's decision shows: no barrier, nothing too small."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes import links, services
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.screenings import services as screenings
from web.browser.test_every_page import OVERFLOW, SMALLEST, TOUCH, violations
from web.line import ON, signed

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("MESOPLAN_PICTURES", "")


@pytest.fixture(autouse=True)
def calendar(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda clinic: ON)


def complaints(one: Any, name: str) -> list[str]:
    found = [f"{name}: {text}" for text in violations(one.page)]
    found += [f"{name}: too small: {text}" for text in one.page.evaluate(TOUCH, SMALLEST)]
    if PICTURES:
        Path(PICTURES).mkdir(exist_ok=True)
        one.page.screenshot(path=f"{PICTURES}/{one.kind}-{name}.png", full_page=True)
    width = one.page.viewport_size
    one.page.set_viewport_size({"width": 320, "height": 256})
    if one.page.evaluate(OVERFLOW) > 0:
        found.append(f"{name}: wider than the screen at 400 per cent")
    one.page.set_viewport_size(width)
    return found


def confirm_again(one: Any, member: Any) -> None:
    """Enter the password again, as a decision asks for it."""
    one.page.locator("[name=password]").fill("correct horse battery")
    one.page.locator("main form button").first.click()
    one.page.wait_for_selector(".signature")


@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [
        ("desktop", "ru", "dark"),
        ("tablet", "en", "light"),
    ],
)
def test_every_page_of_asking_linking_and_deciding_is_usable(
    tab, maria, ivan, member, browser, settings, size, language, scheme
):
    kept = member(Role.PHYSICIAN)
    kept.user.set_password("correct horse battery")
    kept.user.save()
    signed(maria, 1, ON - timedelta(days=20), allergies=["nickel"])
    row = services.begin(maria, kept)
    strict = signed(ivan, 1, diabetes="yes", heart_disease="unknown", wounds={"zones": ["forehead"]}, pregnancy="yes")
    screening = screenings.screen(strict, kept, ON)
    one = tab(size=size, language=language, color_scheme=scheme)
    one.kind = f"{size}-{language}-{scheme}"
    wrong: list[str] = []
    base = f"/clients/{maria.pk}/answers/{row.pk}/"
    for name in ("goals_and_wishes", "health", "skin", "recent_treatments"):
        one.go(f"{base}group/{name}/")
        one.page.wait_for_selector("html[data-ready]")
        for opened in one.page.locator(
            "form.question:not(.known):not([hidden]) .answers .choice:has([value=yes])"
        ).all()[:2]:
            opened.click()
        one.page.wait_for_timeout(300)
        wrong += complaints(one, f"group-{name}")
    for name, path in (
        ("overview", base),
        ("sign", f"{base}sign/"),
        ("screening", f"/clients/{ivan.pk}/screening/"),
        ("allergy", f"/clients/{maria.pk}/allergy-tests/"),
        ("over", "/form/over/"),
    ):
        one.go(path)
        for closed in one.page.locator(".finding details > summary").all()[:2]:
            closed.click()
        wrong += complaints(one, name)
    finding = next(found.id for found in screenings.found_in(screening).findings if found.rule.startswith("diabetes"))
    one.go(f"/clients/{ivan.pk}/screening/{screening.pk}/decide/{finding}/")
    confirm_again(one, member)
    wrong += complaints(one, "decide")
    one.page.locator("#signing button.main").click()
    wrong += complaints(one, "decide-refused")
    settings.PUBLIC_URL = one.address
    address = links.make_link(row, kept)[1]
    client = tab(None, size=size, language=language, color_scheme=scheme)
    client.kind = one.kind
    client.page.goto(address)
    wrong += complaints(client, "link")
    client.page.locator("button.main").click()
    client.page.wait_for_selector("html[data-ready]")
    wrong += complaints(client, "form")
    assert wrong == []
