"""The canonical face and a photo's face as skin: smooth, in millimetres, right way round, and safe."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mesoplan.surface import build_face, load_zones
from mesoplan.surface.discs import NO_DISCS, Discs
from mesoplan.surface.face_skin import canonical_skin
from mesoplan.surface.mesh import FaceMesh
from mesoplan.surface.raster import pixel_pairs, rasterise
from mesoplan.surface.skin import NO_ZONE, Skin
from mesoplan.surface.subdivide import loop
from mesoplan.surface.zones import other_side

ZONES = load_zones()
TREATED = {zone for zone in ZONES.ids("mesh") if ZONES.base(zone).treatable}


@pytest.fixture(scope="module")
def skin() -> Skin:
    return canonical_skin()


def centre(skin: Skin, zone: str) -> np.ndarray:
    members = skin.zone == skin.zones.index(zone)
    weights = skin.triangle_areas_mm2[members]
    return np.average(skin.vertices_mm[skin.triangles[members]].mean(axis=1), axis=0, weights=weights)


def test_the_canonical_face_has_the_triangles_of_its_level_and_only_zones_that_are_treated(skin: Skin) -> None:
    assert len(skin.triangles) == 14_368
    assert len(canonical_skin(level=3).triangles) == 57_472
    assert set(skin.zones) == TREATED
    assert (skin.source, skin.side) == ("canonical", "confirmed")


def test_what_is_never_treated_belongs_to_no_zone(skin: Skin, mesh: FaceMesh) -> None:
    flat = canonical_skin(level=0)
    eye = {33, 133, 159, 145}
    for triangle, zone in zip(flat.triangles.tolist(), flat.zone.tolist(), strict=True):
        if set(triangle) & {13, 14} or len(set(triangle) & eye) > 1:
            assert zone == NO_ZONE
    assert 0.05 < skin.triangle_areas_mm2[skin.zone == NO_ZONE].sum() / skin.triangle_areas_mm2.sum() < 0.09


def test_a_face_twice_as_wide_has_four_times_the_area(skin: Skin) -> None:
    twice = canonical_skin(scale=2.0)
    assert twice.area_cm2("chin") == pytest.approx(4 * skin.area_cm2("chin"), rel=1e-9)


def test_smoothing_takes_about_two_percent_and_a_further_level_next_to_nothing(skin: Skin) -> None:
    total = {level: sum(canonical_skin(level=level).area_cm2(zone) for zone in TREATED) for level in (0, 2, 3)}
    assert total[0] == pytest.approx(sum(ZONES.base(zone).area_cm2 or 0 for zone in TREATED), rel=1e-3)
    assert total[2] / total[0] == pytest.approx(0.979, abs=0.004)
    assert total[3] / total[2] == pytest.approx(1.0, abs=0.002)


def test_both_sides_of_the_canonical_face_are_alike_and_the_patients_left_is_at_positive_x(skin: Skin) -> None:
    for zone in TREATED:
        assert skin.area_cm2(zone) == pytest.approx(skin.area_cm2(other_side(zone)), rel=2e-3)
        if zone.endswith("_left"):
            assert centre(skin, zone)[0] > 5
            assert centre(skin, zone) == pytest.approx(centre(skin, other_side(zone)) * (-1, 1, 1), abs=0.2)


def test_the_face_looks_along_z_with_the_forehead_up(skin: Skin) -> None:
    assert centre(skin, "forehead")[1] > 20 > -60 > centre(skin, "chin")[1]
    assert centre(skin, "nose")[2] > centre(skin, "temple_left")[2] + 20
    assert (skin.normals[skin.zone != NO_ZONE][:, 2] > 0).mean() > 0.999


def test_a_photo_becomes_skin_of_its_own_size_with_the_nose_in_front(astronaut: Path) -> None:
    built = build_face(photo=astronaut, pupillary_distance_mm=60.0, mirrored="no")
    (masked,) = built.skins()
    assert (masked.skin.source, masked.skin.side) == ("photo", "confirmed")
    for zone in TREATED:
        assert masked.skin.area_cm2(zone) == pytest.approx(built.surface.area(zone).area_cm2, rel=0.15)
    assert centre(masked.skin, "cheek_upper_left")[0] > 20 > -20 > centre(masked.skin, "cheek_upper_right")[0]
    assert centre(masked.skin, "nose")[2] > centre(masked.skin, "temple_left")[2] + 20
    assert (masked.skin.normals[masked.skin.zone != NO_ZONE][:, 2] > 0).mean() > 0.98


def test_a_mirrored_photo_gives_the_skin_of_the_patient_not_of_the_mirror(astronaut: Path, tmp_path: Path) -> None:
    with Image.open(astronaut) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    plain = build_face(photo=astronaut, mirrored="no").skins()[0].skin
    turned = build_face(photo=tmp_path / "mirrored.png", mirrored="yes").skins()[0].skin
    assert turned.side == "mirrored"
    assert (turned.normals[turned.zone != NO_ZONE][:, 2] > 0).mean() > 0.98
    for zone in ("cheek_upper_left", "cheek_upper_right", "temple_left", "temple_right"):
        assert centre(turned, zone) == pytest.approx(centre(plain, zone), abs=4.0)


def test_a_tilted_head_gives_upright_skin(astronaut: Path, tmp_path: Path) -> None:
    with Image.open(astronaut) as image:
        image.convert("RGB").rotate(15, Image.Resampling.BICUBIC).save(tmp_path / "tilted.png")
    plain = build_face(photo=astronaut).skins()[0].skin
    tilted = build_face(photo=tmp_path / "tilted.png").skins()[0].skin
    for zone in ("forehead", "chin", "cheek_upper_left"):
        assert centre(tilted, zone) == pytest.approx(centre(plain, zone), abs=4.0)


def test_a_circle_is_kept_to_the_hair_though_it_crosses_triangles() -> None:
    built = build_face(keep_outs=["cheek_upper_left:5,-8,4"])
    (masked,) = built.skins()
    x, y, radius = masked.keep_outs.circles[0]
    assert radius == pytest.approx(4.0)
    centroid = centre(canonical_skin(level=0), "cheek_upper_left")
    assert (x, y) == pytest.approx((centroid[0] + 5, centroid[1] - 8), abs=1e-6)
    angle = np.linspace(0, 2 * math.pi, 200)
    for away, outside in ((radius * (1 - 1e-9), False), (radius * (1 + 1e-9), True)):
        ring = np.column_stack([x + away * np.cos(angle), y + away * np.sin(angle), np.full(200, 30.0)])
        assert (masked.keep_outs.outside(ring) == outside).all()
    left = masked.keep_outs.allowed_cm2(masked.skin, "cheek_upper_left")
    taken = built.surface.area("cheek_upper_left").kept_out_cm2
    assert masked.skin.area_cm2("cheek_upper_left") - left == pytest.approx(taken, rel=0.1)


def test_a_margin_widens_every_circle_and_no_circle_forbids_nothing() -> None:
    points = np.array([[0.0, 5.0, 9.0], [0.0, 5.2, 9.0]])
    assert Discs(np.array([[0.0, 0.0, 4.9]])).outside(points, 0.2).tolist() == [False, True]
    assert NO_DISCS.outside(points, 5.0).all()


def test_a_puncture_needs_a_zone_as_well_as_a_place_outside_the_circles() -> None:
    (masked,) = build_face(keep_outs=["forehead:0,0,5"]).skins()
    triangles = np.arange(len(masked.skin.triangles), dtype=np.int32)
    middles = masked.skin.vertices_mm[masked.skin.triangles].mean(axis=1)
    free = masked.may_puncture(middles, triangles)
    assert not free[masked.skin.zone == NO_ZONE].any()
    forehead = masked.skin.zone == masked.skin.zones.index("forehead")
    assert 0 < (~free[forehead]).sum() < forehead.sum() / 4


def test_a_circle_on_a_patch_stays_on_the_patch() -> None:
    face, neck = build_face(patches={"neck": (10.0, 8.0)}, keep_outs=["neck:5,-10,6"]).skins()
    assert len(face.keep_outs) == 0
    assert neck.skin.area_cm2("neck") == pytest.approx(80.0)
    assert neck.keep_outs.allowed_cm2(neck.skin, "neck") == pytest.approx(80 - math.pi * 0.36, rel=1e-9)


def test_subdividing_leaves_a_flat_sheet_flat_and_its_parents_in_order() -> None:
    points = np.array([[0.0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]])
    fine, triangles = loop(points, np.array([[0, 1, 2], [0, 2, 3]]), 2)
    assert np.ptp(fine[:, 2]) == 0
    middles = fine[triangles].mean(axis=1)
    assert (middles[:16, 0] > middles[:16, 1]).all()
    assert (middles[16:, 0] < middles[16:, 1]).all()


def test_the_nearer_of_two_triangles_is_seen_whatever_their_order_and_winding() -> None:
    points = np.array([[0.0, 0, 0], [8, 0, 0], [0, 8, 0], [0, 0, 5], [8, 0, -5], [0, 8, 5]])
    for triangles in ([[0, 1, 2], [3, 4, 5]], [[3, 5, 4], [2, 1, 0]]):
        seen = rasterise(points, np.array(triangles), (8, 8))
        far = triangles.index(next(one for one in triangles if 0 in one))
        assert seen.owner[1, 0] == 1 - far
        assert seen.owner[0, 6] == far
        assert seen.owner[7, 7] == -1
        assert seen.depth[1, 0] == pytest.approx(5 - 10 * 0.5 / 8)
    assert pixel_pairs(points, np.array(triangles), (8, 8)) == 128
