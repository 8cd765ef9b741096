"""Planning as it is done: technique, photo, side, circle, date, consent, paper; at a desk and on a tablet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from mesoplan_clinic.kernel import clock
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import Consent, Course
from web.line import signed
from web.pictures import portrait

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))


def said(language: str, words: str) -> str:
    with translation.override(language):
        return translation.gettext(words)


def draw_signature(page: Page) -> None:
    canvas = page.locator(".signature canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + 20 * step, box["y"] + (30 if step % 2 else 90))
    page.mouse.up()


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("tablet", "ru")])
def test_a_course_is_planned_from_technique_to_paper(tab, maria, size, language):
    maria.language = language
    maria.save()
    signed(maria)
    one = tab(size=size, language=language)
    page = one.page

    def press(words: str) -> None:
        page.get_by_role("button", name=said(language, words), exact=True).first.click()

    def follow(words: str) -> None:
        page.get_by_role("link", name=said(language, words), exact=True).first.click()

    one.go(f"/clients/{maria.pk}/")
    follow("Plan a course")
    page.locator("input[name=technique][value=fractional_stamp]").check()
    press("Plan with this technique")
    expect(page.locator("#settings table").first).to_be_visible()
    course = Course.objects.get()
    assert course.technique == "fractional_stamp"

    # the photo: asked first, then sent; its side is confirmed
    one.go(f"/clients/{maria.pk}/photos/new/")
    follow("Ask for consent to photos")
    page.locator("input[name=record][value=yes]").check()
    page.locator("input[name=publication][value=no]").check()
    draw_signature(page)
    press("Sign")
    follow("Take a photo")
    page.locator("input[type=file]").set_input_files(
        {"name": "face.jpg", "mimeType": "image/jpeg", "buffer": portrait()}
    )
    expect(page.locator("[data-preview]")).to_be_visible()
    press("Keep the photo")
    page.locator("input[name=mirrored][value=no]").check()
    press("Confirm the side")
    expect(page.locator("[role=status] .notice")).to_be_visible()
    photo = Photo.objects.get()
    assert photo.mirrored == "no"
    expect(page.locator(".identity img.face")).to_be_visible()

    # zones on it, and a circle drawn, moved and resized by keys
    one.go(f"/clients/{maria.pk}/courses/{course.pk}/photo/")
    press("Find the zones on this photo")
    svg = page.locator("[data-keepouts] svg")
    expect(svg.locator("polygon.goal").first).to_be_visible()
    box = svg.bounding_box()
    assert box is not None
    svg.click(position={"x": box["width"] / 2, "y": box["height"] * 0.32})
    circle = page.locator(".keepout")
    expect(circle).to_have_count(1)
    before = circle.locator("circle").get_attribute("r")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert float(circle.locator("circle").get_attribute("r")) > float(before)
    press("Save and plan anew")
    expect(page.locator(".keepout")).to_have_count(1)
    kept = plans.core_plan(plans.latest_plan(course))
    assert [keep_out.zone for keep_out in kept.surface.keep_outs] == [None]
    assert kept.surface.side == "confirmed"

    # another date
    one.go(f"/clients/{maria.pk}/courses/{course.pk}/sessions/2/move/")
    page.locator("input[name=day][type=date]").fill("2026-12-13")
    press("Move to this day")
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator(".days button:not([disabled])").nth(1).click()
    expect(page.locator("#dates")).to_be_visible()
    course.refresh_from_db()
    assert list(course.choices["days"]) == ["2"]

    # consent and paper
    follow("Read and sign")
    draw_signature(page)
    press("I agree, and sign")
    expect(page.locator("#consent .tone-treat")).to_be_visible()
    assert Consent.objects.filter(kind="treatment").get().signature
    link = page.locator(".papers a[href$='plan.pdf/']")
    expect(link).to_be_visible(timeout=60_000)
    paper = page.request.get(one.address + link.get_attribute("href"))
    assert paper.ok and paper.body().startswith(b"%PDF")


def test_a_photo_is_taken_with_the_camera(tab, maria):
    from mesoplan_clinic.plans import consents

    consents.sign(
        maria, None, "photo", consents.photo_text(maria), signed_as="Maria", signature=None, agreed=["record"]
    )
    one = tab(size="tablet")
    one.go(f"/clients/{maria.pk}/photos/new/")
    one.page.get_by_role("button", name="Open the camera").click()
    expect(one.page.locator("video")).to_be_visible()
    one.page.get_by_role("button", name="Take the photo", exact=True).click()
    expect(one.page.locator("[data-preview]")).to_be_visible()
    one.page.get_by_role("button", name="Keep the photo").click()
    expect(one.page.locator("figure.marked img")).to_be_visible()
    assert Photo.objects.get().width > 200


def test_a_circle_is_dragged_and_removed_with_the_mouse(tab, maria, member):
    from web.pictures import kept_photo

    photo = kept_photo(maria, portrait(), mirrored="no")
    course = plans.open_course(maria, member())
    course.photo = photo
    course.save()
    plans.plan_course(course, signed(maria), member(), clock.today(maria.clinic))
    one = tab()
    one.go(f"/clients/{maria.pk}/courses/{course.pk}/photo/")
    page, svg = one.page, one.page.locator("[data-keepouts] svg")
    box = svg.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.3
    page.mouse.click(x, y)
    start = page.locator(".keepout circle").get_attribute("cx")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 10, steps=5)
    page.mouse.up()
    assert float(page.locator(".keepout circle").get_attribute("cx")) > float(start) + 5
    expect(page.locator(".keepout")).to_have_count(1)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".keepout")).to_have_count(0)


def test_the_map_in_space_appears_in_its_frame(tab, maria, member):
    course = plans.open_course(maria, member())
    plans.plan_course(course, signed(maria), member(), clock.today(maria.clinic))
    one = tab()
    one.go(f"/clients/{maria.pk}/courses/{course.pk}/space/")
    frame = one.page.frame_locator("iframe.space")
    expect(frame.locator("html[data-ready] #scene")).to_be_visible(timeout=60_000)
