"""The quality of a plan by hand: histograms, worst cases against arithmetic, distances, totals and margins."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.layout.assess import assess, together
from mesoplan.layout.coverage import boolean_cover, hit_histogram, mean_hits
from mesoplan.layout.model import Cover, Cumulative
from mesoplan.layout.quality import CoverAfter, Quality, ZoneQuality
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.serial import from_json, to_json
from mesoplan.surface.build import build_surface
from mesoplan.surface.model import Surface

EXAMPLE = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))
ZONES = ["forehead", "cheek_upper_left", "crows_feet_left"]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def clinic(knowledge: Knowledge) -> Clinic:
    return load_clinic("example", knowledge)


def planned(
    knowledge: Knowledge, clinic: Clinic | None, technique: str = "fractional_pen", surface: Surface | None = None
) -> Plan:
    goals = [{"indication": "rejuvenation", "zones": ZONES}]
    intake = parse_intake({**EXAMPLE, "goals": goals}, knowledge)
    assert intake.visit_date is not None
    surface = surface or build_surface()
    return make_plan(knowledge, clinic, intake, surface, on=intake.visit_date, language="en", technique=technique)


def assessed(plan: Plan) -> Quality:
    assert plan.quality is not None
    return plan.quality


# -- how often the skin is hit


@given(st.floats(0.0, 3.0), st.floats(0.0, 0.9))
def test_the_histogram_with_a_spread_is_the_poisson_shares_averaged_over_it(hits: float, spread: float) -> None:
    factors = 1.0 - spread + 2.0 * spread * (np.arange(400) + 0.5) / 400
    expected = np.mean([hit_histogram(factor * hits) for factor in factors], axis=0)
    assert hit_histogram(hits, spread) == pytest.approx(tuple(expected), abs=2e-5)
    assert sum(hit_histogram(hits, spread)) == pytest.approx(1.0)


def test_a_spread_that_is_hardly_there_changes_nothing() -> None:
    for spread in (1e-12, 1e-9, 1e-7, 1e-5):
        assert hit_histogram(0.22, spread) == pytest.approx(hit_histogram(0.22), abs=1e-9)


def test_hits_of_independent_sessions_add_up() -> None:
    assert together(hit_histogram(0.3), hit_histogram(0.5)) == pytest.approx(hit_histogram(0.8))


def test_the_untouched_share_agrees_with_the_cover_of_a_session_and_of_the_course(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(knowledge, clinic)
    for zone, pen in zip(assessed(plan).zones, plan.layout.pen, strict=True):
        assert zone.known == "statistical"
        assert zone.hits is not None
        assert zone.course_hits is not None
        assert zone.hits[0] == pytest.approx(1.0 - pen.cover.mean)
        assert zone.course_hits[0] == pytest.approx(1.0 - pen.cumulative.cover[-1].mean)
        assert sum(zone.course_hits) == pytest.approx(1.0)


def test_sessions_delivered_already_count_as_they_were(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    pen = plan.layout.pen[0]
    each = 1.0 - hit_histogram(mean_hits(pen.punctures_per_cm2, pen.microzone_mm), pen.speed_spread)[0]
    covers, left = [], 0.5
    for number in range(3):
        covers.append(1.0 - left)
        left *= 1.0 - each if number < 2 else 1.0
    total = Cumulative((1, 2, 3), tuple(Cover(one, 0.0, one, one) for one in covers), (0, 0, 0), None, None, 0.5)
    layout = replace(plan.layout, pen=(replace(pen, cumulative=total), *plan.layout.pen[1:]))
    quality = assess(knowledge, plan.prescription, layout, plan.surface)
    assert quality is not None
    first = quality.zones[0]
    assert first.course_hits is not None
    assert first.course_hits[0] == pytest.approx(1.0 - covers[-1])
    slow = next(one for one in first.speed if one.factor < 1.0)
    assert slow.course_cover == pytest.approx(1.0 - 0.5 * (1.0 - slow.cover) ** 2)


# -- cover with its error


def test_a_cover_stands_beside_its_error_and_no_ideal_is_claimed_by_hand(knowledge: Knowledge, clinic: Clinic) -> None:
    for zone in assessed(planned(knowledge, clinic)).zones:
        assert zone.sigma_mm == 0.5
        assert all(one.ideal is None for one in zone.course)
        assert [one.sigma_mm for one in zone.registration] == [0.05, 0.1, 0.5]
        assert {one.cover for one in zone.registration} == {zone.course[-1].mean}


def test_a_registration_error_that_the_clinic_measured_is_tried_too(knowledge: Knowledge, clinic: Clinic) -> None:
    pen = clinic.devices["example-pen"]
    own = pen.model_copy(update={"registration_sigma_mm": 0.3})
    measured = clinic.model_copy(update={"devices": {**clinic.devices, pen.id: own}})
    zone = assessed(planned(knowledge, measured)).zones[0]
    assert zone.sigma_mm == 0.3
    assert [one.sigma_mm for one in zone.registration] == [0.05, 0.1, 0.3, 0.5]


def test_a_cover_without_its_error_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its registration error"):
        ZoneQuality("chin", "measured", None, None, None, (CoverAfter(1, 0.2, 0.1, 0.3, 0.2),), (), (), None, ())


def test_a_measured_quality_comes_back_from_json_as_it_was(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    quality = assessed(plan)
    course = (CoverAfter(1, 0.2, 0.19, 0.21, 0.2), CoverAfter(2, 0.36, 0.34, 0.37, 0.4))
    zone = replace(quality.zones[0], known="measured", course=course)
    measured = replace(plan, quality=replace(quality, zones=(zone, *quality.zones[1:])))
    assert from_json(Plan, to_json(measured)) == measured
    assert measured.quality is not None
    assert measured.quality.zone(zone.zone) == zone
    assert measured.quality.zone("abdomen") is None


# -- worst cases


def test_a_slower_and_a_faster_hand_follow_from_the_density(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    tolerance = knowledge.value("tolerance.hand_speed", "1")
    for zone, pen in zip(assessed(plan).zones, plan.layout.pen, strict=True):
        assert [one.factor for one in zone.speed] == pytest.approx([1.0 - tolerance, 1.0 + tolerance])
        for case in zone.speed:
            assert case.punctures_per_cm2 == pytest.approx(pen.punctures_per_cm2 / case.factor)
            assert case.cover == pytest.approx(boolean_cover(case.punctures_per_cm2, pen.microzone_mm))
            assert case.course_cover == pytest.approx(1.0 - (1.0 - case.cover) ** len(pen.cumulative.sessions))
            mean = mean_hits(case.punctures_per_cm2, pen.microzone_mm)
            assert case.twice_or_more == pytest.approx(1.0 - math.exp(-mean) * (1.0 + mean))


def test_a_device_that_misses_its_depth_passes_exactly_the_limits_below_its_deepest(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(knowledge, clinic)
    quality, tolerance = assessed(plan), knowledge.value("tolerance.depth", "mm")
    assert tolerance == 0.15
    found = {(one.zone, one.name) for one in quality.passed if one.case == "deeper"}
    expected = {
        (zone.zone, limit.name)
        for zone in plan.prescription.zones
        if zone.depth is not None
        for limit in zone.depth.limits
        if limit.limit < zone.depth.nominal_mm + tolerance - 1e-9
    }
    assert found == expected != set()
    for zone in quality.zones:
        assert zone.depth is not None
        assert zone.depth.deepest_mm - zone.depth.planned_mm == pytest.approx(tolerance)
        assert zone.depth.shallowest_mm == pytest.approx(max(0.0, zone.depth.planned_mm - tolerance))


def test_a_faster_hand_passes_the_clinics_speed_and_a_slower_one_a_volume(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    pen = plan.layout.pen[0]
    speed = next(one for one in pen.limits if one.name == "hand_speed")
    tight = replace(speed, limit=speed.planned * 1.2)
    volume = next(one for one in plan.layout.limits if one.name == "volume_session")
    full = replace(volume, limit=volume.planned * 1.3)
    layout = replace(
        plan.layout,
        pen=(replace(pen, limits=(tight,)), *plan.layout.pen[1:]),
        limits=tuple(full if one is volume else one for one in plan.layout.limits),
    )
    quality = assess(knowledge, plan.prescription, layout, plan.surface)
    assert quality is not None
    faster = next(one for one in quality.passed if one.case == "faster")
    assert (faster.zone, faster.name) == (pen.zone, "hand_speed")
    assert faster.by == pytest.approx(speed.planned * 0.1)
    slower = [one for one in quality.passed if one.case == "slower"]
    assert [(one.zone, one.name) for one in slower] == [("", "volume_session")]
    assert slower[0].by == pytest.approx(volume.planned * (1.0 / 0.7 - 1.3))


def test_a_limit_that_is_broken_as_planned_is_no_worst_case(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    zone = plan.prescription.zones[0]
    assert zone.depth is not None
    broken = replace(zone.depth.limits[0], limit=zone.depth.nominal_mm - 0.1)
    depth = replace(zone.depth, limits=(broken,))
    prescription = replace(plan.prescription, zones=(replace(zone, depth=depth), *plan.prescription.zones[1:]))
    quality = assess(knowledge, prescription, plan.layout, plan.surface)
    assert quality is not None
    assert not [one for one in quality.passed if one.zone == zone.zone and one.case == "deeper"]
    assert quality.limits[0].limit == broken


# -- nearby, totals, limits


def test_the_distance_to_the_eye_is_the_margin_or_what_lies_farther(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    margin = knowledge.limits("margin.orbital_rim", "mm")[1]
    distances = {
        zone.zone: one.distance_mm for zone in assessed(plan).zones for one in zone.clearances if one.what == "eye"
    }
    assert distances["crows_feet_left"] == margin
    for curve in plan.surface.eye_margins:
        if curve.zone in distances:
            step = int(distances[curve.zone] / curve.step_mm)
            assert distances[curve.zone] == margin or curve.fractions[step] == 1.0 > curve.fractions[step + 1]


def test_a_zone_far_from_the_eye_keeps_its_whole_distance(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic)
    (forehead,) = (one for one in plan.surface.eye_margins if one.zone == "forehead")
    away = max(step for step, share in enumerate(forehead.fractions) if share > 1.0 - 1e-9) * forehead.step_mm
    (eye,) = (one for zone in assessed(plan).zones if zone.zone == "forehead" for one in zone.clearances)
    assert eye.distance_mm == away > (knowledge.limits("margin.orbital_rim", "mm")[1] or 0.0)


def test_a_circle_left_out_is_named_in_the_zones_it_touches(knowledge: Knowledge, clinic: Clinic) -> None:
    surface = build_surface(keep_outs=("forehead:5,5,4",))
    zones = assessed(planned(knowledge, clinic, surface=surface)).zones
    named = {zone.zone: [one for one in zone.clearances if one.what == "keep_out"] for zone in zones}
    assert [(one.given, one.distance_mm) for one in named["forehead"]] == [("forehead:5,5,4", 0.0)]
    assert named["cheek_upper_left"] == []


@pytest.mark.parametrize("technique", ["fractional_pen", "fractional_stamp", "clinic_roller", "classical_injection"])
def test_totals_are_the_sums_of_the_zones(knowledge: Knowledge, clinic: Clinic, technique: str) -> None:
    plan = planned(knowledge, clinic, technique)
    totals = assessed(plan).totals
    assert totals.area_cm2 == pytest.approx(sum(one.area_cm2 for one in plan.prescription.zones))
    assert totals.volume_ml == plan.layout.total_volume_ml
    if technique == "classical_injection":
        assert (totals.punctures, totals.points) == (None, sum(one.points for one in plan.layout.points))
    else:
        parts = (*plan.layout.pen, *plan.layout.stamp, *plan.layout.roller)
        areas = {one.zone: one.area_cm2 for one in plan.prescription.zones}
        expected = sum((one.punctures_per_cm2 or 0.0) * areas[one.zone] for one in parts)
        assert totals.punctures == pytest.approx(expected)
        assert totals.points is None


def test_every_limit_stands_once_where_it_is_tightest_and_the_tightest_comes_first(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(knowledge, clinic)
    limits = assessed(plan).limits
    every = [*plan.layout.limits, *(limit for pen in plan.layout.pen for limit in pen.limits)]
    every += [limit for zone in plan.prescription.zones if zone.depth for limit in zone.depth.limits]
    assert {one.limit.name for one in limits} == {one.name for one in every}
    assert len({one.limit.name for one in limits}) == len(limits)
    room = [one.limit.margin / one.limit.limit for one in limits]
    assert room == sorted(room)
    for one in limits:
        assert one.limit.margin / one.limit.limit == min(
            limit.margin / limit.limit for limit in every if limit.name == one.limit.name
        )


def test_points_and_needle_free_zones_have_no_cover_and_no_tolerance(knowledge: Knowledge, clinic: Clinic) -> None:
    for technique in ("classical_injection", "iontophoresis"):
        for zone in assessed(planned(knowledge, clinic, technique)).zones:
            assert (zone.hits, zone.course, zone.sigma_mm, zone.speed, zone.depth) == (None, (), None, (), None)


def test_a_stamp_has_a_depth_but_no_hand_that_glides_and_a_roller_neither(knowledge: Knowledge, clinic: Clinic) -> None:
    stamp = assessed(planned(knowledge, clinic, "fractional_stamp")).zones[0]
    roller = assessed(planned(knowledge, clinic, "clinic_roller")).zones[0]
    assert stamp.depth is not None
    assert stamp.hits is not None
    assert stamp.speed == ()
    assert (roller.depth, roller.speed) == (None, ())
    assert roller.hits is not None


def test_without_settings_there_is_no_quality(knowledge: Knowledge) -> None:
    assert planned(knowledge, None).quality is None
