"""Points, pen layouts and totals of a whole session."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.clinic.devices import Cartridge, Device
from mesoplan.clinic.model import Clinic, Product, Volumes
from mesoplan.knowledge.load import Knowledge, load
from mesoplan.knowledge.model import Quantity
from mesoplan.layout.coverage import boolean_cover, cumulative_cover
from mesoplan.layout.model import Layout
from mesoplan.layout.points import count_points
from mesoplan.layout.solve import place_points, solve
from mesoplan.prescription.model import Prescription, ZonePrescription

ON = date(2028, 2, 28)
PEN = Device(
    id="pen",
    name="Pen",
    techniques=("fractional_pen",),
    min_depth_mm=0.25,
    max_depth_mm=2.5,
    depth_step_mm=0.25,
    frequency_min_hz=50.0,
    frequency_max_hz=120.0,
    frequency_step_hz=10.0,
    hand_speed_min_mm_s=10.0,
    hand_speed_max_mm_s=120.0,
    hand_speed_step_mm_s=5.0,
    hand_speed_spread=0.3,
    passes_max=4,
    source="manual",
)
NEEDLES = Cartridge(
    id="needles",
    name="Needles",
    devices=("pen",),
    needle_count=14,
    needle_length_mm=2.5,
    stripe_width_mm=5.0,
    material="steel",
    single_use=True,
    source="data sheet",
)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


def clinic(device: Device = PEN, **changes: object) -> Clinic:
    given_: dict[str, object] = {
        "name": "Clinic",
        "telephone": "1",
        "emergency_telephone": "2",
        "languages": ("en",),
        "opening_weekdays": ("monday",),
        "devices": {"pen": device},
        "cartridges": {"needles": NEEDLES},
    }
    return Clinic.model_validate({**given_, **changes})


def zone(
    name: str, technique: str = "fractional_pen", area_cm2: float = 40.0, manner: str = "papules"
) -> ZonePrescription:
    by_pen = technique == "fractional_pen"
    return ZonePrescription(
        zone=name,
        indications=("wrinkles",),
        technique=technique,
        manner=None if by_pen else manner,
        area_cm2=area_cm2,
        area_low_cm2=area_cm2,
        area_high_cm2=area_cm2,
        area_fraction=0.2 if by_pen else None,
        microzone_mm=0.3 if by_pen else None,
        depth=None,
        product=None,
        eligible_from=ON,
        may_treat=True,
        asked=(),
        bases=(),
    )


def prescription(*zones: ZonePrescription, device: str | None = "pen") -> Prescription:
    return Prescription((), (), zones, (), device, None if device is None else "needles", (), False)


def laid(knowledge: Knowledge, *zones: ZonePrescription, sessions: int = 5, at: Clinic | None = None) -> Layout:
    return solve(knowledge, clinic() if at is None else at, prescription(*zones), sessions)


def test_the_settings_of_a_zone_give_its_density_time_and_cover(knowledge: Knowledge) -> None:
    (pen,) = laid(knowledge, zone("forehead")).pen
    swept_cm2_s = pen.stripe_width_mm * pen.hand_speed_mm_s / 100
    assert pen.seconds == pytest.approx(pen.passes * 40.0 / swept_cm2_s)
    assert pen.punctures == pytest.approx(pen.frequency_hz * pen.needles * pen.seconds)
    assert pen.punctures_per_cm2 == pytest.approx(pen.punctures / 40.0)
    assert boolean_cover(pen.punctures_per_cm2, 0.3) == pytest.approx(0.2, abs=0.005)
    assert pen.cover.mean == pytest.approx(0.2, abs=0.006)
    assert pen.cover.low < pen.cover.mean < pen.cover.high
    assert pen.hits[0] == pytest.approx(1 - boolean_cover(pen.punctures_per_cm2, 0.3))
    assert pen.reachable
    assert all(limit.margin >= 0 for limit in pen.limits)


def test_solid_needles_carry_nanolitres_and_a_syringe_a_thousand_times_more_per_point(knowledge: Knowledge) -> None:
    found = laid(knowledge, zone("forehead"), zone("chin", "classical_injection"))
    (pen,), (points,) = found.pen, found.points
    each = knowledge.value("volume.solid_needle_per_puncture", "ml")
    assert pen.volume_ml == pytest.approx(pen.punctures * each)
    assert points.volume_per_point_ml is not None
    assert 1e3 < points.volume_per_point_ml / each < 1e6
    assert found.total_volume_ml == pytest.approx(pen.volume_ml + (points.volume_ml or 0.0))
    assert found.mode == "mixed"


def test_five_sessions_stand_beside_the_refuted_hundred_percent(knowledge: Knowledge) -> None:
    course = laid(knowledge, zone("forehead")).cumulative
    assert course is not None
    assert course.claimed[-1] == pytest.approx(1.0)
    assert course.cover[-1].mean == pytest.approx(0.672, abs=0.012)
    assert [one.mean for one in course.cover] == pytest.approx(
        [cumulative_cover(course.cover[0].mean, n) for n in course.sessions]
    )
    assert course.sessions_for_95 is not None
    assert course.sessions_for_99 is not None
    assert 13 <= course.sessions_for_95 <= 15 < course.sessions_for_99 <= 22
    assert course.sigma_mm == knowledge.value("sigma.freehand", "mm")


def test_the_claim_never_rises_above_everything(knowledge: Knowledge) -> None:
    course = laid(knowledge, zone("forehead"), sessions=8).cumulative
    assert course is not None
    assert course.claimed[4:] == (1.0, 1.0, 1.0, 1.0)
    assert course.sessions == tuple(range(1, 9))


def test_a_device_with_a_measured_registration_names_it_instead(knowledge: Knowledge) -> None:
    measured = PEN.model_copy(update={"registration_sigma_mm": 0.2, "sources": {"registration_sigma_mm": "measured"}})
    course = laid(knowledge, zone("forehead"), at=clinic(measured)).cumulative
    assert course is not None
    assert course.sigma_mm == 0.2


def test_the_course_shows_the_zone_with_the_lowest_cover(knowledge: Knowledge) -> None:
    weaker = replace(zone("chin"), area_fraction=0.1)
    found = laid(knowledge, zone("forehead"), weaker)
    assert found.cumulative_zone == "chin"
    assert found.cumulative == found.pen[1].cumulative


def test_an_unreachable_wish_is_printed_as_such_with_other_modes(knowledge: Knowledge) -> None:
    slow = PEN.model_copy(update={"hand_speed_max_mm_s": 20.0, "frequency_min_hz": 110.0})
    (pen,) = laid(knowledge, zone("forehead"), at=clinic(slow)).pen
    assert not pen.reachable
    assert pen.wished == 0.2
    assert pen.cover.mean > 0.5
    assert "other_mode.stamping" in pen.other_modes


def test_without_device_or_clinic_there_are_no_settings_and_the_plan_asks(knowledge: Knowledge) -> None:
    for at, device in ((None, None), (clinic(), None)):
        found = solve(knowledge, at, prescription(zone("forehead"), device=device), 5)
        assert (found.mode, found.pen, found.asked) == ("none", (), ("asked.pen_settings",))
        assert (found.cumulative, found.total_minutes, found.total_volume_ml) == (None, None, None)


def test_the_number_of_points_is_that_of_a_hexagonal_lattice() -> None:
    assert count_points(100.0, 10.0) == math.floor(100 / (math.sqrt(3) / 2)) == 115
    assert count_points(0.0, 10.0) == 0
    assert count_points(0.01, 10.0) == 1


def test_a_narrow_scar_has_a_point_for_each_spacing_of_its_length() -> None:
    assert count_points(8 * 0.3, 15.0) == 1
    assert count_points(8 * 0.3, 15.0, (8.0, 0.3)) == count_points(8 * 0.3, 15.0, (0.3, 8.0)) == 5
    assert count_points(4 * 0.3, 15.0, (8.0, 0.3)) == 2, "half of it is kept out"
    assert count_points(0.4, 15.0, (1.0, 0.4)) == 1
    assert count_points(100.0, 15.0, (10.0, 10.0)) == count_points(100.0, 15.0)


@given(st.floats(0.1, 500.0), st.floats(0.5, 20.0))
def test_points_never_need_more_area_than_there_is_and_one_more_would(area_cm2: float, spacing_mm: float) -> None:
    cell_cm2 = spacing_mm**2 * math.sqrt(3) / 2 / 100
    count = count_points(area_cm2, spacing_mm)
    assert count == 1 or count * cell_cm2 <= area_cm2 * (1 + 1e-12)
    assert (count + 1) * cell_cm2 > area_cm2 * (1 - 1e-12)


@pytest.mark.parametrize(("area", "spacing"), [(-1.0, 10.0), (1.0, 0.0)])
def test_points_on_no_lattice_are_refused(area: float, spacing: float) -> None:
    with pytest.raises(ValueError, match="no lattice"):
        count_points(area, spacing)


def test_points_take_the_widest_spacing_and_the_smallest_volume_of_their_sources(knowledge: Knowledge) -> None:
    technique = knowledge.techniques["classical_injection"]
    for manner in technique.manners:
        placed = place_points(knowledge, clinic(), technique, zone("chin", technique.id, 20.0, manner.id))
        assert placed is not None
        low, high = knowledge.limits(manner.facts["spacing"], "mm")
        assert placed.spacing_mm == (high if high is not None else low)
        assert placed.points == count_points(20.0, placed.spacing_mm)
        if placed.volume_per_point_ml is None:
            assert placed.asked == ("asked.volume_per_point",)
        else:
            assert placed.volume_per_point_ml == knowledge.limits(manner.facts["volume_per_point"], "ml")[0]
            assert placed.volume_ml == pytest.approx(placed.points * placed.volume_per_point_ml)


def test_a_volume_of_which_only_the_upper_end_is_known_is_that_end(knowledge: Knowledge) -> None:
    manner = knowledge.techniques["classical_injection"].manners[0]
    name = manner.facts["volume_per_point"]
    fact = knowledge.facts[name]
    resolution = fact.resolution.model_copy(update={"quantity": Quantity(max=30.0, unit="ul")})
    changed = replace(knowledge, facts={**knowledge.facts, name: fact.model_copy(update={"resolution": resolution})})
    found = laid(changed, zone("chin", "classical_injection", manner=manner.id))
    assert found.points[0].volume_per_point_ml == pytest.approx(0.03)


def test_a_manner_whose_volume_nobody_gives_is_asked_about_and_has_no_total(knowledge: Knowledge) -> None:
    technique = knowledge.techniques["classical_injection"]
    bare = technique.manners[0].model_copy(update={"facts": {"spacing": "spacing.papules"}})
    without = replace(
        knowledge,
        techniques={**knowledge.techniques, technique.id: technique.model_copy(update={"manners": (bare,)})},
    )
    found = laid(without, zone("chin", technique.id, manner=bare.id))
    assert found.points[0].volume_ml is None
    assert found.total_volume_ml is None
    assert found.points[0].asked == ("asked.volume_per_point",)


def test_a_total_is_not_given_while_the_volume_of_one_zone_is_unknown(knowledge: Knowledge) -> None:
    technique = knowledge.techniques["classical_injection"]
    bare = technique.manners[0].model_copy(update={"id": "bare", "facts": {"spacing": "spacing.papules"}})
    both = technique.model_copy(update={"manners": (technique.manners[0], bare)})
    changed = replace(knowledge, techniques={**knowledge.techniques, technique.id: both})
    found = laid(changed, zone("chin", technique.id), zone("nose", technique.id, manner="bare"))
    assert [one.volume_ml is None for one in found.points] == [False, True]
    assert found.total_volume_ml is None


def test_an_unknown_volume_is_no_room_to_spare_and_what_is_known_may_break_a_limit_all_the_same(
    knowledge: Knowledge,
) -> None:
    technique = knowledge.techniques["classical_injection"]
    bare = technique.manners[0].model_copy(update={"id": "bare", "facts": {"spacing": "spacing.papules"}})
    both = technique.model_copy(update={"manners": (technique.manners[0], bare)})
    changed = replace(knowledge, techniques={**knowledge.techniques, technique.id: both})
    zones = (zone("chin", technique.id), zone("nose", technique.id, manner="bare"))
    for most, names in ((1000.0, set()), (0.1, {"volume_session"})):
        found = laid(changed, *zones, at=clinic(volumes=Volumes(session_max_ml=most, source="rule")))
        assert {one.name for one in found.limits} == names
        assert all(one.margin < 0 for one in found.limits)
    known = laid(changed, zones[0], at=clinic(volumes=Volumes(session_max_ml=1000.0, source="rule")))
    assert {one.name for one in known.limits} == {"volume_face", "volume_session"}


def test_a_broken_volume_limit_stands_with_a_negative_margin_and_nothing_is_reduced(knowledge: Knowledge) -> None:
    roomy, tight = (
        laid(
            knowledge,
            zone("chin", "classical_injection", 20.0),
            at=clinic(volumes=Volumes(session_max_ml=limit, zone_max_ml=limit, source="rule")),
        )
        for limit in (100.0, 0.1)
    )
    assert roomy.points[0].points == tight.points[0].points
    assert {"asked.limit_broken:volume_zone", "asked.limit_broken:volume_session"} <= set(tight.asked)
    assert not {"asked.limit_broken:volume_zone", "asked.limit_broken:volume_session"} & set(roomy.asked)
    broken = {limit.name: limit for limit in tight.limits}["volume_session"]
    assert broken.margin == pytest.approx(0.1 - (tight.total_volume_ml or 0.0))


def test_a_volume_exactly_at_its_limit_is_not_broken(knowledge: Knowledge) -> None:
    total = laid(knowledge, zone("chin", "classical_injection", 20.0)).total_volume_ml
    assert total is not None
    exact = Volumes(session_max_ml=total, zone_max_ml=total, source="rule")
    found = laid(knowledge, zone("chin", "classical_injection", 20.0), at=clinic(volumes=exact))
    assert found.asked == ()


def test_the_limit_for_the_face_counts_every_zone_of_the_face_and_no_other(knowledge: Knowledge) -> None:
    found = laid(
        knowledge,
        zone("chin", "classical_injection", 20.0),
        zone("forehead", "classical_injection", 40.0),
        zone("neck", "classical_injection", 60.0),
    )
    limit = {one.name: one for one in found.limits}["volume_face"]
    on_face = sum(one.volume_ml or 0.0 for one in found.points if one.zone != "neck")
    assert limit.planned == pytest.approx(on_face)
    assert limit.limit == knowledge.limits("volume.face_session_max", "ml")[1]
    assert ("asked.limit_broken:volume_face" in found.asked) == (on_face > limit.limit)


def labelled(name: str, session_max_ml: float) -> Product:
    return Product.model_validate(
        {
            "id": name,
            "name": name.upper(),
            "routes": ("hollow_needle",),
            "base": "water",
            "ingredients": ({"name": "glycine"},),
            "composition_complete": True,
            "session_max_ml": session_max_ml,
            "source": "label",
        }
    )


def test_a_product_is_held_to_the_volume_on_its_label(knowledge: Knowledge) -> None:
    using = replace(zone("chin", "classical_injection", 20.0), product="p")
    found = laid(knowledge, using, at=clinic(products={"p": labelled("p", 0.2)}))
    limit = {one.name: one for one in found.limits}["volume_product"]
    assert (limit.limit, limit.planned) == (0.2, found.total_volume_ml)
    assert "asked.limit_broken:volume_product" in found.asked


def test_each_product_is_held_to_its_own_label_and_to_its_own_zones(knowledge: Knowledge) -> None:
    zones = [
        replace(zone(name, "classical_injection", area), product=product)
        for name, area, product in (("chin", 20.0, "p"), ("forehead", 40.0, "q"), ("nose", 10.0, "p"))
    ]
    found = laid(knowledge, *zones, at=clinic(products={"p": labelled("p", 1.0), "q": labelled("q", 0.5)}))
    volumes = {one.zone: one.volume_ml or 0.0 for one in found.points}
    limits = [(one.limit, one.planned) for one in found.limits if one.name == "volume_product"]
    assert limits == [
        (1.0, pytest.approx(volumes["chin"] + volumes["nose"])),
        (0.5, pytest.approx(volumes["forehead"])),
    ]


def test_minutes_are_rounded_up_over_all_pen_zones(knowledge: Knowledge) -> None:
    found = laid(knowledge, zone("forehead"), zone("cheek_upper_left", area_cm2=400.0))
    assert found.total_minutes == math.ceil(sum(one.seconds for one in found.pen) / 60)


def test_a_hand_speed_without_a_measured_spread_is_asked_about(knowledge: Knowledge) -> None:
    steady = PEN.model_copy(update={"hand_speed_spread": 0.0})
    found = laid(knowledge, zone("forehead"), zone("chin"), at=clinic(steady))
    assert found.asked == ("asked.speed_spread",)
    assert found.pen[0].cover.sd < laid(knowledge, zone("forehead")).pen[0].cover.sd / 3


def test_a_device_of_another_technique_is_not_used(knowledge: Knowledge) -> None:
    other = PEN.model_copy(update={"techniques": ("stamp",)})
    found = laid(knowledge, zone("forehead"), at=clinic(other))
    assert (found.pen, found.asked) == ((), ("asked.pen_settings",))
