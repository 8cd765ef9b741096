"""What has to fit on a tablet held upright: the bar in one line, the table of settings in its frame."""

from __future__ import annotations

import pytest

from mesoplan_clinic.accounts.models import User
from mesoplan_clinic.accounts.roles import Role
from web.treating import ON, ready, set_day, worked

pytestmark = pytest.mark.django_db(transaction=True)

BAR_PX = 64


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.OWNER])
def test_the_bar_of_a_tablet_is_one_line(tab, maria, role, language):
    one = tab(role, size="tablet", language=language)
    User.objects.update(first_name="Maria", last_name="Konstantinova-Bogdanovskaya")
    for width in (820, 768):
        one.page.set_viewport_size({"width": width, "height": 1180})
        one.go("/clients/")
        assert one.page.locator(".bar .inner").bounding_box()["height"] < BAR_PX
        assert one.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_settings_of_a_course_fit_on_a_tablet_without_being_moved(tab, maria, member, monkeypatch, language):
    set_day(monkeypatch, ON)
    course = ready(maria, member()).course
    one = tab(size="tablet", language=language)
    one.go(f"/clients/{maria.pk}/courses/{course.pk}/")
    frames = [frame for frame in one.page.locator("main .scroll").all() if frame.is_visible()]
    assert frames
    for frame in frames:
        assert frame.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, frame.inner_text()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_settings_of_a_step_fit_on_a_tablet_below_the_signs_to_stop_at_which_stay(
    tab, maria, member, monkeypatch, language
):
    set_day(monkeypatch, ON)
    session = worked(ready(maria, member()))
    one = tab(size="tablet", language=language)
    for step in ("work", "sign"):
        one.go(f"/clients/{maria.pk}/sessions/{session.pk}/" + (f"steps/{step}/" if step != "sign" else "sign/"))
        frames = one.page.locator("main .scroll").all()
        assert frames
        for frame in frames:
            assert frame.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, frame.inner_text()
    one.go(f"/clients/{maria.pk}/sessions/{session.pk}/steps/work/")
    one.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    for part in (".stop", ".emergency > summary", ".allergies"):
        box = one.page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] < 1180 / 3, part


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_source_named_by_its_id_is_one_tap_away_with_title_and_place(tab, maria, member, monkeypatch, language):
    set_day(monkeypatch, ON)
    session = worked(ready(maria, member()))
    one = tab(size="tablet", language=language)
    one.go(f"/clients/{maria.pk}/sessions/{session.pk}/steps/skin/")
    cited = one.page.locator("details.cited")
    assert cited.count() == 2, "antiseptic and anaesthetic"
    cited.first.locator("summary").click()
    assert "doc-003" in cited.first.locator("li").first.inner_text()
