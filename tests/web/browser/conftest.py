"""A real browser on a real server of the application, at two sizes, in two languages, without a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import get_user
from playwright.sync_api import Browser, Page, Playwright, expect

from browser.chromium import ARGUMENTS, executable
from mesoplan_clinic.accounts.roles import Role

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in this thread, Django only sees it
expect.set_options(timeout=15_000)

SIZES = {"desktop": {"width": 1280, "height": 800}, "tablet": {"width": 820, "height": 1180}}
MEDIA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *MEDIA])
    yield started
    started.close()


@dataclass
class Tab:
    """A page of the application with what went wrong in it; anything that did fails the test at its end."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)
    taps: int = 0

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def tap(self, target: Any) -> None:
        """Tap on something, as a finger does, and count it."""
        target.click()
        self.taps += 1


@pytest.fixture
def tab(chromium: Browser, live_server: Any, browser: Callable[..., Any]) -> Iterator[Callable[..., Tab]]:
    """Open a tab logged in as a role (None: as nobody), at a size, in a language.

    `proved`: the password was entered again just now, as some pages ask for.
    """
    opened: list[tuple[Any, Tab]] = []

    def open_tab(
        role: Role | None = Role.PHYSICIAN,
        *,
        size: str = "desktop",
        language: str = "en",
        proved: bool = False,
        **options: Any,
    ) -> Tab:
        context = chromium.new_context(
            viewport=SIZES[size], locale=language, has_touch=size == "tablet", reduced_motion="reduce", **options
        )
        context.grant_permissions(["camera"], origin=live_server.url)
        cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
        if role is not None:
            here = browser(role)
            if proved:
                _prove(here)
            key = here.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url})
        context.add_cookies(cookies)
        page = context.new_page()
        one = Tab(page, live_server.url)
        page.on("console", lambda said: one.wrong.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: one.wrong.append(f"script: {error}"))
        page.on(
            "request",
            lambda sent: one.wrong.append(f"went out: {sent.url}") if _foreign(sent.url, live_server) else None,
        )
        opened.append((context, one))
        return one

    yield open_tab
    wrong = [text for _, one in opened for text in one.wrong]
    for context, _ in opened:
        context.close()
    # a status that a test provokes is said on the console too; what is not one is a fault
    assert [text for text in wrong if "the server responded with a status of 4" not in text] == []


def _prove(here: Any) -> None:
    asked = SimpleNamespace(session=here.session)
    record_authentication(asked, get_user(asked), "password", reauthenticated=True)
    asked.session.save()


def _foreign(url: str, server: Any) -> bool:
    return not url.startswith((server.url, "data:", "blob:", "about:"))
