"""Simulated hands: exact where the hand is steady, the Boolean model where all is chance, the same for a seed."""

from __future__ import annotations

import math
from importlib import resources
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.clinic.devices import Roller
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.layout.coverage import boolean_cover, cover_spread, hit_histogram, mean_hits
from mesoplan.layout.needles import even_pattern, pattern_of, roller_pattern
from mesoplan.layout.raster import Raster, hit_counts
from mesoplan.layout.rehearsal import (
    directions_rad,
    hand_of,
    rehearse,
    roller_pattern_of,
    roller_way,
    zone_outline,
)
from mesoplan.layout.simulation import (
    most_in_window,
    outline_area_mm2,
    rectangle,
    simulate,
    simulate_sessions,
    square_zone,
)
from mesoplan.layout.strokes import STEADY, Hand, Way, crosswise, punctures_of, scattered, stripes
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.surface.build import build_surface

DISC_MM = 0.3
REAL = Hand(
    stroke_spread=0.3,
    direction_sd_rad=0.09,
    tilt_sd_rad=0.17,
    line_sd_mm=1.0,
    turn_seconds=0.1,
    random_phase=True,
    strike_sd_mm=0.02,
)
EXAMPLE = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def clinic(knowledge: Knowledge) -> Clinic:
    return load_clinic("example", knowledge)


def planned(knowledge: Knowledge, clinic: Clinic, technique: str) -> Plan:
    goals = [{"indication": "rejuvenation", "zones": ["forehead", "chin", "crows_feet_left"]}]
    intake = parse_intake({**EXAMPLE, "goals": goals}, knowledge)
    assert intake.visit_date is not None
    day = intake.visit_date
    return make_plan(knowledge, clinic, intake, build_surface(), on=day, language="en", technique=technique)


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


# -- patterns


def test_the_even_pattern_has_its_needles_equally_far_apart_across_the_stripe() -> None:
    pattern = even_pattern(14, 5.0)
    across = np.sort(pattern.places_mm[:, 1])
    assert np.diff(across) == pytest.approx(5.0 / 14)
    assert across[0] == pytest.approx(-across[-1])
    assert pattern.assumed
    apart = np.hypot(*(pattern.places_mm[:, None] - pattern.places_mm[None]).transpose(2, 0, 1))
    assert apart[np.triu_indices(14, 1)].min() > DISC_MM


def test_a_cartridges_own_needle_places_come_before_the_even_pattern(clinic: Clinic) -> None:
    cartridge = clinic.cartridges["example-12"]
    places = tuple((0.1 * number, 0.2 * number) for number in range(12))
    own = pattern_of(cartridge.model_copy(update={"needle_positions_mm": places}))
    assert own.places_mm.tolist() == [list(one) for one in places]
    assert not own.assumed
    assert own.basis.reference == "cartridges.yaml: example-12: needle_positions_mm"
    assert pattern_of(cartridge).assumed


def test_a_roller_rolls_as_many_punctures_on_a_square_centimetre_as_were_counted() -> None:
    pattern = roller_pattern(192, 8, 250 / 15)
    assert pattern.step_mm is not None
    assert len(pattern.places_mm) / (pattern.width_mm * pattern.step_mm) * 100 == pytest.approx(250 / 15)
    assert np.diff(np.sort(pattern.places_mm[:, 1])) == pytest.approx(pattern.step_mm)
    assert np.abs(np.diff(pattern.places_mm[:, 0])) == pytest.approx(pattern.step_mm / 2.0)


@pytest.mark.parametrize(("needles", "rows", "density"), [(192, 7, 16.0), (192, 0, 16.0), (192, 8, 0.0), (4, 8, 16.0)])
def test_a_roller_whose_rows_do_not_share_its_needles_is_refused(needles: int, rows: int, density: float) -> None:
    with pytest.raises(ValueError, match="no roller"):
        roller_pattern(needles, rows, density)


def test_no_needles_and_no_width_make_no_pattern() -> None:
    for needles, width in ((0, 5.0), (14, 0.0), (14, math.inf)):
        with pytest.raises(ValueError, match="no pattern"):
            even_pattern(needles, width)


def test_a_hand_or_a_way_outside_its_range_is_refused() -> None:
    for wrong in ({"stroke_spread": 1.0}, {"line_sd_mm": -1.0}, {"turn_seconds": math.inf}):
        with pytest.raises(ValueError, match="spreads"):
            Hand(**wrong)
    for step, overlap in ((0.0, 0.0), (1.0, 1.0), (1.0, -0.1)):
        with pytest.raises(ValueError, match="step"):
            Way((0.0,), step, overlap=overlap)


# -- a steady hand


def test_a_steady_hand_makes_the_one_exact_pattern_whatever_the_seed() -> None:
    pattern = even_pattern(7, 5.0)
    made = punctures_of(rectangle(12.0, 15.0), pattern, Way((0.0,), 1.5), STEADY, generator(1))
    expected = []
    for stripe in range(3):
        for strike in range(8):
            for along, across in pattern.places_mm:
                run = strike * 1.5 + along
                back = stripe % 2 == 1
                expected.append((12.0 - run if back else run, 2.5 + 5.0 * stripe + (-across if back else across)))
    assert made == pytest.approx(np.array(expected), abs=1e-9)
    assert np.array_equal(made, punctures_of(rectangle(12.0, 15.0), pattern, Way((0.0,), 1.5), STEADY, generator(2)))


def test_a_second_pass_goes_crosswise_over_the_same_zone() -> None:
    assert crosswise(4, math.pi / 2) == pytest.approx((0.0, math.pi / 2, 0.0, math.pi / 2))
    one = punctures_of(rectangle(20.0, 20.0), even_pattern(1, 5.0), Way((math.pi / 2,), 2.0), STEADY, generator(1))
    lines = np.unique(np.round(one[:, 0], 6))
    assert lines == pytest.approx([2.5, 7.5, 12.5, 17.5])


def test_a_tilted_head_reaches_farther_on_the_skin_and_never_less_far() -> None:
    zone, pattern = rectangle(20.0, 5.0), even_pattern(14, 5.0)
    plain = punctures_of(zone, pattern, Way((0.0,), 2.0), STEADY, generator(1))
    for seed in range(5):
        tilted = punctures_of(zone, pattern, Way((0.0,), 2.0), Hand(tilt_sd_rad=0.4), generator(seed))
        assert np.ptp(tilted[:, 1]) > np.ptp(plain[:, 1])
        assert np.ptp(tilted[:, 0]) > np.ptp(plain[:, 0])


def test_the_cover_by_chance_counts_what_an_overlap_adds() -> None:
    pattern = even_pattern(10, 5.0)
    plain, closer = (
        simulate(square_zone(4.0), pattern, Way((0.0,), 2.0, overlap=part), STEADY, DISC_MM, seed=1, runs=1)
        for part in (0.0, 0.5)
    )
    assert plain.random_cover == pytest.approx(boolean_cover(100.0, DISC_MM))
    assert closer.random_cover == pytest.approx(boolean_cover(200.0, DISC_MM))


def test_an_overlap_lays_stripes_closer_and_needles_more_densely() -> None:
    zone, pattern = rectangle(60.0, 60.0), even_pattern(10, 5.0)
    plain = punctures_of(zone, pattern, Way((0.0,), 1.0), STEADY, generator(1))
    closer = punctures_of(zone, pattern, Way((0.0,), 1.0, overlap=0.5), STEADY, generator(1))
    assert len(closer) == 2 * len(plain)


def test_stripes_are_lifted_where_a_zone_is_indented() -> None:
    u_shape = np.array([(0, 0), (30, 0), (30, 20), (20, 20), (20, 10), (10, 10), (10, 20), (0, 20)], dtype=float)
    lines = list(stripes(u_shape, 0.0, 5.0))
    assert [line.length_mm for line in lines] == pytest.approx([30.0, 30.0, 10.0, 10.0, 10.0, 10.0])


def test_where_the_hand_turns_the_needles_strike_on_at_the_edge() -> None:
    zone, pattern = rectangle(20.0, 10.0), even_pattern(1, 5.0)
    turning = punctures_of(zone, pattern, Way((0.0,), 5.0, 100.0), Hand(turn_seconds=0.05), generator(1))
    plain = punctures_of(zone, pattern, Way((0.0,), 5.0, 100.0), STEADY, generator(1))
    assert len(turning) == len(plain) + 5
    extra = [one for one in turning.round(6).tolist() if one not in plain.round(6).tolist()]
    assert all(x == pytest.approx(20.0) and 2.5 < y < 7.5 for x, y in extra)


# -- chance


def test_the_same_seed_gives_the_same_punctures_bit_for_bit_and_another_seed_others() -> None:
    zone, pattern, way = square_zone(4.0), even_pattern(14, 5.0), Way(crosswise(2, math.pi / 2), 1.8, 90.0)
    once, again = (punctures_of(zone, pattern, way, REAL, generator(7)) for _ in range(2))
    assert once.tobytes() == again.tobytes()
    assert punctures_of(zone, pattern, way, REAL, generator(8)).tobytes() != once.tobytes()
    assert simulate(zone, pattern, way, REAL, DISC_MM, seed=3) == simulate(zone, pattern, way, REAL, DISC_MM, seed=3)


def test_punctures_wholly_at_random_give_the_boolean_models_cover_and_histogram() -> None:
    zone = square_zone(4.0)
    for per_cm2 in (120.0, 316.0, 1000.0):

        def scatter(drawn: np.random.Generator, per_mm2: float = per_cm2 / 100.0) -> Any:
            return scattered(zone, per_mm2, DISC_MM, drawn)

        found = simulate_sessions(zone, scatter, per_cm2, DISC_MM, seed=11, runs=60)
        assert abs(found.bias) < 4.0 * found.standard_error + 2e-4  # the raster
        assert found.hits == pytest.approx(hit_histogram(mean_hits(per_cm2, DISC_MM)), abs=0.004)
        assert found.sd == pytest.approx(cover_spread(per_cm2, DISC_MM, 4.0, 0.0).sd, rel=0.35)


def test_the_simulation_nears_the_boolean_model_as_one_over_the_root_of_its_runs() -> None:
    zone, per_cm2 = square_zone(1.0), 316.0

    def scatter(drawn: np.random.Generator) -> Any:
        return scattered(zone, per_cm2 / 100.0, DISC_MM, drawn)

    misses = {}
    for runs in (4, 64):
        every = [simulate_sessions(zone, scatter, per_cm2, DISC_MM, seed=seed, runs=runs).bias for seed in range(40)]
        misses[runs] = math.sqrt(sum(one * one for one in every) / len(every))
    assert misses[4] / misses[64] == pytest.approx(4.0, rel=0.4)


def test_one_speed_for_a_whole_session_spreads_the_cover_in_full_and_strokes_of_their_own_far_less() -> None:
    zone, pattern = square_zone(40.0), even_pattern(14, 5.0)
    way = Way((0.0,), 0.886, 90.0)
    together = simulate(zone, pattern, way, Hand(session_spread=0.3, random_phase=True), DISC_MM, seed=2, runs=80)
    apart = simulate(zone, pattern, way, Hand(stroke_spread=0.3, random_phase=True), DISC_MM, seed=2, runs=80)
    per_cm2 = 14 / (5.0 * 0.886) * 100.0
    closed = cover_spread(per_cm2, DISC_MM, 40.0, 0.3).sd
    apart_discs = mean_hits(per_cm2, DISC_MM) * 0.3 / math.sqrt(3.0)  # cover grows with time as long as none overlap
    assert closed < apart_discs
    assert together.sd == pytest.approx(apart_discs, rel=0.2)
    assert apart.sd < closed / 2.0


def test_a_single_pass_of_clustered_needles_covers_more_than_chance_and_never_more_than_its_discs() -> None:
    zone, pattern = square_zone(40.0), even_pattern(14, 5.0)
    found = simulate(zone, pattern, Way((0.0,), 0.886), Hand(random_phase=True), DISC_MM, seed=5)
    per_cm2 = 14 / (5.0 * 0.886) * 100.0
    assert found.bias > 0.0
    assert found.cover < mean_hits(per_cm2, DISC_MM) * 1.01
    assert found.random_cover == boolean_cover(per_cm2, DISC_MM)


# -- counting


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 2.0))
def test_the_raster_counts_hits_as_the_plain_reference_does(seed: int, diameter: float) -> None:
    zone = rectangle(7.3 * diameter, 5.1 * diameter)
    punctures = scattered(zone, 2.0 / diameter**2, 2.0 * diameter, generator(seed))
    raster = Raster.of(zone, diameter)
    rows, columns = raster.inside.shape
    points = raster.points_mm
    within = ((points >= zone.min(axis=0)) & (points <= zone.max(axis=0))).all(axis=1).reshape(rows, columns)
    assert np.array_equal(raster.inside, within)
    counted = raster.counts(punctures)
    expected = hit_counts(punctures, points, diameter).reshape(rows, columns)
    assert np.array_equal(counted[within], expected[within])


def test_the_raster_holds_the_area_of_a_zone_with_a_slanting_and_indented_outline() -> None:
    outline = np.array([(0, 0), (30, 4), (22, 18), (14, 9), (-3, 21)], dtype=float)
    raster = Raster.of(outline, DISC_MM)
    assert raster.inside.sum() * raster.step_mm**2 == pytest.approx(outline_area_mm2(outline), rel=2e-3)
    assert np.array_equal(raster.inside, Raster.of(outline[::-1], DISC_MM).inside)


def test_the_densest_window_is_found_wherever_it_lies() -> None:
    apart = np.array([(x * 2.0, y * 2.0) for x in range(10) for y in range(10)])
    heap = np.array([(13.37, 7.77)]) + np.array([(0.3 * x, 0.3 * y) for x in range(3) for y in range(3)])
    both = np.concatenate([apart, heap])
    assert most_in_window(both, 1.0) == 9 + 1  # (14, 8) lies among the nine
    assert most_in_window(apart, 1.0) == 1
    assert most_in_window(apart, 100.0) == 100
    assert most_in_window(np.empty((0, 2)), 1.0) == 0


def test_nothing_to_simulate_is_refused() -> None:
    pattern, way = even_pattern(1, 1.0), Way((0.0,), 1.0)
    for zone, diameter, runs in ((square_zone(1.0), 0.3, 0), (square_zone(1.0), 0.0, 1), (square_zone(0.0), 0.3, 1)):
        with pytest.raises(ValueError, match="nothing to simulate"):
            simulate(zone, pattern, way, STEADY, diameter, seed=1, runs=runs)


# -- a plan


def test_the_solved_settings_of_a_pen_are_borne_out_by_its_own_needles(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic, "fractional_pen")
    found = rehearse(knowledge, clinic, plan.prescription, plan.layout, plan.surface, seed=1, lifted=True)
    assert set(found) == {one.zone for one in plan.layout.pen} != set()
    for pen in plan.layout.pen:
        assert found[pen.zone].cover == pytest.approx(pen.wished, abs=0.03)
        assert found[pen.zone].sd < pen.cover.sd


def test_turning_on_the_skin_needles_the_edges_more_densely(knowledge: Knowledge, clinic: Clinic) -> None:
    plan = planned(knowledge, clinic, "fractional_pen")
    lifted, turning = (
        rehearse(knowledge, clinic, plan.prescription, plan.layout, plan.surface, seed=1, lifted=one)
        for one in (True, False)
    )
    for zone, found in lifted.items():
        assert turning[zone].punctures > found.punctures
        assert turning[zone].cover > found.cover


def test_a_roller_is_led_in_the_four_directions_and_covers_less_at_the_edges_than_was_counted(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    plan = planned(knowledge, clinic, "clinic_roller")
    paths = knowledge.techniques["clinic_roller"].paths
    angles = [round(math.degrees(angle)) for path in paths for angle in directions_rad(path)]
    assert sorted(angles) == [0, 45, 90, 135]
    found = rehearse(knowledge, clinic, plan.prescription, plan.layout, plan.surface, seed=1)
    for roller in plan.layout.roller:
        assert roller.cover is not None
        assert found[roller.zone].cover == pytest.approx(roller.cover.mean, abs=0.04)
        assert found[roller.zone].bias < 0.0


def test_a_roller_at_home_makes_all_its_passes_on_each_path(knowledge: Knowledge) -> None:
    paths = knowledge.techniques["home_roller"].paths
    way = roller_way(paths, roller_pattern(192, 8, 250 / 15), 10, on_each=True)
    assert len(way.directions_rad) == 10 * sum(len(path.arrows) for path in paths)
    with pytest.raises(ValueError, match="nowhere"):
        roller_way((), roller_pattern(192, 8, 250 / 15), 10, on_each=True)


def test_the_rows_of_a_roller_are_its_own_or_those_of_one_with_as_many_needles_or_unknown(
    knowledge: Knowledge, clinic: Clinic
) -> None:
    technique, roller = knowledge.techniques["clinic_roller"], clinic.rollers["example-roller-05"]
    counted = roller_pattern_of(knowledge, technique, roller, 16.0)
    own = roller_pattern_of(knowledge, technique, roller.model_copy(update={"needle_rows": 12}), 16.0)
    assert counted is not None
    assert own is not None
    assert (len(counted.places_mm), len(own.places_mm)) == (8, 12)
    assert roller_pattern_of(knowledge, technique, roller.model_copy(update={"needle_count": 540}), 16.0) is None


def test_rows_that_do_not_share_a_rollers_needles_are_refused_in_the_clinics_folder(clinic: Clinic) -> None:
    entry = clinic.rollers["example-roller-05"].model_dump()
    with pytest.raises(ValueError, match="192 needles cannot be shared equally over 10 rows"):
        Roller(**{**entry, "needle_rows": 10})


def test_a_zone_is_drawn_at_the_size_of_its_area_and_one_without_an_outline_is_a_square() -> None:
    surface = build_surface()
    outline = zone_outline(surface, "forehead", 40.0)
    assert len(outline) > 4
    assert outline_area_mm2(outline) == pytest.approx(4000.0)
    assert zone_outline(surface, "abdomen", 25.0).tolist() == square_zone(25.0).tolist()


def test_the_assumed_hand_comes_from_the_knowledge_and_the_clinics_spread(knowledge: Knowledge) -> None:
    hand = hand_of(knowledge, 0.3)
    assert math.degrees(hand.direction_sd_rad) == pytest.approx(knowledge.value("hand.direction", "deg"))
    assert (hand.stroke_spread, hand.line_sd_mm) == (0.3, knowledge.value("hand.line", "mm"))
    assert hand.turn_seconds > hand_of(knowledge, 0.3, lifted=True).turn_seconds
    assert hand_of(knowledge, 1.0).stroke_spread < 1.0


def test_the_arrow_of_a_path_drawn_downwards_on_paper_points_upwards_on_the_skin() -> None:
    path: Any = SimpleNamespace(angles_deg=(), arrows=(((0.0, 10.0), (5.0, 5.0), (10.0, 0.0)),))
    assert list(directions_rad(path)) == [pytest.approx(math.pi / 4)]
