"""Depth ceilings: every limit binds, nothing is rounded up, neighbours stand in for zones without data."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoplan.clinic.devices import Cartridge, Device
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import ChartRow, ThicknessRow
from mesoplan.knowledge.technique import Manner
from mesoplan.prescription.depth import plan_depth
from mesoplan.prescription.skin import chart_end, mean_full_skin, thin_end


def row(row_id: str, *zones: str, layer: str = "full skin", **numbers: float) -> ThicknessRow:
    given = {"id": row_id, "zones": zones, "layer": layer, "method": "m", "source": "s", "locator": "l", "status": "R"}
    return ThicknessRow.model_validate({**given, **numbers})


def chart(thin_max_mm: float, *zones: str) -> ChartRow:
    return ChartRow(zones=zones, thin_max_mm=thin_max_mm, source="vendor", locator=f"row {zones[0]}", status="R")


def with_skin(knowledge: Knowledge, *rows: ThicknessRow, charts: tuple[ChartRow, ...] = ()) -> Knowledge:
    return replace(knowledge, thickness={one.id: one for one in rows}, charts=charts)


@pytest.fixture
def deep(clinic: Callable[..., Clinic], pen: Device, needles: Cartridge) -> Callable[..., float | None]:
    """Plans the pen's depth in one zone with changed device or cartridge."""

    def plan(
        knowledge: Knowledge, zone: str = "forehead", cartridge: dict[str, float] | None = None, **device: float | None
    ) -> float | None:
        technique = knowledge.techniques["fractional_pen"]
        changed = pen.model_copy(update=device)
        short = needles.model_copy(update=cartridge or {})
        depth, _ = plan_depth(knowledge, clinic(), technique, None, zone, changed, short)
        return None if depth is None else depth.nominal_mm

    return plan


def test_the_thin_end_of_the_skin_is_mean_minus_two_sd_or_the_published_minimum_whichever_is_less(
    knowledge: Knowledge,
) -> None:
    both = with_skin(knowledge, row("a", "forehead", mean_mm=1.0, sd_mm=0.2), row("b", "face", min_mm=0.7, max_mm=3.0))
    found = thin_end(both, "forehead")
    assert found is not None
    assert found.value_mm == pytest.approx(0.6)
    assert (found.basis.kind, found.basis.reference, found.basis.note) == ("atlas", "a", "")
    assert thin_end(both, "temple_left").value_mm == pytest.approx(0.7)  # type: ignore[union-attr]


def test_the_epidermis_alone_and_a_mean_without_a_spread_are_no_ceiling(knowledge: Knowledge) -> None:
    bare = with_skin(knowledge, row("a", "face", layer="epidermis", min_mm=0.03), row("b", "forehead", mean_mm=2.0))
    assert thin_end(bare, "forehead") is None


def test_a_zone_without_data_takes_the_strictest_neighbours_and_says_whose(knowledge: Knowledge) -> None:
    around = with_skin(
        knowledge,
        row("nose", "nose", min_mm=0.9),
        row("temple", "temple", min_mm=0.8),
        row("far", "chin", min_mm=0.1),
        row("brow", "brow", min_mm=0.2),  # a neighbour too, but never treated
    )
    found = thin_end(around, "cheek_upper_right")
    assert found is not None
    assert (found.value_mm, found.basis.note) == (0.8, "basis.strictest_neighbour:temple")
    forehead = thin_end(around, "forehead")
    assert forehead is not None
    assert forehead.value_mm == 0.8


def test_without_data_in_the_next_ring_the_one_behind_it_counts_and_an_island_has_none(knowledge: Knowledge) -> None:
    far = with_skin(knowledge, row("decollete", "decollete", min_mm=1.3))
    found = thin_end(far, "submental")
    assert found is not None
    assert found.basis.note == "basis.strictest_neighbour:decollete"
    assert thin_end(far, "back") is None


def test_the_chart_for_thin_skin_binds_with_the_neighbours_value_where_the_zone_is_not_in_it(
    knowledge: Knowledge,
) -> None:
    charted = with_skin(knowledge, charts=(chart(0.5, "cheek"), chart(0.25, "eye_area")))
    own, neighbour = chart_end(charted, "cheek_upper_left"), chart_end(charted, "temple_left")
    assert own is not None
    assert own.value_mm == 0.5
    assert neighbour is not None
    assert (neighbour.value_mm, neighbour.basis.note) == (0.25, "basis.strictest_neighbour:crows_feet")


def test_each_limit_alone_decides_when_it_is_the_lowest(
    knowledge: Knowledge, deep: Callable[..., float | None]
) -> None:
    thick = with_skin(knowledge, row("a", "face", min_mm=3.9), charts=(chart(3.5, "face"),))
    free = {"label_max_depth_mm": 3.75, "max_depth_mm": 3.75}
    long = {"needle_length_mm": 3.75}
    assert deep(thick, cartridge=long, **free) == 2.5  # the documents' upper end
    assert deep(thick, cartridge=long, **{**free, "label_max_depth_mm": 1.5}) == 1.5
    assert deep(thick, cartridge=long, **{**free, "max_depth_mm": 1.25}) == 1.25
    assert deep(thick, cartridge={"needle_length_mm": 1.0}, **free) == 1.0
    thin = with_skin(knowledge, row("a", "face", min_mm=0.8), charts=(chart(3.5, "face"),))
    assert deep(thin, cartridge=long, **free) == 0.75
    charted = with_skin(knowledge, row("a", "face", min_mm=3.9), charts=(chart(0.6, "face"),))
    assert deep(charted, cartridge=long, **free) == 0.5


def test_a_device_without_a_label_limit_of_its_own_is_held_to_the_one_that_is_known(
    knowledge: Knowledge, deep: Callable[..., float | None]
) -> None:
    thick = with_skin(knowledge, row("a", "face", min_mm=3.9))
    _, known = knowledge.limits("depth.label_not_evaluated", "mm")
    assert deep(thick, label_max_depth_mm=None) == known == 1.5


def test_the_hard_limit_binds_whatever_else_allows_more(
    knowledge: Knowledge, deep: Callable[..., float | None]
) -> None:
    technique = knowledge.techniques["fractional_pen"]
    bare = technique.model_copy(update={"facts": {**technique.facts, "depth": "depth.hard_limit"}})
    thick = replace(
        with_skin(knowledge, row("a", "face", min_mm=9.0)),
        techniques={**knowledge.techniques, "fractional_pen": bare},
    )
    free = {"label_max_depth_mm": 8.0, "max_depth_mm": 8.0}
    assert deep(thick, cartridge={"needle_length_mm": 8.0}, **free) == 4.0


def test_without_any_skin_data_the_practitioner_is_asked_and_no_depth_is_guessed(
    knowledge: Knowledge, clinic: Callable[..., Clinic], pen: Device, needles: Cartridge
) -> None:
    technique = knowledge.techniques["fractional_pen"]
    empty = with_skin(knowledge)
    assert plan_depth(empty, clinic(), technique, None, "forehead", pen, needles) == (
        None,
        ("asked.depth_no_thickness",),
    )
    assert plan_depth(knowledge, None, technique, None, "forehead", None, None) == (None, ("asked.device",))


def test_a_ceiling_below_the_devices_smallest_setting_gives_no_depth(
    knowledge: Knowledge, deep: Callable[..., float | None]
) -> None:
    thin = with_skin(knowledge, row("a", "face", min_mm=0.24))
    assert deep(thin) is None
    assert deep(thin, min_depth_mm=0.0) is None  # a setting of 0 is no needling


def test_shallower_than_the_documents_range_is_allowed_and_said(
    knowledge: Knowledge, clinic: Callable[..., Clinic], pen: Device, needles: Cartridge
) -> None:
    technique = knowledge.techniques["fractional_pen"]
    for minimum, expected in ((0.6, ("depth.shallower_than_documents",)), (1.2, ())):
        skin = with_skin(knowledge, row("a", "face", min_mm=minimum))
        depth, asked = plan_depth(skin, clinic(), technique, None, "forehead", pen, needles)
        assert depth is not None
        assert (depth.notes, asked) == (expected, ())


def test_the_band_of_the_achieved_depth_is_the_sourced_ratio_of_the_setting(
    knowledge: Knowledge, clinic: Callable[..., Clinic], pen: Device, needles: Cartridge
) -> None:
    skin = with_skin(knowledge, row("a", "face", min_mm=1.2))
    depth, _ = plan_depth(skin, clinic(), knowledge.techniques["fractional_pen"], None, "chin", pen, needles)
    assert depth is not None
    assert (depth.nominal_mm, depth.achieved_low_mm, depth.achieved_high_mm) == (1.0, 0.2, 0.77)
    assert depth.inserted_mm == 1.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    skin_mm=st.floats(0.1, 5.0),
    chart_mm=st.floats(0.1, 5.0),
    step_mm=st.sampled_from([0.05, 0.1, 0.25]),
    least_mm=st.sampled_from([0.0, 0.2, 0.25]),
    needle_mm=st.floats(0.3, 5.0),
)
def test_no_setting_is_above_any_limit_or_off_the_devices_steps_and_one_step_more_would_be(
    knowledge: Knowledge,
    clinic: Callable[..., Clinic],
    pen: Device,
    needles: Cartridge,
    skin_mm: float,
    chart_mm: float,
    step_mm: float,
    least_mm: float,
    needle_mm: float,
) -> None:
    skin = with_skin(knowledge, row("a", "face", min_mm=skin_mm), charts=(chart(chart_mm, "face"),))
    device = pen.model_copy(update={"depth_step_mm": step_mm, "min_depth_mm": least_mm})
    cartridge = needles.model_copy(update={"needle_length_mm": needle_mm})
    depth, asked = plan_depth(skin, clinic(), knowledge.techniques["fractional_pen"], None, "chin", device, cartridge)
    if depth is None:
        assert asked == ("asked.depth_below_device",)
        assert min(skin_mm, chart_mm, needle_mm) < (least_mm or step_mm)
        return
    assert all(depth.nominal_mm <= limit.limit + 1e-9 for limit in depth.limits)
    assert all(limit.planned == depth.nominal_mm for limit in depth.limits)
    assert depth.ceiling_mm == min(limit.limit for limit in depth.limits) == depth.limits[0].limit
    steps = (depth.nominal_mm - least_mm) / step_mm
    assert steps == pytest.approx(round(steps), abs=1e-6)
    assert depth.nominal_mm + step_mm > depth.ceiling_mm - 1e-9


def syringe(knowledge: Knowledge, manner: Manner, zone: str = "chin"):  # type: ignore[no-untyped-def]
    return plan_depth(knowledge, None, knowledge.techniques["classical_injection"], manner, zone, None, None)


def manner(knowledge: Knowledge, name: str) -> Manner:
    return next(one for one in knowledge.techniques["classical_injection"].manners if one.id == name)


def test_a_papule_keeps_the_low_end_of_its_own_depth_and_the_steepest_angle(knowledge: Knowledge) -> None:
    skin = with_skin(knowledge, row("a", "face", mean_mm=2.5))
    depth, asked = syringe(skin, manner(knowledge, "papules"))
    low, high = knowledge.limits("depth.papules", "mm")
    _, steepest = knowledge.limits("angle.papules", "deg")
    assert depth is not None
    assert steepest is not None
    assert (depth.nominal_mm, depth.ceiling_mm, depth.angle_deg) == (low, high, steepest)
    assert depth.inserted_mm == pytest.approx(depth.nominal_mm / math.sin(math.radians(steepest)))
    assert (depth.achieved_low_mm, depth.notes, asked) == (None, (), ())


def test_thirty_degrees_double_the_length_in_the_skin(knowledge: Knowledge) -> None:
    papules = manner(knowledge, "papules")
    fact = knowledge.facts["angle.papules"]
    quantity = fact.resolution.quantity.model_copy(update={"min": 20.0, "max": 30.0, "value": None})  # type: ignore[union-attr]
    changed = fact.model_copy(update={"resolution": fact.resolution.model_copy(update={"quantity": quantity})})
    flat = replace(
        with_skin(knowledge, row("a", "face", mean_mm=2.5)), facts={**knowledge.facts, "angle.papules": changed}
    )
    depth, _ = syringe(flat, papules)
    assert depth is not None
    assert depth.inserted_mm == pytest.approx(2 * depth.nominal_mm)


def test_a_syringes_depth_is_capped_by_the_mean_of_the_full_skin_rounded_down_and_says_so(
    knowledge: Knowledge,
) -> None:
    thin = with_skin(knowledge, row("a", "face", mean_mm=1.27), row("b", "face", layer="dermis", mean_mm=0.5))
    depth, _ = syringe(thin, manner(knowledge, "papules"))
    assert depth is not None
    assert (depth.nominal_mm, depth.ceiling_mm) == (1.2, 1.27)
    assert dict(depth.bases)["nominal_mm"].reference == "a"
    assert depth.notes == ("depth.capped_by_skin",)
    low, _ = knowledge.limits("depth.papules", "mm")
    just_enough, _ = syringe(with_skin(knowledge, row("a", "face", mean_mm=low or 0.0)), manner(knowledge, "papules"))
    assert (just_enough.nominal_mm, just_enough.notes) == (low, ())
    assert dict(just_enough.bases)["nominal_mm"].reference == "depth.papules"


def test_of_several_published_means_the_thinnest_caps(knowledge: Knowledge) -> None:
    several = with_skin(knowledge, row("men", "face", mean_mm=2.4), row("women", "face", mean_mm=1.9))
    found = mean_full_skin(several, "chin")
    assert found is not None
    assert (found.value_mm, found.basis.reference) == (1.9, "women")


def test_the_upper_end_of_a_published_range_bounds_a_thicker_mean(knowledge: Knowledge) -> None:
    measured = row("mean", "face", mean_mm=1.15)
    bounded = with_skin(knowledge, measured, row("range", "face", min_mm=0.52, max_mm=0.63))
    found = mean_full_skin(bounded, "chin")
    assert found is not None
    assert (found.value_mm, found.basis.reference) == (0.63, "range")
    alone = with_skin(knowledge, row("range", "face", min_mm=0.52, max_mm=0.63))
    assert mean_full_skin(alone, "chin") is None


@pytest.mark.parametrize("zone", ["eyelid_upper_left", "infraorbital_right"])
def test_a_syringe_stays_within_the_thinnest_lid_wherever_a_lid_is_part_of_the_zone(
    knowledge: Knowledge, zone: str
) -> None:
    found = mean_full_skin(knowledge, zone)
    assert found is not None
    assert (found.value_mm, found.basis.reference) == (0.626, "lee-hwang-2002-eyelid")


def test_where_only_the_dermis_was_measured_it_caps_and_the_basis_says_so(knowledge: Knowledge) -> None:
    thin = with_skin(knowledge, row("b", "face", layer="dermis", mean_mm=0.98))
    found = mean_full_skin(thin, "chin")
    assert found is not None
    assert (found.value_mm, found.basis.note) == (0.98, "basis.dermis_only")


def test_a_syringe_takes_no_neighbours_thickness_but_asks(knowledge: Knowledge) -> None:
    elsewhere = with_skin(knowledge, row("a", "cheek", mean_mm=2.0), row("b", "chin", min_mm=1.0))
    assert syringe(elsewhere, manner(knowledge, "papules")) == (None, ("asked.depth_no_thickness",))


def test_labels_and_charts_of_devices_do_not_bind_a_syringe(knowledge: Knowledge) -> None:
    skin = with_skin(knowledge, row("a", "face", mean_mm=2.5), charts=(chart(0.25, "face"),))
    depth, _ = syringe(skin, manner(knowledge, "papules"))
    assert depth is not None
    assert {limit.name for limit in depth.limits} == {"depth_technique", "depth_skin_mean", "depth_hard"}


def test_a_manner_without_a_sourced_depth_or_angle_is_asked_about(knowledge: Knowledge) -> None:
    skin = with_skin(knowledge, row("a", "face", mean_mm=2.5))
    papules = manner(knowledge, "papules")
    no_depth = papules.model_copy(update={"facts": {}})
    no_angle = papules.model_copy(update={"facts": {"depth": "depth.papules"}})
    assert syringe(skin, no_depth) == (None, ("asked.depth_no_source",))
    depth, asked = syringe(skin, no_angle)
    assert depth is not None
    assert (depth.inserted_mm, asked) == (None, ("asked.angle",))


def test_every_treatable_face_zone_has_a_pen_ceiling_from_the_shipped_atlas(knowledge: Knowledge) -> None:
    face = [zone for zone in knowledge.expand("face") if knowledge.zone_of(zone)[0].treatable]
    found = {zone: thin_end(knowledge, zone) for zone in face}
    assert all(value is not None and 0.0 < value.value_mm < 2.0 for value in found.values())
