"""A real browser, without a network: Debian's Chromium, or the one that MESOPLAN_BROWSER names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from browser.chromium import ARGUMENTS, executable
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.report.map_page import write_map
from mesoplan.report.words import Words
from report.skins import content, face, scattered

expect.set_options(timeout=20_000)  # a machine that does much else at the same time


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def page_file(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the path of a map of few dots, by language and side and whatever else its content is to be."""
    folder, made = tmp_path_factory.mktemp("maps"), {}

    def write(language: str = "en", side: str = "confirmed", **changes: Any) -> Path:
        key = (language, side, *sorted(changes))
        if key not in made:
            path = folder / f"map{len(made)}.html"
            made[key] = write_map(
                path, content(scattered(face(1, side), 1500, 3), **changes), Words(knowledge, language)
            )
        return made[key]

    return write


@dataclass
class Opened:
    """A page with whatever it asked for, said on the console, or was refused."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser, page_file: Callable[..., Path]) -> Iterator[Callable[..., Opened]]:
    """Open a map from the disk without a network; what it must never do fails the test at its end."""
    every: list[Opened] = []

    def open_map(
        path: Path | None = None,
        *,
        of: Browser | None = None,
        ready: bool = True,
        fake_clock: bool = False,
        **context: Any,
    ) -> Opened:
        options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "offline": True} | context
        one = Opened((of or browser).new_context(**options).new_page())
        every.append(one)
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.on("pageerror", lambda error: one.said.append(f"error: {error}"))
        one.page.on("console", lambda message: one.said.append(f"{message.type}: {message.text}"))
        if fake_clock:
            one.page.clock.install(time=0)
        one.page.goto((path or page_file()).as_uri())
        if ready:
            one.page.wait_for_selector("html[data-ready]")
        return one

    yield open_map
    for one in every:
        # reading pixels for a screenshot makes the driver complain of its own accord
        assert [text for text in one.said if "GPU stall due to ReadPixels" not in text] == []
        assert len(one.requests) == 1
        assert one.requests[0].startswith("file:")
        one.page.context.close()
