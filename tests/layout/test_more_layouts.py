"""Stamp, roller and needle-free layouts: counts against arithmetic, spreads against simulation, nothing invented."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from importlib import resources

import pytest
import yaml

from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.layout.coverage import boolean_cover, cover_spread
from mesoplan.layout.stamp import count_placements, count_rounds
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.surface.build import build_surface

EXAMPLE = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def clinic(knowledge: Knowledge) -> Clinic:
    return load_clinic("example", knowledge)


def planned(knowledge: Knowledge, clinic: Clinic | None, technique: str) -> Plan:
    intake = parse_intake({**EXAMPLE, "goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]}, knowledge)
    day = intake.visit_date
    assert day is not None
    return make_plan(knowledge, clinic, intake, build_surface(), on=day, language="en", technique=technique)


def test_placements_are_area_over_footprint_rounded_up() -> None:
    assert [count_placements(area, (10.0, 5.0)) for area in (0.0, 0.5, 0.51, 40.0)] == [0, 1, 2, 80]


def test_no_footprint_and_no_negative_area_has_placements() -> None:
    for area, footprint in ((-1.0, (10.0, 10.0)), (1.0, (0.0, 10.0))):
        with pytest.raises(ValueError, match="no placements"):
            count_placements(area, footprint)


def test_rounds_are_those_nearest_to_the_wished_cover_inside_the_clinics_range() -> None:
    def miss(rounds: int) -> float:
        return abs(boolean_cover(rounds * 36.0, 0.3) - 0.2)

    found = count_rounds(36.0, 0.3, 0.2, 1, 20)
    assert miss(found) == min(miss(rounds) for rounds in range(1, 21))
    assert count_rounds(36.0, 0.3, 0.2, 1, 4) == 4
    assert count_rounds(36.0, 0.3, 0.2, 15, 20) == 15


def test_a_rigid_pattern_covers_as_much_as_single_punctures_and_varies_more_at_most_by_its_number_of_needles() -> None:
    drawn, side, pitch, needles = random.Random(5), 30.0, 2.0, 9
    pattern = [(pitch * column, pitch * row) for column in range(3) for row in range(3)]
    density = 60.0
    mean_patterns = density / 100.0 * side * side / needles
    probes = [(drawn.uniform(0, side), drawn.uniform(0, side)) for _ in range(400)]
    covers = []
    for _ in range(150):
        count = sum(1 for _ in range(4000) if drawn.random() < mean_patterns / 4000)
        discs: dict[tuple[int, int], list[tuple[float, float]]] = {}
        for _ in range(count):
            x, y = drawn.uniform(0, side), drawn.uniform(0, side)
            for shift_x, shift_y in pattern:
                disc = ((x + shift_x) % side, (y + shift_y) % side)
                discs.setdefault((int(disc[0]), int(disc[1])), []).append(disc)
        hit = sum(_touched(probe, discs) for probe in probes)
        covers.append(hit / len(probes))
    mean = sum(covers) / len(covers)
    sampled = mean * (1 - mean) / len(probes)
    variance = sum((one - mean) ** 2 for one in covers) / (len(covers) - 1) - sampled
    single, bound = cover_spread(density, 0.6, 9.0, 0.0), cover_spread(density, 0.6, 9.0, 0.0, cluster=needles)
    assert math.isclose(mean, single.mean, abs_tol=0.01)
    assert single.mean == bound.mean
    assert single.sd**2 < variance < 1.25 * bound.sd**2


def _touched(probe: tuple[float, float], discs: dict[tuple[int, int], list[tuple[float, float]]]) -> bool:
    x, y = int(probe[0]), int(probe[1])
    near = (disc for dx in (-1, 0, 1) for dy in (-1, 0, 1) for disc in discs.get((x + dx, y + dy), ()))
    return any(math.dist(probe, disc) <= 0.3 for disc in near)


def test_a_stamp_states_placements_rounds_and_an_expected_cover_with_spread(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    (zone,) = planned(knowledge, clinic, "fractional_stamp").layout.stamp
    assert zone.placements == 41
    assert zone.needles == 36
    assert zone.cover.low < zone.cover.mean < zone.cover.high
    assert math.isclose(zone.punctures_per_cm2, zone.rounds * 36.0)


def test_a_roller_makes_no_more_passes_than_were_counted_and_estimates_cover_only_for_the_counted_needles(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    (zone,) = planned(knowledge, clinic, "clinic_roller").layout.roller
    assert (zone.roller, zone.passes) == ("example-roller-02", 15)  # the longest that fits under the ceiling
    assert zone.punctures_per_cm2 is not None
    assert math.isclose(zone.punctures_per_cm2, 250.0)
    other = {one.id: one.model_copy(update={"needle_count": 540}) for one in clinic.rollers.values()}
    (unknown,) = planned(knowledge, clinic.model_copy(update={"rollers": other}), "clinic_roller").layout.roller
    assert (unknown.cover, unknown.punctures_per_cm2, unknown.cumulative) == (None, None, None)
    own = {name: one.model_copy(update={"punctures_per_cm2_per_pass": 40.0}) for name, one in other.items()}
    (stated,) = planned(knowledge, clinic.model_copy(update={"rollers": own}), "clinic_roller").layout.roller
    assert stated.passes == 8
    assert stated.reachable


def test_a_roller_whose_needles_are_longer_than_the_ceiling_is_not_used(knowledge: Knowledge, clinic: Clinic) -> None:
    long = {one.id: one.model_copy(update={"needle_length_mm": 1.5}) for one in clinic.rollers.values()}
    plan = planned(knowledge, clinic.model_copy(update={"rollers": long}), "clinic_roller")
    assert plan.layout.roller == ()
    assert plan.prescription.zones[0].asked[0] == "asked.roller_too_long"
    assert "sheet.settings_missing" in plan.session_sheet


def test_at_home_ten_passes_stand_on_each_path_and_nothing_is_promised(knowledge: Knowledge, clinic: Clinic) -> None:
    intake = {**EXAMPLE, "goals": [{"indication": "dry_skin", "zones": ["forehead", "nose", "cheek_lower"]}]}
    client = parse_intake(intake, knowledge)
    assert client.visit_date is not None
    plan = make_plan(
        knowledge, clinic, client, build_surface(), on=client.visit_date, language="en", technique="home_roller"
    )
    zones = {one.zone: one for one in plan.layout.roller}
    assert set(zones) == {"forehead", "cheek_lower_left", "cheek_lower_right"}
    assert {one.passes for one in zones.values()} == {10}
    assert zones["forehead"].paths == ("forehead", "brows")
    assert {(one.cover, one.roller) for one in zones.values()} == {(None, None)}
    assert {one.depth for one in plan.prescription.zones} == {None}
    assert plan.course.interval_minimum_days == 31


def test_settings_without_needles_are_those_of_the_clinics_manual_else_they_are_asked(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    (zone,) = planned(knowledge, clinic, "ultrasound").layout.needle_free
    assert (zone.minutes_low, zone.minutes_high) == (5.0, 12.0)
    own = [one for one in zone.settings if one.basis.kind == "clinic"]
    assert [(one.low, one.high, one.unit) for one in own] == [(0.2, 0.6, "W/cm2"), (1.0, 1.0, "MHz")]
    (limits,) = planned(knowledge, None, "ultrasound").layout.needle_free
    assert (limits.minutes_high, limits.asked) == (None, ("asked.needle_free_settings",))
    (nothing,) = planned(knowledge, None, "oxygen").layout.needle_free
    assert (nothing.settings, nothing.minutes_high, nothing.asked) == ((), None, ("asked.needle_free_settings",))


def test_what_a_study_used_stands_beside_the_manual_as_an_upper_end_and_never_opens_a_session_by_itself(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    (zone,) = planned(knowledge, clinic, "ultrasound").layout.needle_free
    given = {one.name: (one.low, one.high, one.unit) for one in zone.settings if one.basis.kind == "fact"}
    assert given == {
        "modality.ultrasound_intensity": (None, 1.0, "W/cm2"),
        "modality.ultrasound_frequency": (1.0, 3.0, "MHz"),
    }
    for technique in ("aquaphoresis", "iontophoresis", "oxygen", "cryo", "laser", "magnetophoresis", "ultrasound"):
        (alone,) = planned(knowledge, None, technique).layout.needle_free
        assert alone.asked == ("asked.needle_free_settings",), technique


def test_the_time_of_a_study_never_lengthens_what_the_manual_says(knowledge: Knowledge, clinic: Clinic) -> None:
    (zone,) = planned(knowledge, clinic, "iontophoresis").layout.needle_free
    assert (zone.minutes_low, zone.minutes_high) == (8.0, 10.0)
    slow = {name: one.model_copy(update={"minutes_max": 40.0}) for name, one in clinic.needle_free.items()}
    (zone,) = planned(knowledge, clinic.model_copy(update={"needle_free": slow}), "iontophoresis").layout.needle_free
    assert zone.minutes_high == 15.0


def test_a_setting_that_a_fact_gives_stands_beside_the_clinics_and_its_shorter_time_counts(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    technique = knowledge.techniques["ultrasound"]
    facts = {**technique.facts, "parameter_minutes": "session.minutes_face", "parameter_other": "depth.device"}
    changed = technique.model_copy(update={"facts": facts})
    given = replace(knowledge, techniques={**knowledge.techniques, "ultrasound": changed})
    (zone,) = planned(given, None, "ultrasound").layout.needle_free
    assert zone.asked == ()
    assert [one.name for one in zone.settings][-1] == "depth.device"
    (both,) = planned(given, clinic, "ultrasound").layout.needle_free
    assert both.minutes_high == 12.0


def test_settings_of_an_energy_are_never_taken_over_from_another_technique(knowledge: Knowledge) -> None:
    base = knowledge.techniques["aquaphoresis"]
    given = base.model_copy(update={"facts": {**base.facts, "parameter_minutes": "session.minutes_face"}})
    assert "parameter_minutes" not in knowledge.techniques["oxygen"].completed(given).facts
