"""Points of a syringe on skin in space: spacing, counts, zones too small for a lattice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import KDTree

from mesoplan.layout.points import count_points
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.skin_points import points_on_skin
from mesoplan.surface.face_skin import canonical_skin
from mesoplan.surface.shapes import cylindrical_patch, flat_patch
from mesoplan.surface.skin import Skin

FLAT = flat_patch("abdomen", 120.0, 80.0)
ARM = cylindrical_patch("forearm_left", 120.0, 160.0, 45.0, edge_mm=2.0)


def laid(skin: Skin, spacing_mm: float) -> Punctures:
    return points_on_skin(skin, dict.fromkeys(skin.zones, spacing_mm))


def nearest(points: Punctures) -> np.ndarray:
    return np.asarray(KDTree(points.positions_mm).query(points.positions_mm, k=2)[0])[:, 1]


@pytest.fixture(scope="module")
def face() -> Skin:
    return canonical_skin()


@pytest.mark.parametrize("spacing", [15.0, 8.0, 5.0])
@pytest.mark.parametrize(("skin", "near"), [(FLAT, 1e-9), (ARM, 0.01)], ids=["plane", "arm"])
def test_points_lie_a_spacing_apart_and_are_as_many_as_planned(skin: Skin, near: float, spacing: float) -> None:
    points = laid(skin, spacing)
    assert nearest(points) == pytest.approx(spacing, rel=near)
    wanted = count_points(skin.area_cm2(skin.zones[0]), spacing)
    assert 0.97 * wanted <= len(points) <= wanted


@pytest.mark.parametrize("spacing", [15.0, 8.0, 5.0])
def test_on_a_face_every_zone_gets_its_points_and_never_more(face: Skin, spacing: float) -> None:
    points = laid(face, spacing)
    wanted = np.array([count_points(face.area_cm2(zone), spacing) for zone in face.zones])
    counts = points.count()[:, 0]
    assert np.all(counts <= wanted)
    assert np.all(counts >= 1)
    assert np.all(counts >= np.minimum(wanted - 2, 0.95 * wanted))
    assert len(points) >= 0.98 * wanted.sum()
    apart = nearest(points)
    assert apart.min() >= 0.7 * spacing
    assert np.median(apart) == pytest.approx(spacing, rel=0.03)
    assert np.all(np.diff(points.zone) >= 0)


def test_a_zone_smaller_than_a_spacing_gets_one_point_in_its_middle() -> None:
    points = laid(flat_patch("abdomen", 10.0, 10.0, edge_mm=0.5), 40.0)
    assert len(points) == 1
    assert np.hypot(*points.positions_mm[0, :2]) < 6.0
    strip = laid(flat_patch("abdomen", 60.0, 5.0, edge_mm=0.5), 200.0)
    assert len(strip) == 1


def test_a_zone_that_the_lattice_misses_gets_its_point_where_it_is_widest() -> None:
    one = flat_patch("abdomen", 30.0, 20.0, edge_mm=1.0)
    middle = one.vertices_mm[one.triangles].mean(axis=1)
    tiny = np.hypot(middle[:, 0] - 3.0, middle[:, 1] - 2.0) < 2.0
    two = Skin(one.vertices_mm, one.triangles, tiny.astype(np.int64), ("large", "tiny"), "patch", "confirmed")
    points = points_on_skin(two, {"large": 6.0, "tiny": 6.1})
    mine = points.positions_mm[points.zone == 1]
    assert len(mine) == 1
    assert np.hypot(*(mine[0, :2] - (3.0, 2.0))) < 1.8
    assert nearest(points).min() >= 0.7 * 6.0


def test_zones_have_spacings_of_their_own_and_others_get_none(face: Skin) -> None:
    points = points_on_skin(face, {"forehead": 8.0, "chin": 5.0}, diameter_mm=4.0)
    assert {face.zones[zone] for zone in np.unique(points.zone)} == {"forehead", "chin"}
    assert points.diameter_mm == 4.0
    for zone, spacing in (("forehead", 8.0), ("chin", 5.0)):
        own = points.positions_mm[points.zone == face.zones.index(zone)]
        assert np.median(KDTree(own).query(own, k=2)[0][:, 1]) == pytest.approx(spacing, rel=0.03)


def test_points_keep_out_of_what_is_forbidden_even_where_one_stands_alone() -> None:
    points = points_on_skin(FLAT, {"abdomen": 8.0}, keep=lambda at: np.hypot(at[:, 0], at[:, 1]) > 20.0)
    assert np.hypot(*points.positions_mm[:, :2].T).min() > 20.0
    assert len(points_on_skin(FLAT, {"abdomen": 200.0}, keep=lambda at: at[:, 0] > 1000.0)) == 0


def test_the_same_skin_gives_the_same_points_again_and_nothing_wished_none() -> None:
    assert np.array_equal(laid(ARM, 5.0).positions_mm, laid(ARM, 5.0).positions_mm)
    assert len(points_on_skin(FLAT, {})) == 0


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        points_on_skin(FLAT, {"abdomen": 0.0})
    with pytest.raises(ValueError, match="overlap"):
        points_on_skin(FLAT, {"abdomen": 5.0}, diameter_mm=6.0)
    with pytest.raises(ValueError, match="not on this skin"):
        points_on_skin(FLAT, {"chin": 5.0})
