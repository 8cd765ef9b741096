"""The clinician's plans, made from end to end with the example clinic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest

from mesoplan.errors import ProblemError
from mesoplan.plan import Plan
from mesoplan.prescription.model import ZonePrescription
from mesoplan.screening.engine import Screener
from screening.cases import KNOWLEDGE
from screening.plan_cases import CONFLICTS, PLANS, Case, clinic_of, made

BY_ID = {case["id"]: case for case in PLANS}
FOLDERS = [case for case in PLANS if "folder_refused" in case]
MADE = [case for case in PLANS if "folder_refused" not in case]
ABOUT = {"id", "says", "systems", "conflicts", "sources", "settled", "doubt"}
CLIENT = {"goals", "answers", "technique", "areas", "areas_cm2", "keep_outs", "allergy_tests", "signatures"}
OF_PRODUCTS = {f"S{number}" for number in range(17, 24)}
CLIENT |= {"sessions_done", "day", "adds", "instead", "no_clinic"}


def asked(plan: Plan) -> set[str]:
    found = {*plan.prescription.asked, *plan.layout.asked, *plan.course.asked}
    found |= {key for zone in plan.prescription.zones for key in zone.asked}
    return found | {key for _, keys in plan.layout.asked_in_zones for key in keys}


def zones_of(plan: Plan) -> dict[str, ZonePrescription]:
    return {zone.zone: zone for zone in plan.prescription.zones}


def stands_behind(plan: Plan) -> set[str]:
    """The facts that this plan's techniques, manners, goals and harms rest on: what its papers print numbers of."""
    found = {harm.fact for harm in KNOWLEDGE.harms.values()}
    for zone in plan.prescription.zones:
        technique = KNOWLEDGE.techniques[zone.technique]
        found |= set(technique.facts.values())
        found |= {fact for manner in technique.manners if manner.id == zone.manner for fact in manner.facts.values()}
        found |= {fact for goal in zone.indications for fact in KNOWLEDGE.indications[goal].facts.values()}
    return found


# -- what a case may expect: key -> what the plan says to it


def _verdicts(plan: Plan, wanted: dict[str, Any]) -> dict[str, Any]:
    screening = Screener(KNOWLEDGE).screen(plan.intake, plan.on)  # of all techniques, whichever was asked for
    cells = {(cell.technique, cell.zone): str(cell.headline) for cell in screening.cells}
    of: dict[str, Any] = {}
    for technique, expected in wanted.items():
        here = {str(zone): verdict for (name, zone), verdict in cells.items() if name == technique}
        if isinstance(expected, dict):
            of[technique] = {zone: here.get(zone) for zone in expected}
        else:
            of[technique] = expected if set(here.values()) == {expected} else here
    return of


def _why(plan: Plan, wanted: list[str]) -> list[str]:
    top = plan.screening.headline
    read = {question for one in plan.screening.findings if one.effective == top for question in one.questions}
    return [question for question in wanted if question in read]


def _until(plan: Plan, wanted: dict[str, date]) -> dict[str, date | None]:
    findings = [one for one in plan.screening.findings if str(one.effective) == "DEFER"]
    return {zone: max(one.until for one in findings if one.zone == zone and one.until) for zone in wanted}


def _sessions(plan: Plan) -> dict[int, date]:
    return {one.number: one.day for one in plan.course.appointments if one.kind == "session"}


def _dates(plan: Plan, wanted: dict[int, date]) -> dict[int, date | None]:
    days = _sessions(plan)
    return {number: days.get(number) for number in wanted} if wanted else dict(days)


def _restrictions(plan: Plan, wanted: dict[str, list[date]]) -> dict[str, list[date]]:
    first = {}
    for one in plan.course.restrictions:
        first.setdefault(one.ban, [one.first_day, one.free_from])
    return {ban: first[ban] for ban in wanted}


def _reasons(side: str) -> Callable[[Plan, dict[str, list[str]]], dict[str, list[str]]]:
    def given(plan: Plan, wanted: dict[str, list[str]]) -> dict[str, list[str]]:
        reasons = {one.technique: dict(one.reasons) for one in plan.prescription.techniques}
        return {name: [key for key in keys if reasons[name].get(key) == side] for name, keys in wanted.items()}

    return given


def _facts(plan: Plan, wanted: dict[str, list[Any]]) -> dict[str, list[Any]]:
    found = {}
    for fact, (*ends, unit) in wanted.items():
        assert fact in stands_behind(plan), f"{fact} stands behind nothing in this plan"
        low, high = KNOWLEDGE.limits(fact, unit)
        known = [end for end in dict.fromkeys((low, high)) if end is not None]
        found[fact] = [*(pytest.approx(end) for end in known), unit] if len(known) == len(ends) else [*known, unit]
    return found


def _refused(plan: Plan, wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    refusals = {one.product: one.refusals for one in plan.prescription.products}
    return {name: [key for key in keys if key in refusals[name]] for name, keys in wanted.items()}


def _cover(plan: Plan, wanted: dict[int, list[float]]) -> dict[int, list[float]]:
    assert plan.layout.cumulative is not None
    means = dict(zip(plan.layout.cumulative.sessions, plan.layout.cumulative.cover, strict=True))
    return {n: ends if ends[0] <= means[n].mean <= ends[1] else [means[n].mean] for n, ends in wanted.items()}


def _layouts(plan: Plan, wanted: dict[str, Any], field: str) -> dict[str, Any]:
    parts = {one.zone: one for one in plan.layout.zones}
    return {zone: getattr(parts[zone], field) for zone in wanted}


def _depths(plan: Plan, wanted: dict[str, float]) -> dict[str, float | None]:
    depths = {name: zone.depth for name, zone in zones_of(plan).items()}
    return {name: None if (depth := depths[name]) is None else depth.nominal_mm for name in wanted}


def _months(plan: Plan, wanted: int) -> int:
    last, later = max(_sessions(plan).values()), plan.course.next_course_from
    assert later is not None
    same_day = later.day == last.day or later.day == 1
    months = (later.year - last.year) * 12 + later.month - last.month
    return months if same_day else -months


def _classes(plan: Plan, wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    held = {one.product: one.classes for one in plan.prescription.products}
    return {name: [key for key in keys if key in held[name]] for name, keys in wanted.items()}


EXPECTED: dict[str, Callable[[Plan, Any], Any]] = {
    "mode": lambda plan, _: plan.layout.mode,
    "headline": lambda plan, _: str(plan.screening.headline),
    "verdicts": _verdicts,
    "why": _why,
    "from": lambda plan, _: plan.screening.eligible_from or "none",
    "until": _until,
    "missing": lambda plan, _: list(plan.screening.missing),
    "left_out": lambda plan, wanted: {zone: dict(plan.prescription.left_out).get(zone) for zone in wanted},
    "sessions": lambda plan, _: plan.course.sessions,
    "range": lambda plan, _: [plan.course.sessions_low, plan.course.sessions_high],
    "interval": lambda plan, _: [plan.course.interval_days, plan.course.interval_minimum_days],
    "dates": _dates,
    "first_session": lambda plan, _: min(_sessions(plan).values()),
    "moved": lambda plan, wanted: [
        one for one in wanted if any(one in appointment.moved for appointment in plan.course.appointments)
    ],
    "next_course_from": lambda plan, _: plan.course.next_course_from,
    "months_to_next_course": _months,
    "restrictions": _restrictions,
    "price": lambda plan, _: (
        plan.course.quote and {"per_session": plan.course.quote.per_session, "total": plan.course.quote.total}
    ),
    "depth_mm": _depths,
    "no_depth": lambda plan, wanted: [zone for zone in wanted if zones_of(plan)[zone].depth is None],
    "no_achieved_depth": lambda plan, wanted: [
        zone for zone in wanted if (depth := zones_of(plan)[zone].depth) is not None and depth.achieved_high_mm is None
    ],
    "area_cm2": lambda plan, wanted: {zone: pytest.approx(zones_of(plan)[zone].area_cm2) for zone in wanted},
    "fraction": lambda plan, wanted: {zone: zones_of(plan)[zone].area_fraction for zone in wanted},
    "manner": lambda plan, wanted: {zone: zones_of(plan)[zone].manner for zone in wanted},
    "spacing_mm": lambda plan, wanted: _layouts(plan, wanted, "spacing_mm"),
    "points": lambda plan, wanted: _layouts(plan, wanted, "points"),
    "ml_per_point": lambda plan, wanted: _layouts(plan, wanted, "volume_per_point_ml"),
    "passes_at_most": lambda plan, wanted: {
        zone: most if passes <= most else passes
        for (zone, most), passes in zip(wanted.items(), _layouts(plan, wanted, "passes").values(), strict=True)
    },
    "minutes": lambda plan, wanted: {
        zone: [low, high]
        for (zone, low), high in zip(
            _layouts(plan, wanted, "minutes_low").items(), _layouts(plan, wanted, "minutes_high").values(), strict=True
        )
    },
    "cover": _cover,
    "claimed": lambda plan, wanted: (
        {n: pytest.approx(plan.layout.cumulative.claimed[n - 1]) for n in wanted} if plan.layout.cumulative else None
    ),
    "asks": lambda plan, wanted: [key for key in wanted if key in asked(plan)],
    "sheet": lambda plan, wanted: (
        [key for key in wanted if key in plan.session_sheet]
        if isinstance(wanted, list)
        else wanted in plan.session_sheet and wanted
    ),
    "for": _reasons("for"),
    "against": _reasons("against"),
    "not_for": lambda plan, wanted: {
        name: [key for key in keys if key not in _reasons("for")(plan, {name: keys})[name]]
        for name, keys in wanted.items()
    },
    "facts": _facts,
    "product": lambda plan, wanted: next(iter({zone.product for zone in plan.prescription.zones} - {wanted}), wanted),
    "one_product": lambda plan, _: len({zone.product for zone in plan.prescription.zones} - {None}) == 1,
    "usable": lambda plan, wanted: [
        one.product for one in plan.prescription.products if one.usable and one.product in wanted
    ],
    "refused": _refused,
    "fits": lambda plan, wanted: {
        one.product: list(one.fits) for one in plan.prescription.products if one.product in wanted
    },
    "classes": _classes,
    "not_classes": lambda plan, wanted: {
        name: [key for key in keys if key not in _classes(plan, {name: keys})[name]] for name, keys in wanted.items()
    },
}


@cache
def plan_of(case_id: str) -> Plan:
    return made(BY_ID[case_id])


@pytest.mark.parametrize("case", MADE, ids=lambda case: case["id"])
def test_each_client_gets_the_clinicians_plan(case: Case) -> None:
    plan = plan_of(case["id"])
    planned = {(zone.technique, zone.zone) for zone in plan.prescription.zones}
    if case["plans"] == "provisional":
        assert not plan.screening.may_treat
        assert plan.prescription.provisional
    else:
        wanted = {
            (name, zone) for name, zones in case["plans"].items() for given in zones for zone in KNOWLEDGE.expand(given)
        }
        assert planned == wanted
        assert {one.zone for one in plan.layout.zones} <= {zone for _, zone in wanted}
    expected = {key: value for key, value in case.items() if key in EXPECTED}
    assert {key: EXPECTED[key](plan, value) for key, value in expected.items()} == expected


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case["id"])
def test_a_clinics_folder_that_may_not_be_used_is_refused(case: Case) -> None:
    with pytest.raises(ProblemError) as caught:
        clinic_of(case)
    assert [problem.message for problem in caught.value.problems] == [case["folder_refused"]]


def test_each_case_says_nothing_that_is_not_looked_at() -> None:
    known = ABOUT | CLIENT | set(EXPECTED) | {"plans", "folder_refused"}
    assert {case["id"]: set(case) - known for case in PLANS if set(case) - known} == {}
    assert [case["id"] for case in PLANS if not case["says"].strip()] == []


def test_there_are_a_hundred_cases_and_each_has_its_own_name() -> None:
    assert len(BY_ID) == len(PLANS) >= 100


def test_each_technique_stands_in_at_least_two_cases() -> None:
    counted = Counter(
        name
        for case in MADE
        for name in {case.get("technique"), *(dict(case["plans"]) if case["plans"] != "provisional" else ())}
    )
    assert [name for name in KNOWLEDGE.techniques if counted[name] < 2] == []


def test_each_system_of_the_documents_stands_in_at_least_two_cases() -> None:
    counted = Counter(name for case in PLANS for name in set(case.get("systems", ())))
    assert set(counted) <= set(KNOWLEDGE.systems)
    assert [name for name in KNOWLEDGE.systems if counted[name] < 2] == []


@pytest.mark.parametrize("case", [case for case in MADE if case.get("systems")], ids=lambda case: case["id"])
def test_a_case_shows_something_of_each_system_that_it_names(case: Case) -> None:
    plan = plan_of(case["id"])
    used = {zone.technique for zone in plan.prescription.zones} | set(case.get("verdicts", ()))
    used.add(case.get("technique", ""))
    goals = {goal["indication"] for goal in case["goals"]}
    spoken_of = {case.get("product")}.union(*(case.get(key, ()) for key in ("usable", "refused", "fits", "classes")))
    products = [one for one in plan.prescription.products if one.product in spoken_of]
    classes = {one for product in products for one in product.classes}
    for name in case["systems"]:
        system = KNOWLEDGE.systems[name]
        assert used & set(system.techniques) or goals & set(system.indications) or classes & set(system.classes), name
        assert name not in OF_PRODUCTS or products or goals & set(system.indications), name


def test_each_conflict_that_changes_a_verdict_or_a_number_stands_in_a_case() -> None:
    assert [name for name in CONFLICTS if name.startswith("C")] == [f"C{number:02}" for number in range(1, 84)]
    stands = {name for case in PLANS for name in case.get("conflicts", ())}
    changing = {name for name, row in CONFLICTS.items() if row["changes"] in ("verdict", "number")}
    assert stands - set(CONFLICTS) == set()
    assert changing - stands == set()
    assert {name for name in stands if CONFLICTS[name]["changes"] == "neither"} == set()
    assert [name for name, row in CONFLICTS.items() if not row["why"].strip()] == []
