"""A client is asked, signs and is screened, as a finger does it: at both sizes, in both languages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes import links, services
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.screenings import services as screenings
from web.line import ON, raw, signed

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("MESOPLAN_PICTURES", "")
"""A folder for pictures of the pages passed through; none are taken without it."""
BOTH = [("desktop", "en"), ("desktop", "ru"), ("tablet", "en"), ("tablet", "ru")]
SAVED = ".state .saved:has-text('✓'), .state .errorlist"


@pytest.fixture(autouse=True)
def calendar(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda clinic: ON)


@pytest.fixture(params=BOTH, ids="-".join)
def window(request, tab):
    """Open a tab at each size in each language."""
    size, language = request.param
    shots: dict[str, int] = {}

    def start(role: Role | None = Role.PHYSICIAN):
        one = tab(role, size=size, language=language)
        one.language = language

        def picture(name: str) -> None:
            if PICTURES:
                shots["n"] = shots.get("n", 0) + 1
                Path(PICTURES).mkdir(exist_ok=True)
                path = f"{PICTURES}/{size}-{language}-{request.node.name[5:20]}-{shots['n']:02}-{name}.png"
                one.page.screenshot(path=path, full_page=True)

        one.picture = picture
        return one

    return start


def ready(one: Any) -> None:
    one.page.wait_for_selector("html[data-ready]")


def answer(one: Any, form: Locator, said: Any) -> None:
    """Answer one question by what its form offers, and wait until it is saved."""
    enter(form, said)
    expect(form.locator(SAVED)).to_be_visible()


def enter(form: Locator, said: Any) -> None:
    if isinstance(said, bool):
        said = "yes" if said else "no"
    if form.locator("[name=text][type=date], input[name=text][inputmode]").count():
        form.locator("[name=text]").fill(str(said))
        form.locator("[name=text]").blur()
    elif isinstance(said, list):
        form.locator(".choice:has([value=yes])").click()
        form.locator("textarea").fill("\n".join(said))
        form.locator("textarea").blur()
    else:
        form.locator(f".choice:has([name=value][value='{said}'])").click()


BY_SCRIPT = """answers => {
  const say = (field, text) => { field.value = text; field.dispatchEvent(new Event('input', {bubbles: true})) };
  for (const form of document.querySelectorAll('form.question:not([hidden])')) {
    let said = answers[form.id.slice(2)];
    if (said === undefined) continue;
    if (typeof said === 'boolean') said = said ? 'yes' : 'no';
    const field = form.querySelector('input[name=text]');
    if (field) { say(field, said); continue }
    form.querySelector(`[name=value][value="${Array.isArray(said) ? 'yes' : said}"]`).click();
    if (Array.isArray(said)) say(form.querySelector('textarea'), said.join('\\n'));
  }
}"""


def fill(one: Any, answers: dict[str, Any], *, by_finger: bool) -> None:
    """Answer every question that is shown, group after group, until the page for signing."""
    for group in range(12):
        ready(one)
        if group < 3:
            one.picture(f"group{group}")
        if by_finger:
            for form in one.page.locator("form.question").all():
                name = (form.get_attribute("id") or "")[2:]
                if form.is_visible() and name in answers:
                    enter(form, answers[name])
        else:
            one.page.evaluate(BY_SCRIPT, answers)
        if one.page.locator("#q-goals").is_visible():
            wishes(one)
        before = one.page.url
        one.page.locator("#next").click()
        one.page.wait_for_url(lambda url, before=before: url != before)
        if one.page.url.endswith("/sign/"):
            return
    raise AssertionError("the form does not end")


def wishes(one: Any) -> None:
    wish = one.page.locator("li:has([name=goal][value=wrinkles])")
    wish.locator("[name=goal]").check()
    wish.locator("[value=forehead]").check()
    expect(one.page.locator("#q-goals .saved:has-text('✓')")).to_be_visible()
    one.picture("wishes")


def draw(one: Any) -> None:
    """Sign with a finger or the mouse."""
    field = one.page.locator(".signature canvas")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    mouse = one.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 60)
    mouse.down()
    for step in range(12):
        mouse.move(box["x"] + 40 + 20 * step, box["y"] + (30 if step % 2 else 80))
    mouse.up()
    one.taps += 1


def test_a_client_is_asked_signs_and_is_screened(window, maria):
    one = window()
    one.go(f"/clients/{maria.pk}/")
    one.picture("client")
    one.page.locator("form[action$='/answers/begin/'] button").click()
    one.picture("overview")
    one.page.locator("a.main[href*='/group/']").click()
    answers = raw(naevi="no", toxin="no", planned_events="no")["answers"]
    fill(one, answers, by_finger=one.language == "ru" and one.page.viewport_size["width"] < 1000)
    row = Intake.objects.get()
    assert not row.answers["typed"] and row.answers["goals"] == [{"indication": "wrinkles", "zones": ["forehead"]}]
    one.picture("sign")
    ready(one)
    draw(one)
    one.picture("signed")
    one.page.locator("#signing button.main").click()
    one.page.wait_for_url(f"**/clients/{maria.pk}/")
    one.picture("client-signed")
    one.page.locator("form[action$='/screening/'] button").click()
    expect(one.page.locator(".verdict")).to_be_visible()
    one.picture("verdict")
    row = Intake.objects.get()
    assert not row.is_open and row.signature is not None
    assert screenings.clearance(maria, ON) is not None


def test_from_a_filled_intake_to_a_verdict_in_at_most_twelve_taps(window, maria, member):
    row = services.begin(maria, member())
    row.answers = {**raw(), "typed": {}, "log": {}}
    row.save()
    one = window()
    one.go(f"/clients/{maria.pk}/")
    one.tap(one.page.locator(f"a[href$='/answers/{row.pk}/']").first)
    one.tap(one.page.locator("a.button[href$='/sign/']"))
    ready(one)
    draw(one)
    one.tap(one.page.locator("#signing button.main"))
    one.tap(one.page.locator("form[action$='/screening/'] button"))
    expect(one.page.locator(".verdict .what")).to_be_visible()
    assert one.taps <= 12
    assert one.taps == 5


def test_a_client_fills_in_a_handed_over_tablet_and_only_that(window, maria, member):
    row = services.begin(maria, member())
    one = window()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/")
    one.page.locator("form[action$='/hand-over/'] button").click()
    ready(one)
    assert "/form/group/" in one.page.url
    assert one.page.locator("nav[aria-label='Main'], nav[aria-label='Главное']").count() == 0
    answer(one, one.page.locator("#q-sex"), "male")
    one.page.locator(".steps a[href$='/sign/']").click()
    ready(one)
    one.page.locator("#typed-name").fill("Maria Example")
    one.page.locator("#signing button.main").click()
    one.page.wait_for_url("**/form/over/?signed")
    one.picture("over")
    row = Intake.objects.get()
    assert not row.is_open and row.by_client and row.signed_as == "Maria Example"
    one.go(f"/clients/{maria.pk}/")
    assert "/account/login/" in one.page.url


def test_a_link_is_shown_once_opened_once_and_answered_in_the_clients_language(window, ivan, member, settings):
    row = services.begin(ivan, member())
    staff = window()
    settings.PUBLIC_URL = staff.address
    staff.go(f"/clients/{ivan.pk}/answers/{row.pk}/")
    staff.page.locator("form[action$='/link/'] button").click()
    address = staff.page.locator("code").inner_text()
    staff.picture("link")
    one = window(None)
    one.page.goto(address)
    one.picture("link-open")
    one.page.locator("main button.main").click()
    ready(one)
    assert one.page.locator("html").get_attribute("lang") == "ru"
    answer(one, one.page.locator("#q-sex"), "male")
    one.picture("link-form")
    again = window(None)
    again.page.goto(address)
    again.picture("link-closed")
    assert again.page.locator("button.main").count() == 0
    assert Intake.objects.get().answers["answers"]["sex"] == "male"
    assert links.IntakeLink.objects.get().opened_at is not None


def test_at_the_next_visit_the_difference_is_asked(window, maria, member):
    signed(maria, 1, clock.today(maria.clinic).replace(day=3), allergies=["nickel"])
    row = services.begin(maria, member())
    one = window()
    base = f"/clients/{maria.pk}/answers/{row.pk}/"
    one.go(f"{base}group/health/")
    ready(one)
    one.picture("difference")
    diabetes = one.page.locator("#q-diabetes")
    diabetes.locator("[name=same]").click()
    expect(diabetes.locator(".saved:has-text('✓')")).to_be_visible()
    epilepsy = one.page.locator("#q-epilepsy")
    epilepsy.locator("summary").click()
    answer(one, epilepsy, "past")
    for name in ("chronic_disease", "heavy_exertion"):
        answer(one, one.page.locator(f"#q-{name}"), "none" if name == "chronic_disease" else "no")
    one.page.locator("form[action$='/confirm/health/'] button").click()
    one.page.wait_for_url(f"**{base}group/infection/")
    row = Intake.objects.get(pk=row.pk)
    assert row.answers["answers"]["epilepsy"] == "past" and not row.answers["answers"]["diabetes"]
    assert "pregnancy" not in row.answers["answers"] and "epilepsy" not in row.confirmed
    one.go(f"{base}group/pregnancy_and_cycle/")
    ready(one)
    one.picture("asked-anew")
    assert one.page.locator("#q-pregnancy [name=same]").count() == 0
    one.go(f"{base}group/allergies/")
    ready(one)
    assert "nickel" in one.page.locator("#q-allergies").inner_text()


def test_a_missing_answer_is_one_tap_away_and_is_added_under_the_practitioners_name(window, maria, member):
    screenings.screen(signed(maria, diabetes="unknown"), member(), ON)
    one = window()
    one.go(f"/clients/{maria.pk}/screening/")
    one.picture("missing")
    one.tap(one.page.locator("form[action$='/ask/diabetes/'] button"))
    ready(one)
    assert one.taps == 1 and one.page.url.endswith("#q-diabetes")
    answer(one, one.page.locator("#q-diabetes"), "no")
    one.picture("addition")
    one.page.locator(".steps a[href$='/sign/']").click()
    one.picture("added")
    one.page.locator("#signing button.main").click()
    one.page.locator("form[action$='/screening/'] button").click()
    assert screenings.clearance(maria, ON) is not None


# -- what the script sees to; once is enough


def test_what_is_typed_is_there_after_a_reload_and_a_slip_says_what_is_wrong(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/pregnancy_and_cycle/")
    ready(one)
    field = one.page.locator("#q-cycle_length_days [name=text]")
    field.fill("280")
    expect(one.page.locator("#q-cycle_length_days .errorlist")).to_contain_text("not plausible")
    expect(field).to_have_attribute("aria-invalid", "true")
    one.page.reload()
    assert field.input_value() == "280"
    field.fill("28")
    expect(one.page.locator("#q-cycle_length_days .saved")).to_contain_text("Saved")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_leaving_the_page_right_after_typing_loses_nothing(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/medicines/")
    ready(one)
    form = one.page.locator("#q-regular_medicines")
    form.locator(".choice:has([value=yes])").click()
    form.locator("textarea").fill("aspirin")
    one.page.locator("#next").click()
    one.page.wait_for_url("**/group/allergies/")
    assert Intake.objects.get().answers["answers"]["regular_medicines"] == ["aspirin"]


def test_a_lost_connection_is_said_and_the_answer_is_sent_when_it_is_back(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/health/")
    ready(one)
    one.page.context.set_offline(True)
    one.page.locator("#q-diabetes .choice:has([value=yes])").click()
    expect(one.page.locator("#trouble")).to_be_visible()
    one.page.context.set_offline(False)
    expect(one.page.locator("#q-diabetes .saved:has-text('✓')")).to_be_visible()
    expect(one.page.locator("#trouble")).to_be_hidden()
    assert Intake.objects.get().answers["answers"]["diabetes"] == "yes"
    one.wrong.clear()


def test_two_people_at_one_question_see_both_answers_and_choose(tab, maria, member):
    row = services.begin(maria, member())
    path = f"/clients/{maria.pk}/answers/{row.pk}/group/health/"
    first, second = tab(), tab(Role.ASSISTANT)
    for one in (first, second):
        one.go(path)
        ready(one)
    answer(first, first.page.locator("#q-diabetes"), "yes")
    form = second.page.locator("#q-diabetes")
    form.locator(".choice:has([value=no])").click()
    expect(form.locator(".notice")).to_contain_text("Somebody else answered this in between")
    assert Intake.objects.get().answers["answers"]["diabetes"] == "yes"
    form.locator(".state button").click()
    expect(form.locator(".saved:has-text('✓')")).to_be_visible()
    assert Intake.objects.get().answers["answers"]["diabetes"] == "no"


def test_an_event_is_entered_with_its_day_kind_and_place_and_a_second_one_beside_it(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/recent_treatments/")
    ready(one)
    form = one.page.locator("#q-chemical_peel")
    form.locator(".choice:has([value=yes])").first.click()
    form.locator("[name=e0-date]").fill("2026-10-01")
    form.locator("[name=e0-kind]").select_option(index=1)
    form.locator("details.where > summary").click()
    form.locator("[name=e0-zones][value=temple_left]").check()
    form.locator(".another").click()
    form.locator("[name=e1-date]").fill("2026-10-20")
    form.locator("[name=e1-date]").blur()
    expect(form.locator(".saved:has-text('✓')")).to_be_visible()
    one.page.locator("#next").click()
    one.page.wait_for_url("**/group/agreement/")
    kept = Intake.objects.get().answers["answers"]["chemical_peel"]
    assert [event["date"] for event in kept] == ["2026-10-01", "2026-10-20"]
    assert kept[0]["zones"] == ["temple_left"] and kept[1]["zones"] == "unknown"
    one.page.go_back()
    ready(one)
    assert form.locator("[name=e0-zones][value=temple_left]").is_checked()


def test_questions_appear_with_the_answers_that_ask_for_them(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/pregnancy_and_cycle/")
    ready(one)
    answer(one, one.page.locator("#q-menstruates"), "no")
    expect(one.page.locator("#q-menstruation_start")).to_be_hidden()
    answer(one, one.page.locator("#q-menstruates"), "yes")
    expect(one.page.locator("#q-menstruation_start")).to_be_visible()


def test_the_form_is_filled_in_by_keyboard_alone(tab, maria, member):
    row = services.begin(maria, member())
    one = tab()
    one.go(f"/clients/{maria.pk}/answers/{row.pk}/group/infection/")
    ready(one)
    one.page.locator("#q-fever [value=no]").focus()
    one.page.keyboard.press("Space")
    expect(one.page.locator("#q-fever .saved:has-text('✓')")).to_be_visible()
    one.page.keyboard.press("ArrowRight")
    one.page.wait_for_timeout(100)
    expect(one.page.locator("#q-fever [value=yes]")).to_be_checked()
    one.page.locator("#next").click()
    one.page.wait_for_url("**/group/medicines/")
    assert Intake.objects.get().answers["answers"]["fever"] == "yes"
