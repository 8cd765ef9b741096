"""Naevi and lesions are taken off the zones they touch, exactly, and nothing that cannot be meant is accepted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.errors import ProblemError, Problems
from mesoplan.surface import Surface, area_outside_eye_margin, build_surface, load_zones, parse_area_options
from mesoplan.surface.build import build_face
from mesoplan.surface.canonical import draw_mesh
from mesoplan.surface.mesh import FaceMesh
from mesoplan.surface.model import OwnSize
from mesoplan.surface.options import parse_keep_outs

ZONES = load_zones()
CM2 = 1 / 100.0


def areas(surface: Surface) -> dict[str, float]:
    return {zone.zone: zone.area_cm2 for zone in surface.zones}


def complaints(**options: object) -> list[tuple[str, str, str]]:
    with pytest.raises(ProblemError) as caught:
        build_surface(**options)  # type: ignore[arg-type]
    return [(problem.place, problem.value, problem.message) for problem in caught.value.problems]


def test_a_circle_within_a_patch_takes_exactly_its_own_area() -> None:
    surface = build_surface(patches={"neck": (10.0, 8.0)}, keep_outs=["neck:5,-10,6"])
    assert surface.area("neck").area_cm2 == pytest.approx(80 - math.pi * 36 * CM2, rel=1e-12)
    assert surface.area("neck").kept_out_cm2 == pytest.approx(math.pi * 36 * CM2, rel=1e-12)
    (keep_out,) = surface.keep_outs
    assert (keep_out.zone, keep_out.x, keep_out.y, keep_out.radius_mm) == ("neck", 5.0, -10.0, 6.0)


def test_a_circle_on_a_patchs_edge_takes_the_half_that_lies_on_it() -> None:
    surface = build_surface(patches={"neck": (10.0, 8.0)}, keep_outs=["neck:50,0,6"])
    assert surface.area("neck").area_cm2 == pytest.approx(80 - math.pi * 18 * CM2, rel=1e-12)


def test_overlapping_circles_are_taken_off_once() -> None:
    r, apart = 6.0, 6.0
    lens = 2 * r**2 * math.acos(apart / 2 / r) - apart / 2 * math.sqrt(4 * r**2 - apart**2)
    surface = build_surface(patches={"neck": (10.0, 8.0)}, keep_outs=["neck:0,0,6", "neck:6,0,6", "neck:0,0,6"])
    taken = (2 * math.pi * r**2 - lens) * CM2
    assert surface.area("neck").kept_out_cm2 == pytest.approx(taken, rel=1e-4)
    first, second, third = surface.keep_outs
    assert first.taken_cm2[0][1] == pytest.approx(math.pi * r**2 * CM2)
    assert second.taken_cm2[0][1] == pytest.approx(taken - math.pi * r**2 * CM2, rel=1e-3)
    assert third.taken_cm2 == ()


def test_overlapping_circles_on_the_face_are_taken_off_once_zone_by_zone() -> None:
    one = build_surface(keep_outs=["chin:0,0,9"])
    twice = build_surface(keep_outs=["chin:0,0,9", "chin:0,0,9"])
    assert areas(twice) == areas(one)
    assert twice.keep_outs[1].taken_cm2 == ()
    shifted = build_surface(keep_outs=["chin:0,0,9", "chin:6,0,9"])
    apart = build_surface(keep_outs=["chin:6,0,9"])
    alone = one.area("chin").kept_out_cm2 + apart.area("chin").kept_out_cm2
    assert one.area("chin").kept_out_cm2 < shifted.area("chin").kept_out_cm2 < 0.9 * alone
    assert dict(shifted.keep_outs[1].taken_cm2)["chin"] < 0.6 * apart.area("chin").kept_out_cm2


def test_a_circle_on_the_face_takes_its_area_over_the_slope_of_the_skin(mesh: FaceMesh) -> None:
    # Within one triangle the skin is flat: a disc seen from the front covers its area over the cosine of the slope.
    face = draw_mesh(ZONES, mesh, 1.0)
    members = face.zones["cheek_upper_left"]
    largest = members[np.argmax(face.areas_cm2[members])]
    a, b, c = face.points[mesh.triangles[largest]] * face.mm_per_pixel
    normal = np.cross(b - a, c - a)
    slope = abs(normal[2]) / np.linalg.norm(normal)
    centre = np.array(face.centre("cheek_upper_left")) * face.mm_per_pixel
    x, y = ((a + b + c) / 3)[:2] - centre
    surface = build_surface(keep_outs=[f"cheek_upper_left:{x},{-y},0.8"])
    taken = surface.area("cheek_upper_left").kept_out_cm2
    assert taken == pytest.approx(math.pi * 0.64 * CM2 / slope, rel=1e-9)
    assert surface.area("cheek_upper_left").area_cm2 == pytest.approx(38.894 - taken, abs=0.001)


def test_a_circle_is_taken_off_every_zone_it_touches_and_off_no_other() -> None:
    plain, kept = build_surface(), build_surface(keep_outs=["cheek_upper_left:0,-30,12"])
    (keep_out,) = kept.keep_outs
    touched = dict(keep_out.taken_cm2)
    assert set(touched) >= {"cheek_upper_left", "cheek_lower_left"}
    assert all(zone.endswith("_left") or "perioral" in zone for zone in touched)
    for zone, area in areas(plain).items():
        assert areas(kept)[zone] == pytest.approx(area - touched.get(zone, 0.0), abs=0.002), zone
    assert sum(touched.values()) > math.pi * 144 * CM2  # sloping skin is larger than it looks from the front


def test_the_band_shrinks_in_proportion_and_a_covered_zone_has_nothing_left() -> None:
    plain, kept = build_surface(), build_surface(keep_outs=["glabella:0,0,60"])
    assert areas(kept)["glabella"] == pytest.approx(0.0, abs=1e-9)
    before, after = plain.area("forehead"), kept.area("forehead")
    assert 0 < after.area_cm2 < before.area_cm2
    assert after.high_cm2 / after.area_cm2 == pytest.approx(before.high_cm2 / before.area_cm2)
    assert after.low_cm2 / after.area_cm2 == pytest.approx(before.low_cm2 / before.area_cm2)


def test_x_runs_to_the_patients_left_and_y_up(astronaut: Path) -> None:
    for options in ({}, {"photo": astronaut, "mirrored": "no"}, {"photo": astronaut, "mirrored": "yes"}):
        centre, left, up = build_surface(
            keep_outs=["forehead:0,0,1", "forehead:10,0,1", "forehead:0,5,1"],
            **options,  # type: ignore[arg-type]
        ).keep_outs
        towards_right_of_picture = options.get("mirrored") != "yes"
        assert (left.x > centre.x) == towards_right_of_picture
        assert up.y < centre.y
        assert math.hypot(left.x - centre.x, left.y - centre.y) == pytest.approx(10 * centre.radius)


def test_a_circle_on_the_photo_lies_where_it_was_seen(astronaut: Path) -> None:
    # The tip of the nose is at about (228, 130) in the photograph.
    surface = build_surface(photo=astronaut, pupillary_distance_mm=62.0, keep_outs=["photo:228,128,3"])
    (keep_out,) = surface.keep_outs
    assert (keep_out.zone, keep_out.x, keep_out.y, keep_out.radius) == (None, 228.0, 128.0, 3.0)
    assert [zone for zone, _ in keep_out.taken_cm2] == ["nose"]
    assert keep_out.radius_mm == pytest.approx(3 * surface.mm_per_pixel)
    assert surface.area("nose").kept_out_cm2 >= math.pi * keep_out.radius_mm**2 * CM2


def test_a_circle_in_pixels_of_a_large_photo_is_carried_to_the_kept_picture(astronaut: Path, save: object) -> None:
    from PIL import Image

    with Image.open(astronaut) as image:
        large = save(image.resize((2560, 2560)), "large.png")  # type: ignore[operator]
    surface = build_surface(photo=large, keep_outs=["photo:1140,640,15"])
    (keep_out,) = surface.keep_outs
    assert surface.photo_size == (2560, 2560)
    assert surface.picture_size == (1600, 1600)
    assert (keep_out.x, keep_out.y, keep_out.radius) == pytest.approx((712.5, 400.0, 9.375))


@settings(max_examples=25)  # each example places two circles on the whole mesh
@given(st.floats(-15, 15), st.floats(-15, 15), st.floats(0.5, 12), st.floats(0.1, 8))
def test_a_wider_margin_never_leaves_more_to_treat(x: float, y: float, radius: float, more: float) -> None:
    small = build_surface(keep_outs=[f"cheek_upper_right:{x},{y},{radius}"])
    large = build_surface(keep_outs=[f"cheek_upper_right:{x},{y},{radius + more}"])
    for zone, area in areas(small).items():
        assert areas(large)[zone] <= area + 1e-9


def test_the_eye_margin_and_a_keep_out_do_not_count_the_same_skin_twice() -> None:
    # The circle lies between the eye and the margin: outside the margin nothing changes.
    plain, kept = build_surface(), build_surface(keep_outs=["infraorbital_left:4,3,4"])
    assert kept.area("infraorbital_left").kept_out_cm2 > 0.4
    outside = [area_outside_eye_margin(surface, "infraorbital_left", 12.0).area_cm2 for surface in (plain, kept)]
    assert outside[1] == pytest.approx(outside[0], rel=0.01)


def test_the_practitioners_area_outranks_the_estimate_and_loses_what_is_kept_out() -> None:
    surface = build_surface(areas={"forehead": 55.0}, keep_outs=["forehead:0,0,5"])
    zone = surface.area("forehead")
    assert zone.basis == "practitioner"
    assert zone.kept_out_cm2 > math.pi * 25 * CM2
    assert zone.area_cm2 == pytest.approx(55.0 - zone.kept_out_cm2)
    assert (zone.low_cm2, zone.high_cm2) == (zone.area_cm2, zone.area_cm2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("cheek_upper_left", "this is not ZONE:X,Y,R with three numbers"),
        ("cheek_upper_left:1,2", "this is not ZONE:X,Y,R with three numbers"),
        ("cheek_upper_left:1,2,three", "this is not ZONE:X,Y,R with three numbers"),
        ("cheek_upper_left:1,2,nan", "this is not ZONE:X,Y,R with three numbers"),
        (":1,2,3", "this is not ZONE:X,Y,R with three numbers"),
        ("cheek_upper_left:1,2,0", "the radius is not above 0"),
        ("cheek_upper:1,2,3", "the zone has two sides"),
        ("nowhere:1,2,3", "there is no such zone"),
        ("neck:1,2,3", "the shape of this zone is not known"),
        ("photo:1,2,3", "there is no photo for the circle"),
        ("cheek_upper_left:500,0,3", "the circle touches no zone"),
        ("cheek_upper_left:0,0,61", "the circle's radius on the skin is 61 mm"),
    ],
)
def test_a_keep_out_that_cannot_be_meant_is_refused(given: str, message: str) -> None:
    assert complaints(keep_outs=[given]) == [("--keep-out", given, message)]


def test_a_keep_out_that_touches_nothing_would_leave_a_lesion_treated_and_is_refused(astronaut: Path) -> None:
    assert complaints(photo=astronaut, keep_outs=["photo:5,5,3"])[0][2] == "the circle touches no zone"


def test_areas_and_patch_sizes_are_read() -> None:
    assert parse_area_options(
        ["forehead=42", " cheek_upper_left = 30.5 ", "neck=10x8", "scalp=120", "abdomen=20×15"]
    ) == (
        {"forehead": 42.0, "cheek_upper_left": 30.5, "scalp": 120.0},
        {"neck": (10.0, 8.0), "abdomen": (20.0, 15.0)},
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("forehead", "this is not ZONE=CM2"),
        ("forehead=", "this is not ZONE=CM2"),
        ("=30", "this is not ZONE=CM2"),
        ("forehead=wide", "the size is not a number"),
        ("forehead=38,9", "the size is not a number"),
        ("neck=10x8x2", "the size is not a number"),
        ("neck=infx8", "the size is not a number"),
        ("forehead=4050", "this area is not plausible for the zone"),
        ("forehead=4", "this area is not plausible for the zone"),
        ("forehead=-40", "this area is not plausible for the zone"),
        ("neck=0", "this area is not plausible for the zone"),
        ("neck=100x80", "no zone has this width and height in cm"),
        ("neck=0.1x8", "no zone has this width and height in cm"),
        ("forehead=10x0.05", "no scar has this width and height in cm"),
        ("cheek_upper=30", "the zone has two sides"),
        ("nowhere=30", "there is no such zone"),
    ],
)
def test_an_area_that_cannot_be_meant_is_refused(given: str, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_area_options([given])
    assert [problem.message for problem in caught.value.problems] == [message]
    assert caught.value.problems[0].place == "--area"


def test_a_scar_in_a_zone_of_the_face_has_its_own_size_and_leaves_the_zone_as_large_as_it_is() -> None:
    plain, found = build_surface(), build_surface(patches={"chin": (1.5, 0.4), "neck": (10.0, 8.0)})
    assert found.area("chin") == plain.area("chin")
    assert found.own_sizes == (OwnSize("chin", 1.5, 0.4), OwnSize("neck", 10.0, 8.0))
    assert found.own_size("forehead") is None


def test_a_scar_larger_than_its_zone_is_refused_and_the_largest_size_told() -> None:
    most = build_surface().area("chin").high_cm2
    with pytest.raises(ProblemError) as caught:
        build_surface(patches={"chin": (20.0, 4.0)})
    (problem,) = caught.value.problems
    assert (problem.place, problem.value) == ("--area", "chin=20x4")
    assert problem.message == "a scar of 80 cm2 is larger than the zone it lies in"
    assert f"at most {most:.1f} cm2" in problem.remedy
    assert build_surface(patches={"chin": (1.0, most - 0.01)}).own_size("chin") is not None


def test_a_zone_given_twice_is_refused_and_all_faults_come_together() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_area_options(["forehead=40", "forehead=41", "neck=x", "nowhere=3"])
    assert [problem.message for problem in caught.value.problems] == [
        "the zone is given twice", "the size is not a number", "there is no such zone",
    ]  # fmt: skip


def test_areas_handed_in_directly_are_checked_as_well() -> None:
    assert complaints(areas={"forehead": float("nan")})[0][2] == "this area is not plausible for the zone"
    both = complaints(areas={"neck": 80.0}, patches={"neck": (10.0, 8.0)})
    assert both[0][2] == "the zone has both an area and a width x height"


def test_a_mirrored_photo_without_a_photo_is_a_contradiction() -> None:
    assert complaints(mirrored="yes")[0][2] == "there is no photo that could be mirrored"


@given(st.text(max_size=30))
def test_whatever_is_written_is_either_read_or_explained(text: str) -> None:
    problems = Problems()
    parse_keep_outs([text], ZONES, problems)
    parse_area_options([text], ZONES, problems)
    for problem in problems.found:
        assert problem.message
        assert problem.remedy


def test_a_scar_in_a_zone_of_the_face_is_no_piece_of_skin_of_its_own() -> None:
    built = build_face(patches={"chin": (1.5, 0.4), "neck": (10.0, 8.0)})
    assert dict(built.patches) == {"neck": (10.0, 8.0)}
    assert built.surface.own_size("chin") == OwnSize("chin", 1.5, 0.4)
