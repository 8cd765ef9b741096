"""Punctures on surfaces in space: charts, lattices, seams, distances, counts and cover."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.layout import kernels, lay, near
from mesoplan.layout.chart import cut
from mesoplan.layout.flatten import flatten
from mesoplan.layout.lattice import Interleaving, interleave
from mesoplan.layout.lay import Laid, lay_plainly, make_sheet
from mesoplan.layout.measure import count_hits, measure_spacing, neighbour_distances_on_skin_mm
from mesoplan.layout.near import distance_to_mm, keep_apart, least_distance_mm, near_pairs, neighbours
from mesoplan.layout.place import Prepared, place, prepare
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.seam import LEAST
from mesoplan.surface.face_skin import canonical_skin
from mesoplan.surface.shapes import conical_patch, cylindrical_patch, flat_patch, sphere_cap
from mesoplan.surface.skin import Skin
from mesoplan.units import MM2_PER_CM2
from surface import heads

COURSE = interleave(5, 0.2, 0.3)
FACE_CM2 = 450.0


def scaled(skin: Skin, area_cm2: float = FACE_CM2) -> Skin:
    """Return a skin of the size that figures are stated for."""
    size = np.sqrt(area_cm2 * MM2_PER_CM2 / skin.triangle_areas_mm2[skin.zone >= 0].sum())
    return Skin(skin.vertices_mm * size, skin.triangles, skin.zone, skin.zones, skin.source, skin.side)


def placed(skin: Skin, course: Interleaving = COURSE) -> Punctures:
    return place(prepare(skin, dict.fromkeys(skin.zones, course)))


@cache
def face(name: str) -> Skin:
    if name == "canonical":
        return scaled(canonical_skin(level=3))
    if name == "phone scan":
        return scaled(heads.phone_scan().skin)
    return scaled(heads.head_skin(name))


def counts_off(punctures: Punctures, course: Interleaving, fraction: float) -> np.ndarray:
    """Return how far each zone's count in each session is from what its area asks, against what is allowed."""
    skin = punctures.skin
    area = np.array([skin.area_cm2(zone) * MM2_PER_CM2 for zone in skin.zones])
    wished = area * fraction / (np.pi * (course.diameter_mm / 2.0) ** 2)
    off = np.abs(punctures.count() - wished[:, None])
    return off / np.maximum(10.0, 0.01 * wished)[:, None]


FACES = ["canonical", "caucasian woman", "asian woman, old"]
MORE_FACES = [pytest.param(name, marks=pytest.mark.full) for name in heads.HEADS if name not in FACES]


@pytest.mark.parametrize("name", [*FACES, *MORE_FACES, "phone scan"])
def test_on_a_face_punctures_are_even_apart_and_as_many_as_wished(name: str) -> None:
    skin = face(name)
    punctures = placed(skin)
    for session in range(COURSE.sessions):
        own = punctures.session == session
        points, normals = punctures.positions_mm[own], punctures.normals[own]
        assert least_distance_mm(points, normals, COURSE.spacing_mm) >= LEAST * COURSE.spacing_mm
    spacing = measure_spacing(punctures, COURSE, 2)
    assert spacing.cv <= spacing.ideal_cv + 0.03
    assert counts_off(punctures, COURSE, 0.2).max() <= 1.0
    assert len(punctures) == pytest.approx(5 * FACE_CM2 * MM2_PER_CM2 * 0.2 / (np.pi * 0.15**2), rel=0.005)


@pytest.mark.parametrize("name", ["canonical", "caucasian woman", "phone scan"])
def test_the_measured_cover_of_a_face_is_that_of_the_plane(name: str) -> None:
    punctures = placed(face(name))
    hits = count_hits(punctures, 5)
    areas = {zone: punctures.skin.area_cm2(zone) for zone in punctures.skin.zones}
    cover = sum(areas[zone] * (hits[zone] > 0).mean() for zone in areas) / sum(areas.values())
    assert cover == pytest.approx(COURSE.cover, abs=0.005)
    one = count_hits(punctures, 1, samples=60_000)
    first = sum(areas[zone] * (one[zone] > 0).mean() for zone in areas) / sum(areas.values())
    assert first == pytest.approx(0.2, abs=0.003)


@pytest.mark.parametrize(("sessions", "fraction"), [(1, 0.2), (3, 0.3), (4, 0.25), (6, 0.15), (7, 0.143)])
def test_other_lattices_are_as_even_on_a_face(sessions: int, fraction: float) -> None:
    course = interleave(sessions, fraction, 0.3)
    punctures = placed(face("canonical"), course)
    spacing = measure_spacing(punctures, course, 0)
    assert spacing.cv <= spacing.ideal_cv + 0.03
    assert spacing.least_mm >= LEAST * course.spacing_mm
    assert counts_off(punctures, course, fraction).max() <= 1.0


FLAT = flat_patch("abdomen", 60.0, 40.0)
CYLINDER = cylindrical_patch("forearm_left", 60.0, 80.0, 45.0, edge_mm=1.0)
CONE = conical_patch("forearm_left", 60.0, 80.0, 35.0, 45.0, edge_mm=1.0)


@pytest.mark.parametrize("skin", [FLAT, CYLINDER, CONE], ids=["plane", "cylinder", "cone"])
def test_a_surface_that_can_be_unrolled_is_one_chart_with_the_lattice_itself_on_it(skin: Skin) -> None:
    charts = cut(skin, np.arange(len(skin.triangles)), COURSE.spacing_mm)
    punctures = placed(skin)
    spacing = measure_spacing(punctures, COURSE, 0)
    flat = skin is FLAT
    assert len(charts) == 1
    assert charts[0].flat.spacing_cv <= (1e-9 if flat else 1e-3)
    assert spacing.cv <= (1e-9 if flat else 2e-3)
    assert spacing.least_mm == pytest.approx(COURSE.spacing_mm, rel=1e-9 if flat else 0.02)
    wished = skin.area_cm2(skin.zones[0]) * MM2_PER_CM2 * 0.2 / (np.pi * 0.15**2)
    assert np.abs(punctures.count() - wished).max() <= max(10.0, 0.01 * wished)


def test_on_a_plane_every_session_is_the_lattice_and_all_together_the_union_lattice() -> None:
    punctures = placed(FLAT)
    assert np.all(punctures.positions_mm[:, 2] == 0.0)
    flat, normals = punctures.positions_mm, punctures.normals
    assert least_distance_mm(flat, normals, 1.0) == pytest.approx(COURSE.union_spacing_mm, rel=1e-9)
    steps = (flat[:, :2] - flat[0, :2]) @ np.linalg.inv(COURSE.basis)
    assert np.abs(steps - np.rint(steps)).max() < 1e-6
    whole = np.rint(steps).astype(np.int64)
    colours = COURSE.colour(whole[:, 0], whole[:, 1])
    assert len({(a, b) for a, b in zip(colours.tolist(), punctures.session.tolist(), strict=True)}) == 5


def test_neighbours_are_measured_of_any_points_on_skin_whoever_placed_them() -> None:
    course = interleave(1, 0.2, 0.3)
    punctures = placed(FLAT, course)
    points, normals = punctures.positions_mm, punctures.normals
    even = neighbour_distances_on_skin_mm(FLAT, points, normals, course.spacing_mm)
    assert even == pytest.approx(course.spacing_mm, rel=1e-9)
    assert len(even) % 6 == 0
    shaken = points + np.random.default_rng(5).uniform(-0.1, 0.1, (len(points), 1)) * (1.0, 0.0, 0.0)
    uneven = neighbour_distances_on_skin_mm(FLAT, shaken, normals, course.spacing_mm)
    assert uneven.std() / uneven.mean() > 0.05
    none = neighbour_distances_on_skin_mm(FLAT, np.empty((0, 3)), np.empty((0, 3)), course.spacing_mm)
    assert len(none) == 0


def test_neighbours_on_a_narrow_ridge_are_those_along_the_skin() -> None:
    """Seen from above the flanks of a ridge are narrow: what is near there is not what is near on the skin."""
    ridge = cylindrical_patch("forearm_left", 14.0, 40.0, 5.0, edge_mm=0.5)
    beside = np.array([6.0, 0.0, 0.0])  # so that one tile holds both flanks
    moved = Skin(ridge.vertices_mm + beside, ridge.triangles, ridge.zone, ridge.zones, ridge.source, ridge.side)
    steps = np.stack(np.meshgrid(np.arange(-60, 61), np.arange(-60, 61)), axis=-1).reshape(-1, 2) * 0.6
    flat = steps @ [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    flat = flat[(np.abs(flat[:, 0]) < 6.95) & (np.abs(flat[:, 1]) < 19.9)]
    around, up = np.array([[1.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 0.0]])
    angle = flat[:, :1] / 5.0
    normals = around * np.hstack([np.sin(angle), angle, np.cos(angle)])
    distance = neighbour_distances_on_skin_mm(moved, 5.0 * normals + up * flat[:, 1:] + beside, normals, 0.6, 4)
    assert len(distance) > 5000
    assert distance.std() / distance.mean() < 0.001


def test_a_sphere_cap_is_cut_only_where_it_pays_and_keeps_its_count() -> None:
    gentle, strong = sphere_cap("abdomen", 200.0, 30.0), sphere_cap("abdomen", 40.0, 55.0)
    few = cut(gentle, np.arange(len(gentle.triangles)), COURSE.spacing_mm)
    many = cut(strong, np.arange(len(strong.triangles)), COURSE.spacing_mm)
    assert len(few) == 1 < len(many)
    assert measure_spacing(placed(gentle), COURSE, 0).cv <= 0.03
    assert counts_off(placed(strong), COURSE, 0.2).max() <= 1.5


def fingerprint(punctures: Punctures) -> str:
    parts = punctures.positions_mm, punctures.triangle, punctures.session
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def test_the_same_skin_gives_the_same_bits_again() -> None:
    skin = canonical_skin(level=1)
    assert fingerprint(placed(skin)) == fingerprint(placed(skin))


def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every loop run as plain Python."""
    monkeypatch.setattr(kernels, "COMPILED", False)
    from mesoplan.layout import even, place, seam

    for module in (even, near, place, seam):
        for name in [name for name in vars(module) if hasattr(vars(module)[name], "py_func")]:
            monkeypatch.setattr(module, name, vars(module)[name].py_func)


def test_machine_code_and_plain_python_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels.COMPILED, "Numba is in the development environment"
    skin = sphere_cap("abdomen", 30.0, 25.0)
    prepared = prepare(skin, {"abdomen": COURSE})
    assert len(prepared.fields[0].seams.places_mm)
    compiled = fingerprint(place(prepared))
    plain(monkeypatch)
    assert fingerprint(place(prepared)) == compiled


@given(
    corners=st.lists(st.floats(-9.0, 9.0, width=16), min_size=8, max_size=8),
    turn=st.floats(0.0, 3.1),
    sessions=st.sampled_from([1, 3, 5, 6, 7]),
)
def test_triangles_that_share_an_edge_share_no_point_and_miss_none(
    corners: list[float], turn: float, sessions: int
) -> None:
    course = interleave(sessions, 0.5, 0.9)
    uv = np.array(corners).reshape(4, 2)
    numbers = np.array([[0, 1, 2], [2, 1, 3]])
    sheet = make_sheet(
        uv[numbers], np.pad(uv, ((0, 0), (0, 1)))[numbers], numbers, _turned(course, turn), _form(course)
    )
    both = lay.lay(sheet)
    alone = [
        lay.lay(make_sheet(uv[one], np.pad(uv, ((0, 0), (0, 1)))[one], one, _turned(course, turn), _form(course)))
        for one in (numbers[:1], numbers[1:])
    ]
    assert len(both.colour) == sum(len(one.colour) for one in alone)
    assert _same(both, lay_plainly(sheet))
    apart = near_pairs(
        both.positions_mm, np.tile([0.0, 0.0, 1.0], (len(both.colour), 1)), np.full(len(both.colour), 1e-6)
    )
    if _sides(uv) < 0.0:  # the two do not overlap: no lattice point belongs to both
        assert not len(apart[0])


def _sides(uv: np.ndarray) -> float:
    """Return whether corners 0 and 3 lie on different sides of the edge from 1 to 2: negative if so."""
    edge = uv[2] - uv[1]
    one, other = uv[0] - uv[1], uv[3] - uv[1]
    return float((edge[0] * one[1] - edge[1] * one[0]) * (edge[0] * other[1] - edge[1] * other[0]))


def _turned(course: Interleaving, angle: float) -> np.ndarray:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return course.basis @ turn


def _form(course: Interleaving) -> tuple[int, int, int]:
    (d1, c), (_, d2) = course.hermite
    return d1, c, d2


def _same(one: Laid, other: Laid) -> bool:
    return (
        one.positions_mm.tobytes() == other.positions_mm.tobytes()
        and np.array_equal(one.triangle, other.triangle)
        and np.array_equal(one.colour, other.colour)
    )


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 60), radius=st.floats(0.05, 3.0))
def test_near_pairs_are_those_that_comparing_all_pairs_finds(seed: int, count: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2.0, 2.0, (count, 3)) * rng.choice([0.0, 1.0], 3)
    normals = rng.choice([-1.0, 1.0], (count, 1)) * [[0.0, 0.6, 0.8]]
    least = radius * rng.uniform(0.5, 1.0, count)
    one, other, distance = near_pairs(points, normals, least)
    wanted = {
        (a, b)
        for a in range(count)
        for b in range(a + 1, count)
        if np.linalg.norm(points[a] - points[b]) < min(least[a], least[b]) and normals[a] @ normals[b] > 0.0
    }
    assert set(zip(one.tolist(), other.tolist(), strict=True)) == wanted
    assert len(one) == len(wanted)
    assert np.allclose(distance, np.linalg.norm(points[one] - points[other], axis=1))
    lists = neighbours(points, normals, np.full(count, radius))
    beside = [set(lists.others[lists.starts[p] : lists.starts[p + 1]].tolist()) for p in range(count)]
    assert all((q in beside[p]) == (p in beside[q]) for p in range(count) for q in range(count))
    looks, seen = np.where(rng.random(count) < 0.3, 0.0, least), rng.random(count) < 0.5
    own = neighbours(points, normals, looks, seen)
    for p in range(count):
        beside = set(own.others[own.starts[p] : own.starts[p + 1]].tolist())
        near_p = {q for q in range(count) if np.linalg.norm(points[p] - points[q]) < looks[p] and q != p}
        assert beside == {q for q in near_p if normals[p] @ normals[q] > 0.0 and (seen[q] or not seen[p])}
    places = rng.uniform(-3.0, 3.0, (7, 3)) * (points[0] != 0.0 if count else 1.0)
    nearest = np.linalg.norm(points[:, None] - places, axis=2).min(axis=1, initial=np.inf)
    assert np.allclose(distance_to_mm(points, places, radius), np.where(nearest < radius, nearest, np.inf))
    stays = keep_apart(points, normals, least)
    assert not any(stays[a] and stays[b] for a, b in wanted)
    assert all(stays[b] or any(stays[a] for a in range(b) if (a, b) in wanted) for b in range(count))


def test_points_far_apart_take_no_more_memory_than_points_close_together() -> None:
    points = np.array([[0.0, 0.0, 0.0], [1e9, 1e9, 1e9], [1e9, 1e9, 1e9 + 5e-4], [0.0, 1e9, 0.0]])
    one, other, _ = near_pairs(points, np.tile([0.0, 0.0, 1.0], (4, 1)), np.full(4, 1e-3))
    assert (one.tolist(), other.tolist()) == ([1], [2])


def test_keep_outs_are_respected_puncture_by_puncture() -> None:
    prepared = prepare(FLAT, {"abdomen": COURSE})
    whole = place(prepared)
    inside = np.hypot(whole.positions_mm[:, 0] - 3.0, whole.positions_mm[:, 1]) <= 5.0
    punctures = place(prepared, lambda at: np.hypot(at[:, 0] - 3.0, at[:, 1]) > 5.0)
    assert inside.sum() > 1000
    assert np.array_equal(punctures.positions_mm, whole.positions_mm[~inside])


def test_zones_with_wishes_of_their_own_keep_their_distance_from_each_other() -> None:
    skin = canonical_skin(level=2)
    dense, thin = interleave(5, 0.2, 0.3), interleave(3, 0.1, 0.3)
    courses = {zone: dense if zone.startswith("cheek") else thin for zone in skin.zones}
    punctures = place(prepare(skin, courses))
    for zone, course, fraction in (("cheek_upper_left", dense, 0.2), ("forehead", thin, 0.1)):
        wished = skin.area_cm2(zone) * MM2_PER_CM2 * fraction / (np.pi * 0.15**2)
        row = punctures.count()[skin.zones.index(zone)]
        assert np.abs(row[: course.sessions] - wished).max() <= max(10.0, 0.015 * wished)
        assert not row[course.sessions :].any()
    least = LEAST * np.where(np.isin(punctures.zone, [skin.zones.index("forehead")]), thin.spacing_mm, dense.spacing_mm)
    for session in range(5):
        own = punctures.session == session
        assert not len(near_pairs(punctures.positions_mm[own], punctures.normals[own], least[own])[0])


def test_a_zone_without_a_wish_gets_no_puncture_and_nothing_wished_gives_none() -> None:
    skin = canonical_skin(level=1)
    punctures = place(prepare(skin, {"forehead": COURSE}))
    assert {skin.zones[number] for number in np.unique(punctures.zone)} == {"forehead"}
    empty = place(prepare(skin, {}))
    assert len(empty) == 0
    assert empty.count().sum() == 0
    assert isinstance(prepare(skin, {}), Prepared)


def test_a_zone_that_is_not_on_the_skin_is_refused() -> None:
    with pytest.raises(ValueError, match="not on this skin"):
        prepare(FLAT, {"forehead": COURSE})


def test_every_puncture_lies_on_its_triangle_and_triangles_without_area_get_none() -> None:
    skin = canonical_skin(level=1)
    folded = Skin(
        np.concatenate([skin.vertices_mm, skin.vertices_mm[:1] * 1.0]),
        np.concatenate([skin.triangles, [[0, 1, 1], [0, 0, 0]]]),
        np.concatenate([skin.zone, [0, 0]]),
        skin.zones,
        skin.source,
        skin.side,
    )
    punctures = placed(folded)
    assert punctures.triangle.max() < len(skin.triangles)
    corners = folded.vertices_mm[folded.triangles[punctures.triangle]]
    off = ((punctures.positions_mm - corners[:, 0]) * punctures.normals).sum(axis=1)
    assert np.abs(off).max() < 1e-9


def test_flattening_keeps_the_area_of_every_part() -> None:
    skin = sphere_cap("abdomen", 60.0, 40.0)
    parts = (skin.vertices_mm[skin.triangles].mean(axis=1)[:, 0] > 5.0).astype(np.int64)
    flat = flatten(skin.vertices_mm, skin.triangles, parts)
    for part in (0, 1):
        own = parts == part
        placed_mm2 = (flat.area_mm2 * flat.stretch.prod(axis=1))[own].sum()
        assert placed_mm2 == pytest.approx(flat.area_mm2[own].sum(), rel=2e-3)


def test_a_puncture_in_no_zone_is_counted_in_none() -> None:
    skin = Skin(FLAT.vertices_mm, FLAT.triangles, np.full(len(FLAT.triangles), -1), FLAT.zones, "patch", "confirmed")
    loose = Punctures(skin, np.zeros((2, 3)), np.zeros(2, np.int32), np.array([0, 1], np.int16), 2, 0.3)
    assert len(loose) == 2
    assert not loose.count().any()
