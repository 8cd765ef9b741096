"""Whatever a client answers and wishes, a plan is made and every paper finds its words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.clinic.load import load_clinic
from mesoplan.errors import ProblemError
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.load import load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.report.consent_paper import consent_context, has_consent
from mesoplan.report.context import PaperContext
from mesoplan.report.leaflet_paper import leaflet_context
from mesoplan.report.plan_paper import plan_context
from mesoplan.report.referral_paper import referral_context
from mesoplan.report.session_paper import session_context
from mesoplan.report.sources_paper import sources_context
from mesoplan.surface.build import build_surface
from report.conftest import MakeCase
from report.pages import whole
from screening.cases import ON, raw
from screening.strategies import CHANGES

KNOWLEDGE = load()
LANGUAGES = ["en", "ru"]
CLINIC = load_clinic("example", KNOWLEDGE)
SURFACE = build_surface()
ZONES = (*(zone.id for zone in KNOWLEDGE.zones.values()), "face", "cheek", "perioral")
GOAL = st.fixed_dictionaries(
    {
        "indication": st.sampled_from(tuple(KNOWLEDGE.indications)),
        "zones": st.lists(st.sampled_from(ZONES), min_size=1, max_size=3),
    }
)
NECK: dict[str, Any] = {"goals": [{"indication": "rejuvenation", "zones": ["neck"]}]}
ABDOMEN: dict[str, Any] = {"goals": [{"indication": "rejuvenation", "zones": ["abdomen"]}]}
BOTH: dict[str, Any] = {"goals": [{"indication": "rejuvenation", "zones": ["forehead", "neck"]}]}


def planned(changes: dict[str, Any], goals: list[dict[str, Any]], *, with_clinic: bool, language: str) -> Plan | None:
    """Return the plan, None where the answers contradict one another and the parser refuses them."""
    try:
        intake = parse_intake(raw(changes, goals=goals), KNOWLEDGE)
    except ProblemError:
        return None
    clinic = CLINIC if with_clinic else None
    return make_plan(KNOWLEDGE, clinic, intake, SURFACE, on=ON, language=language)


@settings(max_examples=min(500, settings().max_examples // 3))
@given(CHANGES, st.lists(GOAL, min_size=1, max_size=2), st.booleans(), st.sampled_from(LANGUAGES))
def test_every_paper_has_its_words_whatever_is_answered_and_wished(
    changes: dict[str, Any], goals: list[dict[str, Any]], with_clinic: bool, language: str
) -> None:
    plan = planned(changes, goals, with_clinic=with_clinic, language=language)
    if plan is None:
        return
    context = PaperContext(plan, KNOWLEDGE, CLINIC if with_clinic else None)
    assert plan_context(context, "<svg/>")["verdict"]["headline"]
    assert leaflet_context(context)["treated"] == (context.may_treat and bool(plan.prescription.zones))
    assert sources_context(context)["title"]
    if has_consent(context):
        assert consent_context(context)["risks"][0]["table"]["rows"]
    if context.doctors:
        assert referral_context(context)["decisions"]
    if context.sheet_ready:
        assert session_context(context, "<svg/>")["settings"]
    assert plan.session_ready == context.sheet_ready


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("top", "reason"), [(NECK, "refused.area_unknown"), (ABDOMEN, "refused.indication")])
def test_a_client_for_whom_no_zone_can_be_planned_gets_papers_that_say_why(
    make_case: MakeCase, top: dict[str, Any], reason: str, language: str
) -> None:
    case = make_case(language=language, **top)
    words = case.knowledge.words(language)
    assert case.plan.screening.may_treat
    assert not case.plan.planned
    first = whole(case.papers["plan.pdf"])
    assert words["verdict.nothing_planned"] in first
    assert words[reason].rstrip(".") in first
    assert words["verdict.CAUTION.meaning"] not in first
    assert words["sheet.nothing_planned"] in first
    assert words["sheet.not_treatable"] not in first
    leaflet = whole(case.papers["leaflet.pdf"])
    assert words["refused.nothing_planned.meaning"] in leaflet
    assert words["leaflet.tonight_title"] not in leaflet
    assert "session.pdf" not in case.papers


def test_a_zone_of_unknown_size_is_not_named_among_those_that_are_treated(make_case: MakeCase) -> None:
    case = make_case(**BOTH)
    first = whole(case.papers["plan.pdf"])
    assert case.plan.planned
    assert "needling device: forehead." in first
    assert "Front of the neck \u2013 not planned: the size of this zone is not known" in first


def test_a_plan_over_a_limit_says_so_itself_and_not_only_on_paper(make_case: MakeCase) -> None:
    goals = [{"indication": "rejuvenation", "zones": ["forehead", "cheek_upper"]}]
    plan = make_case(technique="classical_injection", goals=goals).plan
    assert any(limit.name == "volume_face" and limit.margin < 0 for limit in plan.layout.limits)
    assert plan.session_sheet == ("sheet.limit_broken",)
    assert not plan.session_ready
