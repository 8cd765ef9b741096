"""What holds for every page, at both sizes and in both languages: it is found by itself in the URL configuration."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from mesoplan_clinic.accounts.roles import TABLE, Role
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.intakes.services import begin
from mesoplan_clinic.intakes.shown import Page
from mesoplan_clinic.owner import recovery
from mesoplan_clinic.screenings import services as screenings
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits.sheet import STEPS
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
LEAD_ON = ["/", "/account/reauthenticate/", "/account/login/"]
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
OVERFLOW = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


def role_for(pattern) -> Role | None:
    allowed = TABLE[declared(pattern).see]
    return next((one for one in (Role.PHYSICIAN, Role.OWNER, Role.AUDITOR) if one in allowed), None)


def violations(page) -> list[str]:
    page.wait_for_load_state()  # a click that leads on does not wait for the next page
    found = Axe().run(page).response["violations"]
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
    by_role: dict[Role, list[str]] = {}
    for one in PAGES:
        role = role_for(one)
        if role is None:
            continue
        row, name, values = words.get(one.name, (None, "", [""]))
        real = rows if row is None else {**rows, type(row): row, Client: row.client}
        by_role.setdefault(role, []).extend(address(one, real, **({name: value} if name else {})) for value in values)
    return by_role


def opened(one, path: str) -> list[str]:
    """Open a page and return what is wrong with what answered: another page than the one asked for, or none."""
    answer = one.page.goto(f"{one.address}{path}")
    led = urlsplit(one.page.url).path
    wrong = [] if answer.ok else [f"{path}: answered {answer.status}"]
    return wrong + ([f"{path}: led to {led}"] if led != path and path not in LEAD_ON else [])


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", ["desktop", "tablet"])
def test_no_page_has_a_barrier_a_target_too_small_for_a_finger_or_anything_wider_than_the_screen(
    tab, pages, size, language
):
    wrong = []
    for role, paths in pages.items():
        one = tab(role, size=size, language=language, proved=True)
        for path in [*paths, *(ACCOUNT if role is Role.PHYSICIAN else [])]:
            wrong += opened(one, path)
            wrong += [f"{path}: {text}" for text in violations(one.page)]
            wrong += [f"{path}: too small: {text}" for text in one.page.evaluate(TOUCH, SMALLEST)]
            if one.page.evaluate(OVERFLOW) > 0:
                wrong.append(f"{path}: wider than the screen")
    assert wrong == []


def test_every_page_can_be_read_at_four_hundred_per_cent(tab, pages):
    """1280 pixels at 400 % are 320 pixels: one column, nothing to be moved sideways but a table in its own frame."""
    wrong = []
    for role, paths in pages.items():
        one = tab(role, proved=True)
        one.page.set_viewport_size({"width": 320, "height": 256})
        for path in paths:
            wrong += opened(one, path)
            if one.page.evaluate(OVERFLOW) > 0:
                wrong.append(path)
    assert wrong == []


def test_no_page_has_a_barrier_in_the_dark(tab, pages):
    wrong = []
    for role, paths in pages.items():
        one = tab(role, color_scheme="dark", proved=True)
        for path in paths:
            wrong += opened(one, path)
            wrong += [f"{path}: {text}" for text in violations(one.page)]
    assert wrong == []


def test_nothing_moves_after_a_page_has_appeared(tab, pages):
    script = """() => new Promise(done => { let sum = 0;
      new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
        .observe({type: 'layout-shift', buffered: true});
      setTimeout(() => done(sum), 150) })"""
    wrong = []
    for role, paths in pages.items():
        one = tab(role, proved=True)
        for path in paths:
            wrong += opened(one, path)
            moved = one.page.evaluate(script)
            if moved > 0.01:
                wrong.append((path, moved))
    assert wrong == []


def take_screenshots(tab, pages, folder: Path) -> None:
    """Used by hand: every page in both sizes and languages as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("en", "ru"):
        for size in ("desktop", "tablet"):
            for role, paths in pages.items():
                one = tab(role, size=size, language=language, proved=True)
                for number, path in enumerate(paths):
                    one.go(path)
                    name = f"{role.value}-{number:02}-{path.strip('/').split('/')[-1] or 'start'}-{size}-{language}.png"
                    one.page.screenshot(path=folder / name, full_page=True)
