"""Stamps, rollers, syringes and needle-free techniques in the record: their numbers, their cover, the next session."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import yaml

from mesoplan.clinic.model import Clinic
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.record.book import read_record
from mesoplan.record.planned import planned_session
from mesoplan.record.template import session_template
from mesoplan.serial import to_json
from mesoplan.surface import build_surface
from record.conftest import EXAMPLE, ON, Desk, Raw, make
from record.test_next import prepare, saved
from report.pages import whole

Build = Callable[..., Raw]


def planned(desk: Desk, knowledge: Knowledge, clinic: Clinic, technique: str) -> Plan:
    plan = make(knowledge, clinic, technique)
    (desk.course / "plan.json").write_text(to_json(plan), encoding="utf-8")
    return plan


@pytest.mark.parametrize(
    ("technique", "numbers"),
    [
        ("fractional_stamp", {"depth_mm", "rounds", "placements"}),
        ("clinic_roller", {"depth_mm", "passes"}),
        ("biorevitalisation", {"depth_mm", "points", "volume_ml"}),
        ("oxygen", {"minutes"}),
    ],
)
def test_the_template_asks_for_what_the_technique_sets(
    knowledge: Knowledge, clinic: Clinic, technique: str, numbers: set[str]
) -> None:
    session = planned_session(make(knowledge, clinic, technique))
    raw = yaml.safe_load(session_template(session, 1, knowledge.words("en")))
    assert raw["zones"]
    for row in raw["zones"]:
        assert set(row) - {"zone", "delivered", "share", "remark"} == numbers


@pytest.mark.parametrize("technique", ["fractional_stamp", "clinic_roller"])
def test_as_many_rounds_or_passes_as_planned_reach_the_planned_cover(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic, technique: str
) -> None:
    plan = planned(desk, knowledge, clinic, technique)
    assert desk.record(as_planned(of=plan)).code in (0, 3)
    (session,) = read_record(desk.course).sessions
    known = [one for one in session.covers if one.planned is not None]
    assert known
    for cover in known:
        assert cover.delivered == pytest.approx(cover.planned)


def test_a_third_of_the_rounds_covers_what_a_third_of_the_hits_covers(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    raw = as_planned(of=planned(desk, knowledge, clinic, "fractional_stamp"))
    for row in raw["zones"]:
        assert row["rounds"] % 3 == 0
        row["rounds"] //= 3
    assert desk.record(raw).code in (0, 3)
    for cover in read_record(desk.course).sessions[0].covers:
        assert cover.delivered == pytest.approx(1 - (1 - cover.planned) ** (1 / 3))


def test_another_roller_than_planned_leaves_the_cover_unknown(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(desk, knowledge, clinic, "clinic_roller")
    reason = {"item": "device", "zone": "all", "reason": "the planned one was used up"}
    assert desk.record(as_planned(of=plan, device="other-roller", deviations=[reason])).code in (0, 3)
    assert {one.delivered for one in read_record(desk.course).sessions[0].covers} == {None}


def test_more_rounds_than_the_clinic_allows_are_marked(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(desk, knowledge, clinic, "fractional_stamp")
    raw = as_planned(of=plan, deviations=[{"item": "cover", "zone": "all", "reason": "test"}])
    most = next(one.limit for one in plan.layout.stamp[0].limits if one.name == "rounds")
    raw["zones"][0]["rounds"] = int(most) + 1
    done = desk.record(raw)
    assert done.code == 3, done.err
    assert "rounds" in {one.key for one in read_record(desk.course).sessions[0].limits_broken}


def test_a_stamp_is_not_corrected_by_whole_rounds_but_its_course_starts_from_what_was_delivered(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(desk, knowledge, clinic, "fractional_stamp")
    raw = as_planned(of=plan)
    for row in raw["zones"]:
        row["rounds"] = 3
    assert desk.record(raw).code in (0, 3)
    assert prepare(desk).code == 0
    later = saved(desk.course)
    assert {one.note for one in later.progress} == {"progress.whole_steps"}
    assert [one.rounds for one in later.layout.stamp] == [one.rounds for one in plan.layout.stamp]
    for stamp in later.layout.stamp:
        (progress,) = [one for one in later.progress if one.zone == stamp.zone]
        assert stamp.cumulative.cover[0].mean == pytest.approx(progress.delivered_total)
        assert stamp.cumulative.cover[-1].mean < plan.layout.stamp[0].cumulative.cover[-1].mean


@pytest.mark.parametrize("manner", ["papules", "pricks"])
def test_the_next_session_keeps_to_the_manner_of_injection(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic, manner: str
) -> None:
    intake = parse_intake(copy.deepcopy(EXAMPLE), knowledge)
    syringe = {"technique": "classical_injection", "manner": manner}
    plan = make_plan(knowledge, clinic, intake, build_surface(), on=ON, language="en", **syringe)
    (desk.course / "plan.json").write_text(to_json(plan), encoding="utf-8")
    assert desk.record(as_planned(of=plan)).code in (0, 3)
    assert prepare(desk).code in (0, 3)
    assert {zone.manner for zone in saved(desk.course).prescription.zones} == {manner}


@pytest.mark.parametrize(
    ("technique", "tool", "column"),
    [("fractional_stamp", "Example Stamp", "Depth, mm"), ("clinic_roller", "Example Roller 0.2", "Needles, mm")],
)
def test_the_report_names_the_tool_and_promises_no_depth_of_a_roller(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic, technique: str, tool: str, column: str
) -> None:
    plan = planned(desk, knowledge, clinic, technique)
    assert desk.record(as_planned(of=plan)).code in (0, 3)
    assert desk.call("report", desk.course, "--clinic", "example").code == 0
    told = whole((desk.course / "course-report.pdf").read_bytes())
    assert tool in told
    assert column in told
    assert ("Depth, mm" in told) is (column == "Depth, mm")
