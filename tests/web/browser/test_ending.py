"""What is typed in a page is not lost with the login: the end is said before, and what stands there can be copied."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes import links, services
from mesoplan_clinic.kernel import clock
from web.browser.test_every_page import OVERFLOW, SMALLEST, TOUCH, violations
from web.line import ON, signed

pytestmark = pytest.mark.django_db(transaction=True)
SAVE = "main form button.main"


def barriers(one) -> list[str]:
    page = one.page
    found = violations(page) + [f"too small: {text}" for text in page.evaluate(TOUCH, SMALLEST)]
    return found + (["wider than the screen"] if page.evaluate(OVERFLOW) > 0 else [])


def part(one, name: str):
    return one.page.locator(f"#ending [data-part={name}]")


def typing(tab, client, **options):
    """A page with a form in which a name was typed, in a browser whose clock the test moves."""
    one = tab(**options)
    one.page.clock.install()
    one.go(f"/clients/{client.pk}/change/")
    one.page.fill("[name=notes]", "Half a page of notes")
    return one


def sent(one) -> list[str]:
    found: list[str] = []
    one.page.on("request", lambda asked: found.append(asked.url) if asked.method == "POST" else None)
    return found


@pytest.mark.parametrize(("size", "language", "scheme"), [("tablet", "ru", "dark"), ("desktop", "en", "light")])
def test_two_minutes_before_the_end_a_page_says_when_and_a_tap_stays(tab, maria, size, language, scheme):
    one = typing(tab, maria, size=size, language=language, color_scheme=scheme)
    one.page.clock.fast_forward("27:30")
    expect(part(one, "soon")).to_be_hidden()
    place = one.page.locator("[name=notes]").bounding_box()
    one.page.clock.fast_forward("00:40")
    expect(part(one, "soon")).to_be_visible()
    assert one.page.locator("[name=notes]").bounding_box() == place
    shape = "{hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}"
    when = one.page.evaluate(f"new Date(Date.now() + 110_000).toLocaleTimeString('en', {shape})")
    assert when in part(one, "soon").inner_text()
    assert barriers(one) == []
    part(one, "soon").locator("button").click()
    expect(part(one, "soon")).to_be_hidden()
    one.page.clock.fast_forward("25:00")
    expect(part(one, "soon")).to_be_hidden()
    expect(part(one, "over")).to_be_hidden()
    one.page.locator(SAVE).click()
    one.page.wait_for_url(f"**/clients/{maria.pk}/")
    maria.refresh_from_db()
    assert maria.notes == "Half a page of notes"


@pytest.mark.parametrize(("size", "language"), [("tablet", "ru"), ("desktop", "en")])
def test_when_the_login_is_over_what_was_typed_stays_and_is_not_sent(tab, maria, size, language):
    one = typing(tab, maria, size=size, language=language)
    posts = sent(one)
    one.page.clock.fast_forward("30:01")
    expect(part(one, "over")).to_be_visible()
    save = one.page.locator(SAVE)
    expect(save).to_have_attribute("aria-disabled", "true")
    expect(save).to_have_attribute("aria-describedby", "ending-over")
    assert barriers(one) == []
    save.click(force=True)
    one.page.locator("[name=name]").press("Enter")
    expect(one.page.locator("[name=notes]")).to_have_value("Half a page of notes")
    assert posts == [] and one.page.url.endswith("/change/")
    one.page.set_viewport_size({"width": 320, "height": 256})
    assert barriers(one) == []


def test_a_page_whose_login_another_page_prolonged_says_nothing(tab, maria):
    one = typing(tab, maria)
    one.page.clock.fast_forward("28:30")
    expect(part(one, "soon")).to_be_visible()
    other = one.page.context.new_page()
    other.clock.install(time=one.page.evaluate("Date.now()"))
    other.goto(f"{one.address}/clients/")
    expect(part(one, "soon")).to_be_hidden()
    other.close()


def test_what_a_page_saves_by_itself_prolongs_its_login(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.page.clock.install()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/health/")
    one.page.clock.fast_forward("28:30")
    expect(part(one, "soon")).to_be_visible()
    one.page.locator("form.question:not([hidden]) .choice:has([value=no])").first.click()
    expect(part(one, "soon")).to_be_hidden()


def test_at_the_end_of_the_longest_login_no_button_promises_more(tab, maria, settings):
    settings.SESSION_COOKIE_AGE = 20 * 60
    one = typing(tab, maria)
    one.page.clock.fast_forward("18:30")
    expect(part(one, "last")).to_be_visible()
    expect(part(one, "soon")).to_be_hidden()
    assert barriers(one) == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_clients_form_says_when_it_closes_and_keeps_what_stands_in_it(tab, maria, member, settings, language):
    signed(maria, 1, ON - timedelta(days=20))
    row = services.begin(maria, member(Role.PHYSICIAN))
    settings.PUBLIC_URL = tab_address = tab(None).address
    maria.language = language
    maria.save()
    link, address = links.make_link(row, member(Role.PHYSICIAN))
    link.expires_at = clock.now() + timedelta(minutes=40)
    link.save()
    one = tab(None, language=language)
    one.page.clock.install()
    one.page.goto(address)
    one.page.locator("button.main").click()
    one.page.wait_for_selector("html[data-ready]")
    one.page.goto(f"{tab_address}/form/sign/")
    one.page.fill("[name=name]", "Maria Ex")
    posts = sent(one)
    one.page.clock.fast_forward("38:30")
    expect(part(one, "last")).to_be_visible()
    assert barriers(one) == []
    one.page.clock.fast_forward("02:00")
    expect(part(one, "over")).to_be_visible()
    assert barriers(one) == []
    one.page.locator("[name=name]").press("Enter")
    expect(one.page.locator("[name=name]")).to_have_value("Maria Ex")
    assert posts == []
