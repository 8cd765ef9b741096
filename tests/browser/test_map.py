"""map.html in a real browser: drawn, and worked by mouse, touch and keys, from the disk and without a network."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from browser.chromium import ARGUMENTS, executable
from browser.conftest import Opened
from mesoplan.knowledge.base import Knowledge
from mesoplan.report.map_colours import rgb, session_colours
from mesoplan.report.map_content import MapCover, ZoneCard
from mesoplan.report.names import Names
from mesoplan.report.words import Words
from report.skins import face

Open = Callable[..., Opened]
SESSION_DOTS = 1500
GROUND = (238, 241, 241)


def shot(page: Page) -> Any:
    """The drawing as it is seen, once nothing moves any more."""
    frames = ""
    while frames != (frames := page.locator("#scene").get_attribute("data-frames") or ""):
        page.wait_for_timeout(350)
    with Image.open(io.BytesIO(page.locator("#scene").screenshot())) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def changed(one: Any, other: Any, by: int) -> int:
    """How many pixels differ; a picture may be a line higher than another."""
    height, width = (min(one.shape[axis], other.shape[axis]) for axis in (0, 1))
    return int((np.abs(one[:height, :width] - other[:height, :width]).max(axis=2) > by).sum())


def colours_seen(page: Page, sessions: int = 3) -> list[bool]:
    picture = shot(page)
    palette = [rgb(one) for one in session_colours(sessions)]
    return [bool((np.abs(picture - one).max(axis=2) < 30).sum() > 60) for one in palette]


def skin_seen(page: Page) -> int:
    """How many pixels are not ground."""
    return int((np.abs(shot(page) - GROUND).max(axis=2) > 6).sum())


def dots(page: Page) -> tuple[int, int]:
    scene = page.locator("#scene")
    return int(scene.get_attribute("data-first") or -1), int(scene.get_attribute("data-dots") or -1)


def drag(page: Page, across: float, down: float = 0.0) -> None:
    box = page.locator("#scene").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for part in range(1, 9):
        page.mouse.move(x + across * part / 8, y + down * part / 8)
    page.mouse.up()


def middle(page: Page) -> tuple[float, float]:
    box = page.locator("#scene").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_map_opens_from_the_disk_draws_all_zones_and_asks_for_nothing(opened: Open) -> None:
    page = opened().page
    picture = shot(page)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200
    assert 0.2 < skin_seen(page) / picture[..., 0].size < 0.8
    expect(page.locator(".no-webgl")).to_be_hidden()
    expect(page.locator("p.lost")).to_be_hidden()


def test_the_slider_shows_one_session_or_all_up_to_it_in_their_colours(opened: Open) -> None:
    page = opened().page
    assert colours_seen(page) == [True, False, False]
    page.locator("#session").fill("2")
    assert dots(page) == (SESSION_DOTS, SESSION_DOTS)
    assert colours_seen(page) == [False, True, False]
    page.locator("#together").check()
    assert dots(page) == (0, 2 * SESSION_DOTS)
    assert colours_seen(page) == [True, True, False]
    expect(page.locator("#shown")).to_have_text("Sessions 1 to 2 of 3: 3,000 punctures.")
    expect(page.locator("[data-cover].on")).to_contain_text("Cover expected after session 2")
    expect(page.locator("[data-cover].on")).to_contain_text("registration error of 0.5")
    page.locator("[data-session='2']").click()
    assert dots(page) == (0, 3 * SESSION_DOTS)
    expect(page.locator("#session")).to_have_attribute("aria-valuetext", "Session 3 of 3")


def test_a_click_on_the_skin_chooses_its_zone_and_another_one_takes_it_back(opened: Open) -> None:
    page = opened().page
    before = shot(page)
    page.locator("#scene").click()  # the middle of the drawing is the nose
    expect(page.locator(".card.on")).to_contain_text("nose")
    expect(page.locator(".card.on")).to_contain_text("Area fraction")
    expect(page.locator(".zones [aria-pressed='true']")).to_have_text("nose")
    assert changed(shot(page), before, 20) > 500
    page.locator("#scene").click()
    expect(page.locator(".card.on")).to_have_count(0)
    assert changed(shot(page), before, 8) < 200
    drag(page, 90)
    expect(page.locator(".card.on")).to_have_count(0)


def test_a_zone_chosen_from_the_list_is_looked_at_and_told(opened: Open) -> None:
    page = opened().page
    before = shot(page)
    page.get_by_role("button", name="cheek upper left", exact=True).click()
    expect(page.locator(".card.on h3")).to_have_text("cheek upper left")
    expect(page.locator(".card.on")).to_contain_text("Session 3")
    assert changed(shot(page), before, 20) > 20_000


def test_everything_is_reached_by_keys_alone(opened: Open) -> None:
    page = opened().page
    for _ in range(20):
        if page.evaluate("document.activeElement.id") == "scene":
            break
        page.keyboard.press("Tab")
    before, size = shot(page), skin_seen(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert skin_seen(page) > size * 1.2
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#seen-left")).to_be_visible()
    expect(page.locator("#side-left")).to_be_hidden()
    for _ in range(18):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#seen-right")).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("0")
    assert changed(shot(page), before, 8) < 1000
    page.keyboard.press("PageDown")
    page.keyboard.press("a")
    assert dots(page) == (0, 2 * SESSION_DOTS)
    page.get_by_role("button", name="chin", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card.on h3")).to_have_text("chin")
    page.keyboard.press("Escape")
    expect(page.locator(".card.on")).to_have_count(0)
    expect(page.locator("#no-zone")).to_be_visible()


def test_nobody_goes_through_the_skin_and_the_whole_is_one_key_away(opened: Open) -> None:
    page = opened().page
    size = skin_seen(page)
    page.locator("#scene").focus()
    for _ in range(40):
        page.keyboard.press("+")
    assert skin_seen(page) > 0.99 * shot(page)[..., 0].size
    page.mouse.move(*middle(page))
    for _ in range(30):
        page.mouse.wheel(0, -400)
    assert skin_seen(page) > 0.99 * shot(page)[..., 0].size
    page.locator("#front").click()
    assert skin_seen(page) == pytest.approx(size, rel=0.02)
    for _ in range(30):
        page.mouse.move(*middle(page))
        page.mouse.wheel(0, 400)
    assert skin_seen(page) > 1000


def test_fingers_turn_enlarge_and_choose(opened: Open) -> None:
    page = opened(has_touch=True, viewport={"width": 820, "height": 1100}).page
    x, y = middle(page)
    page.touchscreen.tap(x, y)
    expect(page.locator(".card.on h3")).to_have_text("nose")
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": px, "y": py, "id": at} for at, (px, py) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    size = skin_seen(page)
    fingers("touchStart", (x - 60, y), (x + 60, y))
    for step in range(1, 7):
        fingers("touchMove", (x - 60 - 15 * step, y), (x + 60 + 15 * step, y))
    fingers("touchEnd")
    assert skin_seen(page) > size * 1.3
    fingers("touchStart", (x - 250, y))
    for step in range(1, 11):
        fingers("touchMove", (x - 250 + 50 * step, y))
    fingers("touchEnd")
    expect(page.locator("#seen-right")).to_be_visible()


def test_the_clients_sides_stand_where_they_are_however_it_is_turned(opened: Open) -> None:
    page = opened().page

    def at(name: str) -> float:
        box = page.locator(f"#side-{name}").bounding_box()
        assert box is not None
        return box["x"]

    expect(page.locator("#side-right")).to_have_text("CLIENT\u2019S RIGHT")
    assert at("right") < at("left")
    page.get_by_role("button", name="Client\u2019s left").click()
    expect(page.locator("#seen-left")).to_be_visible()
    expect(page.locator("#seen-left")).to_have_text("Seen from the client\u2019s left")
    page.get_by_role("button", name="Front").click()
    expect(page.locator("#side-left")).to_be_visible()
    assert at("right") < at("left")
    expect(page.locator("#side-state")).to_have_count(0)


def test_a_scan_seen_from_behind_has_its_sides_exchanged(opened: Open, page_file: Callable[..., Path]) -> None:
    path = page_file()
    behind = path.with_name("scan.html")
    text = path.read_text(encoding="utf-8").replace('"source":"canonical"', '"source":"scan"')
    behind.write_text(text, encoding="utf-8")
    page = opened(behind).page
    page.locator("#scene").focus()
    for _ in range(18):
        page.keyboard.press("ArrowRight")
    boxes = [page.locator(f"#side-{name}").bounding_box() for name in ("left", "right")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] < boxes[1]["x"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_doubt_about_the_sides_is_seen_at_once(
    opened: Open, page_file: Callable[..., Path], knowledge: Knowledge, language: str
) -> None:
    words = Words(knowledge, language)
    page = opened(page_file(language, "not confirmed")).page
    expect(page.locator("#side-state")).to_contain_text(words("side.not_confirmed"))
    expect(page.locator(".side-mark")).to_have_text(words("side.not_confirmed"))
    expect(page.locator("#side-left")).to_have_text(words("side.left_full") + "?")
    for part in ("#side-state", ".side-mark", "#side-left"):
        expect(page.locator(part)).to_be_in_viewport()
    assert page.evaluate("getComputedStyle(document.querySelector('#side-left')).color") == "rgb(163, 32, 26)"


def test_the_russian_map_speaks_russian_to_eye_and_ear(
    opened: Open, page_file: Callable[..., Path], knowledge: Knowledge
) -> None:
    names = Names(knowledge, Words(knowledge, "ru"))
    cards = {zone: ZoneCard(names.zone(zone), (("Глубина", "1 мм"),)) for zone in face(0).zones}
    page = opened(page_file("ru", cards=cards, session_names=("6 декабря", "27 декабря", "17 января"))).page
    expect(page.locator("#shown")).to_have_text("Только процедура 1 из 3: 1500 проколов.")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.locator("#session").fill("3")
    expect(page.locator("#session")).to_have_attribute("aria-valuetext", "Процедура 3 из 3")
    visible = page.locator("body").inner_text()
    latin = re.findall("[A-Za-z]+", visible.replace("Test Client", ""))
    assert latin == []


def test_motion_is_left_out_for_whoever_asks_for_less(opened: Open) -> None:
    for preference, at_once in (("reduce", True), ("no-preference", False)):
        page = opened(reduced_motion=preference, fake_clock=True).page
        page.clock.pause_at(30_000)
        page.clock.run_for(500)
        page.locator("#left").click()
        page.clock.run_for(50)
        assert page.locator("#seen-left").is_visible() is at_once
        page.clock.run_for(600)
        assert page.locator("#seen-left").is_visible()


def test_in_the_dark_the_scene_is_dark_too_and_changes_with_the_preference(opened: Open) -> None:
    page = opened(color_scheme="dark").page
    assert shot(page)[5, 5].max() < 60
    page.emulate_media(color_scheme="light")
    assert shot(page)[5, 5].min() > 200


def test_without_webgl_the_table_takes_the_place_of_the_scene(
    opened: Open, playwright: Playwright, page_file: Callable[..., Path]
) -> None:
    flat = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, "--disable-3d-apis"])
    page = opened(of=flat).page
    expect(page.locator("#stage")).to_be_hidden()
    expect(page.locator(".no-webgl")).to_be_visible()
    expect(page.locator("#table table")).to_be_visible()
    page.locator("#session").fill("2")
    expect(page.locator("[data-cover].on")).to_contain_text("after session 2")
    page.get_by_role("button", name="chin", exact=True).click()
    expect(page.locator(".card.on h3")).to_have_text("chin")


def test_without_scripts_everything_that_is_said_stands_there(opened: Open, knowledge: Knowledge) -> None:
    page = opened(ready=False, java_script_enabled=False).page
    expect(page.locator("#stage")).to_be_hidden()
    expect(page.get_by_text(Words(knowledge, "en")("view.no_script"))).to_be_visible()
    assert page.locator(".card:visible").count() > 20
    assert page.locator(".cover:visible").count() == 3
    page.locator("#table summary").click()
    expect(page.locator("#table table")).to_be_visible()


def test_an_example_of_a_free_hand_cannot_be_taken_for_a_plan(opened: Open, page_file: Callable[..., Path]) -> None:
    path = page_file(mode="example", cover=(MapCover(0.2, low=0.17, high=0.23), None, None))
    page = opened(path).page
    expect(page.locator(".mode")).to_contain_text("SIMULATED EXAMPLE")
    expect(page.locator(".mode")).to_be_in_viewport()
    assert page.evaluate("getComputedStyle(document.querySelector('.mode')).color") == "rgb(163, 32, 26)"


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 800), (1024, 768), (820, 1180), (390, 844)])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_on_every_screen_nothing_runs_over_its_edge_and_targets_are_large_enough(
    opened: Open, page_file: Callable[..., Path], width: int, height: int, language: str
) -> None:
    page = opened(page_file(language, "not confirmed"), viewport={"width": width, "height": height}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, label:has(input), input[type=range]")]
          .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.height < 36 || box.width < 36)).map(([name]) => name)"""
    )
    assert small == []
    over = page.evaluate(
        """() => [...document.querySelectorAll("button, .side, dd, .warning, h1, h2")]
          .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map((one) => one.textContent)"""
    )
    assert over == []
    boxes = [page.locator(one).bounding_box() for one in ("#side-right", "#side-left")]
    assert all(boxes)
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]  # type: ignore[index]


def test_a_lost_drawing_says_so(opened: Open) -> None:
    one = opened()
    one.page.evaluate(
        "document.querySelector('#scene').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    expect(one.page.locator("p.lost")).to_be_visible()
    one.said.clear()  # three.js tells it on the console, as it should
