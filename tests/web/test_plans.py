"""Planning in the clinic: technique, choices within limits, photo, dates, consent and papers."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from mesoplan.surface import model_file
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.plans import choosing, consents, jobs
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.drawing import BadDrawing, circles_in, circles_of
from mesoplan_clinic.plans.models import Consent, Course, Plan
from mesoplan_clinic.plans.shown import ShownPlan, context_of
from mesoplan_clinic.plans.taken_over import dropped_words, taken_over
from mesoplan_clinic.plans.treatment import consent_state
from web.line import ON, planned, signed
from web.pictures import encoded, kept_photo, nobody, portrait

CHEEK = "cheek_lower_left"


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
def course(maria, member) -> Course:
    return planned(maria, member()).course


@pytest.fixture
def page(browser, send, maria, course):
    """Get a page of the course, or send a form to it with the version that it shows."""

    def go(name: str, values: dict | None = None, *args: object, role: Role = Role.PHYSICIAN, **extra):
        path = reverse(name, args=[maria.pk, course.pk, *args])
        if values is None:
            return browser(role).get(path, **extra)
        course.refresh_from_db()
        return send(browser(role), path, {"version": course.version, **values}, maria)

    return go


def newest(course: Course) -> plans.CorePlan:
    return plans.core_plan(plans.latest_plan(course))


# -- choosing a technique


def test_without_signed_answers_nobody_is_planned(browser, maria):
    answer = browser().get(reverse("course_new", args=[maria.pk]))
    assert "no signed answers" in answer.content.decode()


def test_the_techniques_stand_side_by_side_with_their_reasons_and_one_is_chosen(browser, send, maria):
    signed(maria)
    path = reverse("course_new", args=[maria.pk])
    shown = browser().get(path).content.decode()
    for words in ("Classical mesotherapy by syringe", "Low pain threshold", "The clinic has no device for it"):
        assert words in shown
    answer = send(browser(), path, {"technique": "fractional_stamp"}, maria)
    course = Course.objects.get()
    assert answer.url == reverse("course", args=[maria.pk, course.pk])
    assert {zone.technique for zone in newest(course).prescription.zones} == {"fractional_stamp"}
    assert send(browser(), path, {"technique": "magic"}, maria).status_code == 422


def test_the_manner_of_injection_is_the_chosen_one(browser, send, maria):
    signed(maria)
    send(
        browser(),
        reverse("course_new", args=[maria.pk]),
        {"technique": "classical_injection", "manner": "pricks"},
        maria,
    )
    assert {zone.manner for zone in newest(Course.objects.get()).prescription.zones} == {"pricks"}


def test_a_refused_client_gets_a_plan_without_settings_and_the_papers_that_explain_it(browser, send, maria):
    signed(maria, pregnancy="yes")
    path = reverse("course_new", args=[maria.pk])
    shown = browser().get(path).content.decode()
    assert "Nothing can be planned now" in shown
    assert 'name="technique" value="fractional_pen"' not in shown
    send(browser(), path, {"technique": ""}, maria)
    row = Plan.objects.get()
    assert not row.may_treat
    answer = browser().get(reverse("course", args=[maria.pk, row.course_id])).content.decode()
    assert 'id="settings"' not in answer and 'id="dates"' not in answer
    paper = browser().get(reverse("course_paper", args=[maria.pk, row.course_id, "leaflet.pdf"]))
    assert paper.content.startswith(b"%PDF")
    missing = browser().get(reverse("course_paper", args=[maria.pk, row.course_id, "session.pdf"]))
    assert missing.status_code == 404


def test_who_needs_a_doctor_first_gets_the_letter(browser, send, maria):
    signed(maria, autoimmune_disease="yes")
    send(browser(), reverse("course_new", args=[maria.pk]), {"technique": ""}, maria)
    course = Course.objects.get()
    assert ShownPlan(Plan.objects.get()).context.doctors
    paper = browser().get(reverse("course_paper", args=[maria.pk, course.pk, "referral.pdf"]))
    assert paper.content.startswith(b"%PDF")
    assert "consent.pdf" not in browser().get(reverse("course_papers", args=[maria.pk, course.pk])).content.decode()


# -- choices within limits


def test_choices_are_planned_and_kept(page, course):
    answer = page(
        "course_choose",
        {"technique": "fractional_pen", "product": "example-peptide", f"depth_{CHEEK}": "0,75", f"cover_{CHEEK}": "15"},
    )
    assert answer.status_code == 302
    zone = next(one for one in newest(course).prescription.zones if one.zone == CHEEK)
    assert (zone.product, zone.depth.nominal_mm, zone.area_fraction) == ("example-peptide", 0.75, 0.15)
    course.refresh_from_db()
    assert course.choices["depths"] == {CHEEK: 0.75}
    assert Plan.objects.filter(course=course).count() == 2


def test_a_depth_beyond_a_limit_is_refused_with_the_limit_and_its_source_and_nothing_is_written(page, course):
    answer = page("course_choose", {"technique": "fractional_pen", f"depth_{CHEEK}": "1.5", "reason_depth_chart": "x"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "1.5 mm &gt; 1 mm" in text.replace("\xa0", " ") and "drpen-chart" in text
    assert 'value="1.5"' in text  # what was typed stands there still
    course.refresh_from_db()
    assert (course.version, course.choices) == (1, {})
    assert Plan.objects.filter(course=course).count() == 1


def test_a_depth_that_cannot_be_set_names_the_nearest_in_the_readers_language(page, course, member):
    user = member().user
    user.language = "ru"
    user.save()
    answer = page("course_choose", {"technique": "fractional_pen", f"depth_{CHEEK}": "0,8"})
    text = answer.content.decode().replace("\xa0", " ")
    assert answer.status_code == 422 and "0,8 мм: " in text and "ближайшие возможные: 0,75 мм, 1 мм." in text


def test_a_recommendation_asks_for_a_reason_and_takes_it(page, course):
    values = {"technique": "fractional_pen", f"cover_{CHEEK}": "25"}
    answer = page("course_choose", values)
    assert answer.status_code == 422
    assert 'name="reason_cover_documents"' in answer.content.decode()
    assert page("course_choose", {**values, "reason_cover_documents": "deep marks"}).status_code == 302
    assert newest(course).choices.reason("cover_documents") == "deep marks"
    assert "deep marks" in page("course").content.decode()


def test_a_product_that_cannot_be_used_stands_there_with_the_reason_and_is_refused(page):
    shown = page("course_choose").content.decode()
    assert 'value="example-serum" disabled' in " ".join(shown.split())
    answer = page("course_choose", {"technique": "fractional_pen", "product": "example-serum"})
    assert answer.status_code == 422
    assert "planned technique cannot bring it into the skin" in answer.content.decode()


@pytest.mark.parametrize("wrong", ["deep", "1_0", "nan", "1e400", "--1"])
def test_what_is_no_number_is_marked(page, wrong):
    answer = page("course_choose", {"technique": "fractional_pen", f"depth_{CHEEK}": wrong})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()


@pytest.fixture
def chosen(page, course) -> dict[str, str]:
    """A course by pen with depth, share, reason and product of the practitioner's: the form as it shows them."""
    left = {
        "product": "example-peptide",
        f"depth_{CHEEK}": "0.75",
        f"cover_{CHEEK}": "25",
        "reason_cover_documents": "deep marks",
    }
    assert page("course_choose", {"technique": "fractional_pen", **left}).status_code == 302
    return left


def dropped(page, values: dict) -> str:
    """Send the form; return the notice of what was not taken over."""
    answer = page("course_choose", values)
    assert answer.status_code == 302, answer.content.decode()
    said = [str(one) for one in get_messages(answer.wsgi_request) if "Not taken over" in str(one)]
    return said[0].replace("\xa0", " ") if said else ""


@pytest.mark.parametrize("technique", ["fractional_stamp", "classical_injection"])
def test_choices_left_in_the_form_that_another_technique_has_no_place_for_are_dropped_and_named(
    page, course, chosen, technique
):
    said = dropped(page, {"technique": technique, **chosen})
    for words in ("depth 0.75 mm", "share of the skin 25 %", "reason for going beyond"):
        assert words in said, said
    course.refresh_from_db()
    assert course.technique == technique
    assert not {"depths", "covers", "reasons"} & set(course.choices)
    assert newest(course).choices.depths_mm == newest(course).choices.covers == ()
    event = AuditEvent.objects.filter(action="course_choose").latest("number")
    assert {"depth", "cover", "reason"} <= set(event.detail["dropped"])


def test_a_choice_that_the_new_technique_takes_stays_and_nothing_is_said_of_it(page, course, chosen):
    said = dropped(page, {"technique": "fractional_stamp", **chosen})
    assert "Product" not in said
    assert {zone.product for zone in newest(course).prescription.zones} == {"example-peptide"}


def test_the_same_technique_named_instead_of_proposed_drops_nothing(page, course):
    left = {f"depth_{CHEEK}": "0.75"}
    page("course_choose", {"technique": "", **left})
    assert {zone.technique for zone in newest(course).prescription.zones} == {"fractional_pen"}
    assert dropped(page, {"technique": "fractional_pen", **left}) == ""
    assert newest(course).choices.depths_mm == ((CHEEK, 0.75),)


def test_a_depth_typed_anew_with_the_new_technique_is_held_against_its_limits_and_never_dropped(page, course, chosen):
    values = {"technique": "fractional_stamp", **chosen, f"depth_{CHEEK}": "0.4"}
    answer = page("course_choose", values)
    assert answer.status_code == 422 and "0.4" in answer.text
    course.refresh_from_db()
    assert course.technique == "fractional_pen" and course.choices["depths"] == {CHEEK: 0.75}


def test_sizes_of_the_skin_stay_whatever_the_technique(page, course, chosen):
    assert page("course_choose", {"technique": "fractional_pen", **chosen, f"area_{CHEEK}": "30"}).status_code == 302
    dropped(page, {"technique": "fractional_stamp", **chosen, f"area_{CHEEK}": "30"})
    course.refresh_from_db()
    assert course.choices["areas"] == {CHEEK: 30.0}


def test_a_device_and_a_product_that_cannot_do_it_are_dropped_by_name(maria, member):
    """Below the page, for the example clinic has one pen: the core says what serves nothing."""
    intake = signed(maria)
    course = plans.open_course(maria, member(), technique="fractional_pen")
    before = plans.made_plan(course, intake, ON)
    device, cartridge = before.prescription.zones[0].device, before.prescription.zones[0].cartridge
    course.choices = {"device": device, "cartridge": cartridge}
    sent = choosing.entered({"technique": "classical_injection", "device": device, "cartridge": cartridge})
    gone = taken_over(course, sent, before, intake, ON)
    assert gone == [("device", ""), ("cartridge", "")]
    assert not sent.choices["device"] and not sent.choices["cartridge"]
    words = dropped_words(context_of(maria, before, "en"), course.choices, gone)
    assert words.startswith("Device: ") and "; Cartridge: " in words and device not in words


def test_a_stale_save_shows_both_versions(page, course, browser, send, maria):
    path = reverse("course_choose", args=[maria.pk, course.pk])
    assert page("course_choose", {"technique": "fractional_stamp"}).status_code == 302
    answer = send(browser(), path, {"version": 1, "technique": "classical_injection"}, maria)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Fractional mesotherapy with a stamp" in text and "Classical mesotherapy by syringe" in text
    assert 'name="technique" value="classical_injection"' in text
    course.refresh_from_db()
    assert course.technique == "fractional_stamp"


def test_of_what_was_typed_into_a_stale_form_nothing_is_left_behind_and_no_name_of_the_inside_is_shown(
    page, course, browser, send, maria, member
):
    member().user.__class__.objects.filter(pk=member().user.pk).update(language="ru")
    assert page("course_choose", {"technique": "fractional_pen", "depth_forehead": "0.25"}).status_code == 302
    typed = {"technique": "fractional_pen", "product": "example-peptide", "area_forehead": "40"}
    typed |= {f"depth_{CHEEK}": "0.75", f"cover_{CHEEK}": "25", "reason_cover_documents": "проверено"}
    answer = send(browser(), reverse("course_choose", args=[maria.pk, course.pk]), {"version": 1, **typed}, maria)
    assert answer.status_code == 409
    sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.content.decode()))
    assert {name: sent[name] for name in typed} == typed
    seen = re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2])
    assert "Лоб: Площадь, см²" in seen and "fractional" not in seen and "_" not in seen
    assert not re.search(r"\b(depth|cover|forehead)\b", seen.lower())


@pytest.mark.parametrize("name", ["reason", "reason_of_nothing", "depth", "depth_nowhere", "cover_", "manner", "day"])
def test_a_stale_form_with_a_field_that_no_page_has_is_answered_with_both_versions(
    page, course, browser, send, maria, name
):
    assert page("course_choose", {"technique": "fractional_stamp"}).status_code == 302
    answer = send(browser(), reverse("course_choose", args=[maria.pk, course.pk]), {"version": 1, name: "1"}, maria)
    assert answer.status_code == 409


def test_a_technique_that_the_knowledge_does_not_have_is_refused_in_words_also_one_that_it_had(page, course):
    for typed in ({"technique": "2024-02-29"}, {"technique": "x", "product": "example-peptide"}, {"manner": "x"}):
        answer = page("course_choose", typed)
        assert answer.status_code == 422 and "of this name (any more)" in answer.content.decode(), typed
    course.refresh_from_db()
    assert course.technique == ""
    course.__class__.objects.filter(pk=course.pk).update(technique="an_older_edition_had_it")
    answer = page("course_replan", {})
    said = answer.content.decode()
    assert answer.status_code == 422 and "no technique of this name (any more)" in said
    assert reverse("course_choose", args=[course.client_id, course.pk]) in said
    assert page("course_choose").status_code == page("course").status_code == 200


def test_a_course_is_not_opened_with_a_manner_that_the_knowledge_does_not_have(course, browser, send, maria):
    path = reverse("course_new", args=[maria.pk])
    answer = send(browser(), path, {"technique": "classical_injection", "manner": "x"}, maria)
    assert answer.status_code == 422
    assert "no manner of injection of this name" in answer.content.decode()
    assert list(maria.courses.all()) == [course]


@pytest.mark.parametrize(
    "name", ["depth_nowhere", "cover_nowhere", "area_nowhere", "reason_nowhere", "cartridge", "device", "product"]
)
def test_a_choice_for_what_is_not_there_is_refused_or_changes_nothing(page, course, name):
    assert page("course_choose", {name: "1"}).status_code in (302, 422)


def test_beside_a_chosen_technique_the_others_are_not_said_to_serve_a_part_or_nothing(page):
    part = "Techniques that serve a part"
    before = page("course_choose").content.decode()
    assert part in before and "Other techniques" not in before
    page("course_choose", {"technique": "fractional_pen"})
    after = page("course_choose").content.decode()
    assert part not in after and "Other techniques" in after


def test_the_day_that_was_asked_for_in_a_stale_form_can_be_sent_again(page, course, browser, send, maria):
    assert page("course_choose", {"technique": "fractional_pen", "depth_forehead": "0.25"}).status_code == 302
    path = reverse("course_move", args=[maria.pk, course.pk, 2])
    answer = send(browser(), path, {"version": 1, "day": "2026-12-14"}, maria)
    text = answer.content.decode()
    assert answer.status_code == 409 and "14 December 2026" in text and 'name="day" value="2026-12-14"' in text


def test_the_size_of_a_scar_is_asked_and_taken(browser, send, maria, member):
    wished = [{"indication": "scars", "zones": [CHEEK]}]
    intake = signed(maria, goals=wished, scars=[{"zones": [CHEEK], "kind": "atrophic"}])
    course = plans.open_course(maria, member())
    plans.plan_course(course, intake, member(), ON)
    path = reverse("course_choose", args=[maria.pk, course.pk])
    shown = browser().get(path).content.decode()
    assert "Width of the scar" in shown and "size needed" in shown
    values = {"version": 1, "technique": "", f"width_{CHEEK}": "2", f"height_{CHEEK}": "0.5"}
    assert send(browser(), path, values, maria).status_code == 302
    assert [zone.size_cm for zone in newest(course).prescription.zones] == [(2.0, 0.5)]
    values = {"version": 2, "technique": "", f"width_{CHEEK}": "2"}
    assert send(browser(), path, values, maria).status_code == 422


# -- photo and what is kept out


def test_a_photo_is_chosen_its_side_said_and_circles_are_kept_out(page, course, maria):
    photo = kept_photo(maria, portrait())
    assert page("course_photo", {"photo": str(photo.pk)}).status_code == 302
    before = newest(course)
    assert before.surface.kind == "photo" and before.surface.side == "not confirmed"
    assert "SIDE NOT CONFIRMED" in page("course").content.decode().upper()
    photo.mirrored = "no"
    photo.save()
    outline = next(one for one in before.surface.outlines if one.zone == "forehead")
    x, y = outline.label_at
    answer = page("course_photo", {"keep_outs": json.dumps([[x, y, 12]])})
    assert answer.status_code == 302
    after = newest(course)
    assert after.surface.side == "confirmed"
    assert [one.given for one in after.surface.keep_outs] == [f"photo:{x:.1f},{y:.1f},12.0"]
    area = {one.zone: one.area_cm2 for one in after.surface.zones}
    assert area["forehead"] < {one.zone: one.area_cm2 for one in before.surface.zones}["forehead"]
    shown = page("course_photo").content.decode()
    assert f"[[{x:.1f}, {y:.1f}, 12.0]]" in shown.replace("&quot;", '"')
    svg = page("course_map")
    assert (
        svg["Content-Type"] == "image/svg+xml" and b"data-keep-out" in svg.content and b"data:image/jpeg" in svg.content
    )


@pytest.mark.parametrize(
    "sent",
    ["", "{}", "[[1,2]]", '[["a",2,3]]', "[[1,2,NaN]]", "[[1,2,-3]]", "[[9999,2,3]]", "[" * 5000, "[[1,2,3]]" * 2],
)
def test_what_is_no_circle_on_the_photo_is_refused(maria, sent):
    photo = kept_photo(maria)
    if sent == "{}":
        assert circles_in(sent, photo) == []
        return
    with pytest.raises(BadDrawing):
        circles_in(sent, photo)


def test_circles_go_there_and_back(maria):
    photo = kept_photo(maria)
    assert circles_of(["forehead:0,0,3", *circles_in("[[1.04, 2, 3]]", photo)]) == [[1.0, 2.0, 3.0]]


def test_a_circle_beside_the_face_is_refused_and_the_plan_stays(page, course, maria):
    photo = kept_photo(maria, portrait())
    page("course_photo", {"photo": str(photo.pk)})
    answer = page("course_photo", {"keep_outs": "[[3, 3, 2]]"})
    assert answer.status_code == 422
    assert "lies on no zone" in answer.content.decode()
    assert newest(course).surface.keep_outs == ()


def test_a_photo_without_a_face_is_refused_in_words(page, course, maria):
    photo = kept_photo(maria, encoded(nobody()))
    answer = page("course_photo", {"photo": str(photo.pk)})
    assert answer.status_code == 422
    assert "No face is found" in answer.content.decode()
    course.refresh_from_db()
    assert course.photo is None


def test_a_photo_of_another_client_cannot_be_taken(page, course, ivan):
    answer = page("course_photo", {"photo": str(kept_photo(ivan).pk)})
    assert answer.status_code == 422
    assert page("course_photo", {"photo": "not an id"}).status_code == 422


def test_a_server_without_the_face_model_says_so_and_plans_on_the_canonical_face(page, course, maria, monkeypatch):
    photo = kept_photo(maria, portrait())
    monkeypatch.setenv(model_file.SETTING, "/nowhere/face.task")
    shown = page("course_photo").content.decode()
    assert "no face model" in shown
    course.photo = photo
    course.save()
    assert page("course_replan", {}).status_code == 302
    assert newest(course).surface.kind == "canonical"
    assert "no face model" in page("course").content.decode()


# -- dates


def sessions(course: Course) -> list[date]:
    return [one.day for one in newest(course).course.appointments if one.kind == "session"]


def test_a_session_is_moved_to_an_offered_day_and_later_plans_keep_it(page, course):
    shown = page("course_move", None, 2).content.decode().replace("\xa0", " ")
    assert "Monday, 14 December 2026" in shown
    assert re.search(r"Moved: [a-z ]+", page("course").content.decode())  # what moved a session is said as such
    assert page("course_move", {"day": "2026-12-14"}, 2).status_code == 302
    assert sessions(course)[1] == date(2026, 12, 14)
    assert page("course_replan", {}).status_code == 302
    assert sessions(course)[1] == date(2026, 12, 14)
    assert page("course_move", {"day": ""}, 2).status_code == 302
    assert sessions(course)[1] == date(2026, 12, 12)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-12-11", "Menstruation"),
        ("2026-12-13", "Closed weekday"),
        ("2026-12-30", "Planned event"),
        ("2026-11-30", "Too few days after the session before"),
        ("2036-01-07", "Later than is planned ahead"),
        ("yesterday", "This is no date"),
    ],
)
def test_a_day_that_is_not_possible_is_refused_with_the_reason(page, course, day, reason):
    before = sessions(course)
    answer = page("course_move", {"day": day}, 2)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert sessions(course) == before


def test_a_session_that_does_not_exist_cannot_be_moved(page):
    assert page("course_move", None, 9).status_code == 404
    assert page("course_move", {"day": "2026-12-14"}, 9).status_code == 404


# -- consent


def test_the_consent_is_read_in_the_clients_language_signed_and_withdrawn(page, course, maria):
    maria.language = "ru"
    maria.save()
    shown = page("course_consent").content.decode()
    assert 'lang="ru"' in shown and "Контрольная сумма" in shown
    assert "Согласен (согласна) и подписываю" in shown and "I agree, and sign" not in shown  # in an English page
    refused = page("course_consent", {"signed_as": "Мария"})
    assert refused.status_code == 422 and "Распишитесь в рамке" in refused.content.decode()
    assert page("course_consent", {"signed_as": "Мария", "typed": "on"}).status_code == 302
    one = Consent.objects.get()
    assert (one.kind, one.language, one.technique, one.course) == ("treatment", "ru", "fractional_pen", course)
    course.refresh_from_db()
    assert consent_state(course, newest(course)).state == "signed"
    assert not consents.photos_allowed(maria)  # apart from it
    assert page("course_consent_withdraw", {}).status_code == 302
    one.refresh_from_db()
    assert one.withdrawn_on == ON
    assert consent_state(course, newest(course)).state == "missing"


def test_another_product_asks_for_the_consent_anew_and_another_date_does_not(page, course):
    page("course_consent", {"signed_as": "Maria", "typed": "on"})
    page("course_move", {"day": "2026-12-14"}, 2)
    course.refresh_from_db()
    assert consent_state(course, newest(course)).state == "signed"
    page("course_choose", {"technique": "fractional_pen", "product": "example-peptide"})
    assert consent_state(course, newest(course)).state == "changed"
    assert "Ask anew" in page("course").content.decode()


def test_a_new_version_of_the_text_asks_anew(page, course):
    page("course_consent", {"signed_as": "Maria", "typed": "on"})
    one = Consent.objects.get()
    one.text_version = "pen 0"
    one.save()
    assert consent_state(course, newest(course)).state == "changed"


# -- papers and the map in space


def test_the_papers_are_made_in_the_background_and_each_is_sent_with_an_event(page, course):
    first = page("course_papers").content.decode()
    assert "The papers are being made" in first or "plan.pdf" in first
    jobs.job(("papers", plans.latest_plan(course).pk, "en"), dict).result(timeout=60)
    listed = page("course_papers").content.decode()
    for name in ("plan.pdf", "consent.pdf", "leaflet.pdf", "sources.pdf"):
        assert name in listed
        answer = page("course_paper", None, name)
        assert answer.content.startswith(b"%PDF")
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
        assert AuditEvent.objects.latest("number").detail["paper"] == name
    assert page("course_paper", None, "course.ics").content.startswith(b"BEGIN:VCALENDAR")
    assert page("course_paper", None, "plan.json").status_code == 404
    assert page("course_paper", None, "plan.pdf", role=Role.AUDITOR).status_code == 403


def test_the_map_in_space_is_a_page_cut_off_from_the_application(page):
    assert b"laid out" in page("course_space").content or b"iframe" in page("course_space").content
    answer = page("course_space_file")
    assert answer.content.startswith(b"<!doctype html>")
    policy = answer["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert "X-Frame-Options" not in answer
    shown = page("course_space").content.decode()
    assert 'sandbox="allow-scripts"' in shown


def test_the_quote_stands_with_its_basis(page):
    text = page("course").content.decode()
    assert "From the clinic’s own list" in text and "€110" in text


def test_a_job_that_failed_is_tried_again():
    attempts: list[int] = []

    def once() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("not yet")
        return 7

    with pytest.raises(ValueError, match="not yet"):
        jobs.job("again", once).result(timeout=10)
    assert jobs.job("again", once).result(timeout=10) == 7
    assert jobs.job("again", once).result(timeout=10) == 7
    assert len(attempts) == 2
