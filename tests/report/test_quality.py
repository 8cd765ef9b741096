"""The page on quality: what it says, what it leaves away, and that it stays readable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.report.conftest import Case, MakeCase
from tests.report.pages import texts

from mesoplan.knowledge.base import Knowledge
from mesoplan.layout.quality import CoverAfter, RegisteredCover
from mesoplan.report.context import PaperContext
from mesoplan.report.quality_paper import quality_page

Cases = Callable[..., Case]
LANGUAGES = ("en", "ru")


def page_of(cases: Cases, language: str = "en") -> str:
    pages = texts(cases("may treat", language).papers["plan.pdf"])
    title = {"en": "Quality of the plan", "ru": "Качество плана"}[language]
    return next(page for page in pages if title in page)


def test_the_page_gives_histogram_cover_worst_cases_distances_and_margins(cases: Cases) -> None:
    page, plan = page_of(cases), cases("may treat").plan
    assert plan.quality is not None
    for head in (
        "How often the skin is hit",
        "Cover in percent after each session",
        "If it goes otherwise",
        "Distance from skin that is never treated",
        "Every limit where its margin is smallest",
    ):
        assert head in page
    zone = plan.quality.zones[0]
    assert zone.hits is not None
    assert f"{zone.hits[0] * 100:.0f}" in page
    assert f"{zone.course[-1].mean * 100:.0f} (" in page
    assert "0.05, 0.1, 0.5 mm" in page
    assert "30 % slower" in page
    assert "missed by 0.15 mm" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_on_one_sheet_in_both_languages(cases: Cases, language: str) -> None:
    page = page_of(cases, language)
    last = {"en": "Volume in one session (clinic)", "ru": "Объём за процедуру (клиника)"}[language]
    assert last in page


def test_every_mode_is_named_on_plan_and_session_sheet(cases: Cases) -> None:
    for language, mode in (("en", "Mode: free hand"), ("ru", "Режим: свободной рукой")):
        papers = cases("may treat", language).papers
        assert mode in " ".join(texts(papers["plan.pdf"]))
        assert mode in " ".join(texts(papers["session.pdf"]))


@pytest.mark.parametrize("shape", ["may treat", "defer", "physician", "contraindicated"])
def test_a_page_on_quality_stands_exactly_where_settings_stand(cases: Cases, knowledge: Knowledge, shape: str) -> None:
    case = cases(shape)
    context = PaperContext(case.plan, knowledge, case.clinic)
    text = " ".join(texts(case.papers["plan.pdf"]))
    assert ("Quality of the plan" in text) == (context.settings_shown and case.plan.quality is not None)


def test_a_measured_cover_never_stands_without_its_error_and_the_ideal_never_alone(
    cases: Cases, knowledge: Knowledge
) -> None:
    case = cases("may treat")
    plan = case.plan
    assert plan.quality is not None
    course = tuple(CoverAfter(number, 0.1 * number, 0.09 * number, 0.11 * number, 0.15 * number) for number in (1, 2))
    registration = (RegisteredCover(0.05, 0.25), RegisteredCover(0.5, 0.2))
    zones = tuple(
        replace(one, known="measured", course=course, registration=registration) for one in plan.quality.zones
    )
    measured = replace(plan, quality=replace(plan.quality, zones=zones))
    page = quality_page(PaperContext(measured, knowledge, case.clinic))
    assert "measured" in page["intro"]
    ((_, sigma, *covers),) = page["cover"]["rows"]
    assert (sigma.replace("\u00a0", " "), covers) == ("0.5 mm", ["10 (9\u201311) [15]", "20 (18\u201322) [30]"])
    note = page["cover_note"].replace("\u00a0", " ")
    assert "25 % with σ = 0.05 mm" in note
    assert "20 % with σ = 0.5 mm" in note
    assert "In square brackets" in note


def test_a_long_course_shows_its_first_its_middle_and_its_last_sessions(cases: Cases, knowledge: Knowledge) -> None:
    case = cases("may treat")
    plan = case.plan
    assert plan.quality is not None
    course = tuple(CoverAfter(number, 0.05 * number, 0.05 * number, 0.05 * number) for number in range(1, 13))
    zones = tuple(replace(one, course=course) for one in plan.quality.zones)
    page = quality_page(PaperContext(replace(plan, quality=replace(plan.quality, zones=zones)), knowledge, case.clinic))
    assert page["cover"]["head"][2:] == [f"session {number}" for number in (1, 2, 3, 7, 11, 12)]


def test_a_course_of_one_session_is_told_once(cases: Cases, knowledge: Knowledge) -> None:
    case = cases("may treat")
    assert case.plan.quality is not None
    labels = []
    for sessions in (2, 1):
        zones = tuple(replace(one, course=one.course[:sessions]) for one in case.plan.quality.zones)
        plan = replace(case.plan, quality=replace(case.plan.quality, zones=zones))
        page = quality_page(PaperContext(plan, knowledge, case.clinic))
        labels.append({row["label"] for row in page["hits"]["rows"]})
        assert bool(page["notes"]["hits"]) is (sessions > 1)
    assert labels == [{"one session", "whole course: 2 sessions"}, {"one session"}]


def test_a_syringe_has_neither_model_nor_head_and_a_stamp_no_hand(make_case: MakeCase, knowledge: Knowledge) -> None:
    syringe = make_case(technique="classical_injection")
    page = quality_page(PaperContext(syringe.plan, knowledge, syringe.clinic))
    assert "No cover is stated" in page["intro"]
    assert (page["hits"]["rows"], page["cover"]["rows"], page["notes"]["near"]) == ([], [], "")
    stamp = make_case(technique="fractional_stamp")
    page = quality_page(PaperContext(stamp.plan, knowledge, stamp.clinic))
    assert not any("slower" in head for head in page["worst"]["head"])
    assert len(page["worst"]["columns"]) == len(page["worst"]["head"]) == 3
    assert {len(row) for row in page["worst"]["rows"]} == {3}
    assert "Hand:" not in page["notes"]["worst"]
