"""What holds for every page, at both sizes and in both languages: it is found by itself in the URL configuration."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from mesoplan_clinic.accounts.roles import TABLE, Role
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.intakes import links
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.services import begin
from mesoplan_clinic.intakes.shown import Page
from mesoplan_clinic.owner import recovery
from mesoplan_clinic.screenings import services as screenings
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits.sheet import STEPS
from web.browser.conftest import SIZES
from web.line import signed
from web.test_routes import DECLARED, address, declared, rows_of_everything
from web.treating import ON, session_under_way, set_day

pytestmark = pytest.mark.django_db(transaction=True)

NOT_PAGES = {
    "audit_head",
    "everything_csv",
    "client_export",
    "photo_file",
    "photo_small",
    "course_map",
    "course_paper",
    "course_space_file",
    "received_csv",
    "session_leaflet",
}
"""They are files, or pictures within a page."""
LINK_PAGES = {"form", "form_group", "form_sign"}
LEAD_ON = ["/", "/account/reauthenticate/", "/account/login/", "/form/"]
"""They only lead to another page."""
PAGES = [one for one in DECLARED if declared(one).see is not None and one.name not in NOT_PAGES]
SMALLEST = 43.5  # CSS pixels; 44 less what a browser rounds
ACCOUNT = [
    "/account/login/",
    "/account/password/reset/",
    "/account/2fa/webauthn/",
    "/account/2fa/",
    "/account/password/change/",
    "/account/reauthenticate/",
]

TOUCH = """smallest => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => e.checkVisibility() && !e.closest('p, td, th, dd, li > span, .skip, .helptext, footer'))
  .map(e => { const own = e.matches('input[type=checkbox], input[type=radio]') && e.closest('label') || e;
              const b = own.getBoundingClientRect();
              return [e.outerHTML.slice(0, 90), b.width, b.height] })
  .filter(([, w, h]) => w > 1 && (h < smallest || w < smallest))"""
SHIFT = """() => new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 150) })"""
SQUEEZED = """() => { const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const found = [], range = document.createRange();
  while (walk.nextNode()) {
    const text = walk.currentNode, e = text.parentElement;
    if (text.data.trim().length < 6 || !e.checkVisibility()) continue;
    range.selectNodeContents(text);
    const b = range.getBoundingClientRect(), em = parseFloat(getComputedStyle(e).fontSize);
    if (b.width > 2 && b.width < 3.5 * em && b.height > 5 * em) found.push(text.data.trim().slice(0, 60));
  }
  return found }"""
"""Text in a column of a few letters."""
OVERLAP = """() => { const all = [...document.querySelectorAll('main a, main button, main summary')]
    .filter(e => e.checkVisibility() && !e.closest('.sticky, .guard, p, li > span'));
  const hits = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
                      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const boxes = all.map(e => e.getBoundingClientRect());
  return all.flatMap((e, i) => all.slice(i + 1)
    .filter((other, k) => !e.contains(other) && hits(boxes[i], boxes[i + 1 + k]))
    .map(other => `${e.textContent.trim().slice(0, 40)} | ${other.textContent.trim().slice(0, 40)}`)) }"""
"""Two things to tap that lie on each other."""
OVERFLOW = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


def role_for(pattern) -> Role | None:
    allowed = TABLE[declared(pattern).see]
    return next((one for one in (Role.PHYSICIAN, Role.OWNER, Role.AUDITOR) if one in allowed), None)


def violations(page, **options) -> list[str]:
    """Return what axe has against a page; what it has for it stays in the browser: it is long."""
    page.wait_for_load_state()  # a click that leads on does not wait for the next page
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(
        "async options => (await axe.run(document, options)).violations", {"resultTypes": ["violations"], **options}
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for one in found for node in one["nodes"]
    ]


@pytest.fixture
def pages(maria, ivan, member, monkeypatch):
    """Return the addresses of every page for a role, with real words where an address has words."""
    set_day(monkeypatch, ON)
    monkeypatch.setattr(recovery, "did_recently_reauthenticate", lambda _request: True)
    kept = member()
    kept.user.set_password("correct horse battery")  # else nobody could be asked who they are
    kept.user.save()
    rows = rows_of_everything(maria, member)
    strict = screenings.screen(signed(ivan, diabetes="yes"), kept, ON)
    to_decide = next(one.id for one in screenings.found_in(strict).findings if one.rule.startswith("diabetes"))
    asking = begin(maria, kept)
    olga = enter_client(maria.clinic, name="Olga Example", identifier="O-3", birth_date="1980-05-02")
    treating = session_under_way(olga, kept, rows[Lot])
    words = {
        "session_step": (treating, "step", [one for one in STEPS if one != "sign"]),
        "session_sign": (treating, "", [""]),
        "intake_group": (asking, "group", [one["id"] for one in Page(asking).groups()]),
        "intake_sign": (asking, "", [""]),
        "decide": (strict, "finding", [to_decide]),
    }
    groups = words["intake_group"][2]
    by_role: dict[Role, list[str]] = {Role.LINK: [reverse("form"), reverse("form_sign"), reverse("form_over")]}
    by_role[Role.LINK] += [reverse("form_group", args=[group]) for group in groups]
    for one in PAGES:
        role = role_for(one)
        if role is None:  # a client's own: above
            assert one.name in LINK_PAGES
            continue
        row, name, values = words.get(one.name, (None, "", [""]))
        real = rows if row is None else {**rows, type(row): row, Client: row.client}
        by_role.setdefault(role, []).extend(address(one, real, **({name: value} if name else {})) for value in values)
    return by_role


@pytest.fixture
def enter(tab, pages, maria, member, settings, monkeypatch):
    """Open a tab as one of those who have pages; a client comes by a one-time link."""
    monkeypatch.setattr(links, "SENT_FOR", timedelta(days=3_650))  # a browser's clock is the machine's

    def enter(role: Role, language: str, **how):
        if role is not Role.LINK:
            return tab(role, proved=True, language=language, **how)
        one = tab(None, language=language, **how)
        Client.objects.filter(pk=maria.pk).update(language=language)
        settings.PUBLIC_URL = one.address
        asked = Intake.objects.filter(client=maria, state=Intake.State.OPEN).latest("number")
        one.page.goto(links.make_link(asked, member())[1])
        with one.page.expect_navigation():
            one.page.locator("main button.main").click()
        return one

    return enter


def opened(one, path: str) -> list[str]:
    """Open a page and return what is wrong with what answered: another page than the one asked for, or none."""
    answer = one.page.goto(f"{one.address}{path}")
    led = urlsplit(one.page.url).path
    wrong = [] if answer.ok else [f"answered {answer.status}"]
    return wrong + ([f"led to {led}"] if led != path and path not in LEAD_ON else [])


def moved(page) -> list[str]:
    shift = page.evaluate(SHIFT)
    return [f"moves after it has appeared: {shift}"] if shift > 0.01 else []


def too_wide(page) -> list[str]:
    return ["wider than the screen"] if page.evaluate(OVERFLOW) > 0 else []


def squeezed(page) -> list[str]:
    found = [f"squeezed: {text}" for text in page.evaluate(SQUEEZED)]
    return found + [f"on each other: {text}" for text in page.evaluate(OVERLAP)]


def enlarged(page) -> list[str]:
    """1280 pixels at 400 % are 320 pixels: one column, nothing to be moved sideways but a table in its own frame."""
    page.set_viewport_size({"width": 320, "height": 256})
    return [f"at 400 %: {text}" for text in too_wide(page) + squeezed(page)]


def barriers(page) -> list[str]:
    """Return what axe finds, and what it finds of colours in the dark."""
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    return found + [f"in the dark: {text}" for text in violations(page, runOnly=["color-contrast"])]


def wrong_with(one, path: str, size: str, with_axe: bool) -> list[str]:
    wrong = opened(one, path)
    wrong += [f"too small: {text}" for text in one.page.evaluate(TOUCH, SMALLEST)]
    wrong += too_wide(one.page) + squeezed(one.page)
    if with_axe:
        wrong += moved(one.page) + barriers(one.page)
        one.page.emulate_media(color_scheme="light")
    if size == "desktop":
        wrong += enlarged(one.page)
        one.page.set_viewport_size(SIZES[size])
    return [f"{path}: {text}" for text in wrong]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", ["desktop", "tablet"])
def test_every_page_is_without_barriers_fits_fingers_the_screen_and_400_per_cent_and_stays_still(
    enter, pages, size, language, pytestconfig
):
    """Light and dark. A page's structure does not hang on its language: axe reads each size in one, in both with --all.

    Words, which do hang on it, are measured in every combination.
    """
    with_axe = (size, language) in [("desktop", "en"), ("tablet", "ru")] or pytestconfig.getoption("--all")
    wrong = []
    for role, paths in pages.items():
        one = enter(role, size=size, language=language)
        for path in [*paths, *(ACCOUNT if role is Role.PHYSICIAN else [])]:
            wrong += wrong_with(one, path, size, with_axe)
    assert wrong == []


def test_a_page_that_is_too_wide_moves_or_has_a_barrier_is_found(tab):
    """The measure itself: a page with every fault."""
    one = tab(None)
    one.page.goto(f"{one.address}/account/login/")
    one.page.evaluate("""() => { const main = document.querySelector('main');
      main.insertAdjacentHTML('afterbegin', '<button id="bad"></button><div id="wide">wide</div>');
      main.insertAdjacentHTML('afterbegin', '<div id="thin">a long question</div>');
      document.querySelector('#bad').attributeStyleMap.set('min-height', '20px');
      document.querySelector('#wide').attributeStyleMap.set('width', '2000px');
      document.querySelector('#thin').attributeStyleMap.set('width', '20px') }""")
    assert any("button-name" in text for text in barriers(one.page))
    assert squeezed(one.page) == ["squeezed: a long question"]
    assert too_wide(one.page) and enlarged(one.page)
    assert any("bad" in text for text, _, _ in one.page.evaluate(TOUCH, SMALLEST))
    assert moved(one.page)


def take_screenshots(enter, pages, folder: Path) -> None:
    """Used by hand: every page in both sizes and languages as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("en", "ru"):
        for size in ("desktop", "tablet"):
            for role, paths in pages.items():
                one = enter(role, size=size, language=language)
                for number, path in enumerate(paths):
                    one.go(path)
                    name = f"{role.value}-{number:02}-{path.strip('/').split('/')[-1] or 'start'}-{size}-{language}.png"
                    one.page.screenshot(path=folder / name, full_page=True)
