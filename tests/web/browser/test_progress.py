"""Whatever takes longer than a blink says that it is under way."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.clients import services
from mesoplan_clinic.owner import data_rights
from mesoplan_clinic.visits import line

pytestmark = pytest.mark.django_db(transaction=True)
WATCH = """(() => { const bar = document.querySelector('.under-way');
  new MutationObserver(() => { if (!bar.hidden) sessionStorage.shown = 'yes' })
    .observe(bar, {attributes: true, attributeFilter: ['hidden']}) })()"""


@pytest.fixture
def slow(monkeypatch) -> Callable[[Any, str], None]:
    """Let a function of the server take its time."""

    def make(module: Any, name: str) -> None:
        before = getattr(module, name)

        def late(*args: Any, **kwargs: Any) -> Any:
            time.sleep(2)
            return before(*args, **kwargs)

        monkeypatch.setattr(module, name, late)

    return make


def shown(one) -> bool:
    """Return whether the bar was shown since the page before was watched, and forget it."""
    return (
        one.page.evaluate("(() => { const was = sessionStorage.shown; delete sessionStorage.shown; return was })()")
        == "yes"
    )


def test_a_slow_page_and_a_slow_form_say_that_they_are_under_way(tab, maria, slow):
    one = tab()
    page, bar = one.page, one.page.locator(".under-way")
    one.go("/clients/")
    slow(line, "line_of")
    assert bar.get_attribute("aria-label") == "One moment …"
    page.evaluate(WATCH)
    page.locator("main ul.links a").first.click()
    page.wait_for_url(f"**/clients/{maria.pk}/")
    assert shown(one)
    expect(bar).to_be_hidden()
    slow(services, "change_client")
    one.go(f"/clients/{maria.pk}/change/")
    page.evaluate(WATCH)
    page.locator("main button.main").click()
    page.wait_for_url(f"**/clients/{maria.pk}/")
    assert shown(one)


def test_a_file_that_takes_long_says_so_until_it_is_there(tab, maria, slow, tmp_path):
    slow(data_rights, "export")
    one = tab(Role.OWNER)
    page, bar = one.page, one.page.locator(".under-way")
    one.go(f"/clients/{maria.pk}/")
    with page.expect_download() as coming:
        page.locator("a[href$='/export/']").click()
        expect(bar).to_be_visible()
    assert coming.value.suggested_filename == f"client-{maria.pk}.zip"
    coming.value.save_as(tmp_path / "client.zip")
    assert zipfile.is_zipfile(tmp_path / "client.zip")
    expect(bar).to_be_hidden()
    assert page.url.endswith(f"/clients/{maria.pk}/")


def test_a_place_on_the_same_page_shows_nothing(tab, maria):
    one = tab()
    one.go(f"/clients/{maria.pk}/")
    one.page.evaluate(WATCH)
    one.page.evaluate("document.querySelector('.skip').click()")
    one.page.wait_for_timeout(500)
    assert not shown(one)
