"""A session from the client's page to the signature and what comes after it, as a finger does it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.outcomes.models import FollowUp
from mesoplan_clinic.plans.book import record
from mesoplan_clinic.visits.models import Session
from web.browser.test_every_page import OVERFLOW, SMALLEST, TOUCH, violations
from web.test_outcomes import two_photos
from web.treating import ON, PRODUCT, ready, set_day, signed_session, stocked

pytestmark = pytest.mark.django_db(transaction=True)
TAPS = 15


@pytest.fixture
def case(maria, member, monkeypatch):
    set_day(monkeypatch, ON)
    found = ready(maria, member())
    stocked(maria.clinic, "product", PRODUCT, "EX-0002", expires_on=date(2027, 3, 1))
    return found


def radio(one, name: str, value: str):
    return one.page.locator(f"label:has(input[name='{name}'][value='{value}'])").first


def barriers(one) -> list[str]:
    page = one.page
    found = [f"{page.url}: {text}" for text in violations(page)]
    found += [f"{page.url}: too small: {text}" for text in page.evaluate(TOUCH, SMALLEST)]
    return found + ([f"{page.url}: wider than the screen"] if page.evaluate(OVERFLOW) > 0 else [])


def walk(one, case, look) -> None:
    """Walk from the client's page to the signature, everything as planned; `look` at each page."""
    page, lots = one.page, case.lots
    one.go(f"/clients/{case.client.pk}/")
    look()
    one.tap(page.locator("form[action$='/session/'] button"))
    look()
    one.tap(page.locator("button[name=confirmed]"))
    look()
    one.tap(page.locator("button[name=changes][value=none]"))
    look()
    one.tap(radio(one, "lot.antiseptic.", str(lots["antiseptic"].pk)))
    one.tap(radio(one, "anaesthetic", "no"))
    one.tap(page.locator("button.big"))
    page.wait_for_url("**/steps/work/")
    look()
    one.tap(radio(one, f"lot.product.{PRODUCT}", str(lots["product"].pk)))
    one.tap(radio(one, "lot.cartridge.example-14", str(lots["cartridge"].pk)))
    one.tap(page.locator(f"[name='volume.{PRODUCT}']"))
    page.keyboard.type("1.5")
    one.tap(page.locator("button.big"))
    page.wait_for_url("**/steps/finish/")
    look()
    one.tap(radio(one, "reactions", "none"))
    one.tap(radio(one, "stopped_early", "no"))
    one.tap(page.locator("button.big"))
    page.wait_for_url("**/sign/")
    look()
    one.tap(page.locator("button.big"))
    page.wait_for_url(f"**/sessions/{case.course.sessions.get().pk}/")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", ["desktop", "tablet"])
def test_a_session_as_planned_is_closed_in_fifteen_taps_and_no_page_of_it_has_a_barrier(tab, case, size, language):
    one = tab(Role.COSMETOLOGIST, size=size, language=language)
    wrong: list[str] = []

    def look() -> None:
        wrong.extend(barriers(one))
        if "/sessions/" in one.page.url:
            strip, stop = one.page.locator(".identity"), one.page.locator(".stop")
            assert "Maria Example" in strip.inner_text() and "M-1" in strip.inner_text()
            assert stop.is_visible() and one.page.locator(".emergency > summary").is_visible()
            one.page.evaluate("scrollTo(0, document.body.scrollHeight)")
            box = stop.bounding_box()
            assert box and 0 <= box["y"] < one.page.viewport_size["height"], "STOP has left the screen"

    walk(one, case, look)
    assert one.taps <= TAPS
    assert wrong == []
    (done,) = record(case.course).sessions
    assert done.marks == () and done.delivered.products[0].volume_ml == 1.5
    assert Session.objects.get().state == "signed"


def test_what_is_typed_survives_a_page_that_is_closed_and_comes_back(tab, case):
    one = tab()
    one.go(f"/clients/{case.client.pk}/")
    one.page.locator("form[action$='/session/'] button").click()
    session = Session.objects.get()
    one.go(f"/clients/{case.client.pk}/sessions/{session.pk}/steps/finish/")
    with one.page.expect_response(lambda answer: answer.request.headers.get("x-autosave") == "1"):
        one.page.locator("textarea[name=notes]").fill("half a sentence")
    one.go(f"/clients/{case.client.pk}/")
    one.go(f"/clients/{case.client.pk}/sessions/{session.pk}/steps/finish/")
    assert one.page.locator("textarea[name=notes]").input_value() == "half a sentence"


def test_a_scanner_types_a_lot_without_sending_the_step_and_a_broken_limit_is_loud(tab, case):
    one = tab(size="tablet")
    page = one.page
    one.go(f"/clients/{case.client.pk}/")
    page.locator("form[action$='/session/'] button").click()
    page.locator("button[name=confirmed]").click()
    page.locator("button[name=changes][value=none]").click()
    radio(one, "lot.antiseptic.", str(case.lots["antiseptic"].pk)).click()
    radio(one, "anaesthetic", "no").click()
    page.locator("button.big").click()
    page.wait_for_url("**/steps/work/")
    page.locator("[data-picker] summary").first.click()
    page.locator(f"[name='code.product.{PRODUCT}']").click()
    page.keyboard.type("(01)04012345678901(17)280131(10)SC-7\n")
    assert page.url.endswith("/steps/work/")
    radio(one, "lot.cartridge.example-14", str(case.lots["cartridge"].pk)).click()
    page.locator(f"[name='volume.{PRODUCT}']").fill("2,5")
    page.locator(".guard .broken").wait_for()  # at once, where it can be seen while the work goes on
    assert page.locator(".guard .broken").is_visible() and barriers(one) == []
    page.locator(f"[name='volume.{PRODUCT}']").fill("1,5")
    page.locator(".guard .broken").wait_for(state="detached")
    page.locator(f"[name='volume.{PRODUCT}']").fill("2,5")
    page.locator("button.big").click()
    page.wait_for_url("**/steps/finish/")
    assert page.locator(".guard .broken").is_visible()
    radio(one, "reactions", "redness").click()
    radio(one, "stopped_early", "no").click()
    page.locator("button.big").click()
    page.wait_for_url("**/sign/")
    assert page.locator(".loud").is_visible() and "SC-7" in page.locator("main").inner_text()
    assert barriers(one) == []
    with page.expect_navigation():
        page.locator("button.big").click()
    assert page.locator(".asked").is_visible() and Session.objects.get().state == "open"
    page.locator("[name='reason.volume_ml.']").fill("a second syringe was opened")
    page.locator("button.big").click()
    page.wait_for_url("**/sessions/*/")
    assert record(case.course).sessions[0].limits_broken[0].reason == "a second syringe was opened"


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", ["desktop", "tablet"])
def test_a_follow_up_is_done_from_the_work_list_and_a_serious_event_shows_on_the_clients_page(
    tab, case, size, language, monkeypatch
):
    signed_session(case)
    set_day(monkeypatch, ON + timedelta(days=1))
    one = tab(Role.ASSISTANT, size=size, language=language)
    page = one.page
    one.go("/today/")
    wrong = barriers(one)
    with page.expect_navigation():
        page.locator("ul.links a").first.click()
    wrong += barriers(one)
    radio(one, "found", "event").click()  # what is asked about it opens by itself
    page.select_option("[name=what]", "necrosis")
    radio(one, "severity", "serious").click()
    radio(one, "resolved", "no").click()
    page.locator("button.big").click()
    page.wait_for_url("**/today/")
    assert FollowUp.objects.get(when="day1").found == "event"
    one.go(f"/clients/{case.client.pk}/")
    assert page.locator("[role=alert]").first.is_visible()
    wrong += barriers(one)
    with page.expect_navigation():
        page.locator("[role=alert] a").first.click()
    wrong += barriers(one)
    assert wrong == []


@pytest.mark.parametrize("size", ["desktop", "tablet"])
def test_the_earlier_photo_lies_over_the_camera_and_the_line_between_before_and_after_moves(
    tab, maria, size, monkeypatch
):
    set_day(monkeypatch, ON)
    first, _second = two_photos(maria, monkeypatch)
    one = tab(Role.ASSISTANT, size=size)
    page = one.page
    one.go(f"/clients/{maria.pk}/photos/{first.pk}/again/")
    page.locator("[data-start]").click()
    page.locator("[data-video]").wait_for(state="visible")
    assert page.locator("[data-ghost]").is_visible()
    strength = "getComputedStyle(document.querySelector('[data-ghost]')).opacity"
    assert page.evaluate(strength) == "0.45"
    page.locator("[data-strength]").fill("70")
    assert page.evaluate(strength) == "0.7"
    wrong = barriers(one)
    page.locator("[data-take]").click()
    page.locator("[data-preview]").wait_for(state="visible")
    assert not page.locator("[data-ghost]").is_visible()
    page.locator(".actions button.main").click()
    page.wait_for_url("**/photos/*/")
    assert maria.photos.count() == 3
    one.go(f"/clients/{maria.pk}/photos/compare/")
    page.locator("[data-slide]").fill("20")
    over = "getComputedStyle(document.querySelector('.over')).clipPath"
    assert page.evaluate(over) == "inset(0px 0px 0px 20%)"
    wrong += barriers(one)
    assert wrong == []
