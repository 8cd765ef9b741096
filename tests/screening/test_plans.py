"""The clinician's plans, made from end to end with the example clinic."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml

from mesoplan.clinic.load import load_clinic
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.surface.build import build_surface
from screening.cases import CASES, KNOWLEDGE, ON, intake

PLANS: list[dict[str, Any]] = yaml.safe_load((CASES / "plans.yaml").read_text(encoding="utf-8"))["plans"]
CLINIC = load_clinic("example", KNOWLEDGE)


def made(case: dict[str, Any]) -> Plan:
    patches = {zone: (float(width), float(height)) for zone, (width, height) in case.get("areas", {}).items()}
    client = intake(case.get("answers", {}), goals=case["goals"])
    surface = build_surface(patches=patches)
    return make_plan(KNOWLEDGE, CLINIC, client, surface, on=ON, language="en", technique=case.get("technique"))


def asked(plan: Plan) -> set[str]:
    found = {*plan.prescription.asked, *plan.layout.asked, *plan.course.asked}
    found |= {key for zone in plan.prescription.zones for key in zone.asked}
    return found | {key for _, keys in plan.layout.asked_in_zones for key in keys}


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case["id"])
def test_each_client_gets_the_clinicians_plan(case: dict[str, Any]) -> None:
    plan = made(case)
    planned = {(zone.technique, zone.zone) for zone in plan.prescription.zones}
    if case["plans"] == "provisional":
        assert not plan.screening.may_treat
        assert plan.prescription.provisional
        return
    wanted = {
        (name, zone) for name, zones in case["plans"].items() for given in zones for zone in KNOWLEDGE.expand(given)
    }
    assert planned == wanted
    assert plan.layout.mode == case["mode"]
    assert {one.zone for one in plan.layout.zones} == {zone for _, zone in wanted}
    assert set(case.get("asks", ())) <= asked(plan)
    assert plan.course.sessions == case.get("sessions", plan.course.sessions)
    assert {zone.product for zone in plan.prescription.zones} <= {case.get("product")} or "product" not in case
    assert case.get("sheet") in (None, *plan.session_sheet)


def test_each_technique_stands_in_at_least_two_cases() -> None:
    counted = Counter(
        name
        for case in PLANS
        for name in {case.get("technique"), *(dict(case["plans"]) if case["plans"] != "provisional" else ())}
    )
    assert [name for name in KNOWLEDGE.techniques if counted[name] < 2] == []
