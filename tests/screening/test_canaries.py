"""The canary patients: they stop planning when one of them may be treated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesoplan.errors import ProblemError
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.verdict import Verdict
from mesoplan.pipeline import make_plan
from mesoplan.screening.canaries import safe_answers, verified_screener, verify_canaries
from mesoplan.screening.engine import Screener
from mesoplan.surface.build import build_surface
from screening.cases import KNOWLEDGE, ON, intake


def test_all_canaries_of_the_knowledge_are_refused():
    verify_canaries(KNOWLEDGE, Screener(KNOWLEDGE))


def test_there_are_enough_canaries_to_mean_something():
    assert len(KNOWLEDGE.canaries) >= 15


@pytest.mark.parametrize("name", KNOWLEDGE.canaries)
def test_a_canary_sings_when_the_rules_that_hold_it_are_gone(name):
    screener = Screener(KNOWLEDGE)
    canary = KNOWLEDGE.canaries[name]
    data = {
        "client": {"name": "x", "identifier": "x"},
        "visit_date": ON,
        "goals": [{"indication": next(iter(KNOWLEDGE.indications)), "zones": ["forehead"]}],
        "answers": {**safe_answers(KNOWLEDGE, ON), **canary.answers},
    }
    strict = {Verdict.DEFER, Verdict.PHYSICIAN, Verdict.CONTRAINDICATED, Verdict.NEEDS_INFO}
    holding = {one.rule for one in screener.screen(parse_intake(data, KNOWLEDGE), ON).findings if one.verdict in strict}
    damaged = replace(KNOWLEDGE, rules={key: rule for key, rule in KNOWLEDGE.rules.items() if key not in holding})
    with pytest.raises(ProblemError, match=f"canary {name}"):
        verify_canaries(damaged, Screener(damaged))


def test_a_knowledge_base_without_canaries_plans_nobody():
    with pytest.raises(ProblemError, match="no canary"):
        verify_canaries(replace(KNOWLEDGE, canaries={}), Screener(KNOWLEDGE))


def test_the_same_knowledge_is_verified_once_and_another_one_again() -> None:
    screener = verified_screener(KNOWLEDGE)
    assert verified_screener(KNOWLEDGE) is screener
    damaged = replace(KNOWLEDGE, rules={})
    for _ in range(2):
        with pytest.raises(ProblemError, match="canary"):
            verified_screener(damaged)
    assert verified_screener(replace(KNOWLEDGE)) is not screener


def test_a_plan_stops_when_a_canary_may_be_treated() -> None:
    damaged = replace(KNOWLEDGE, rules={})
    with pytest.raises(ProblemError, match="canary"):
        make_plan(damaged, None, intake({}), build_surface(), on=ON, language="en")
