"""Rigid plates on skin: tilings, shifts, what may not be touched, and what they cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.layout.footprints import Footprints
from mesoplan.layout.measure import count_hits
from mesoplan.layout.near import least_distance_mm
from mesoplan.layout.plates import account, grid_pattern, needle_punctures
from mesoplan.layout.press import Plates, press
from mesoplan.layout.stamps import cut_for_plates, raster, session_shifts, set_down, touches
from mesoplan.prescription.model import Basis
from mesoplan.surface.discs import Discs
from mesoplan.surface.face_skin import canonical_skin
from mesoplan.surface.shapes import cylindrical_patch, flat_patch
from mesoplan.surface.skin import NO_ZONE, Skin
from mesoplan.units import MM2_PER_CM2

FLAT = flat_patch("abdomen", 60.0, 40.0)
CYLINDER = cylindrical_patch("forearm_left", 60.0, 80.0, 45.0, edge_mm=2.0)
STATED = Basis("clinic", "stamps.yaml: example")
ONE = np.zeros((1, 2))
PLATE = (10.0, 10.0)


def laid(skin: Skin, size: tuple[float, float] = PLATE, shifts: np.ndarray = ONE, **rules: object) -> Footprints:
    return set_down(skin, cut_for_plates(skin, skin.zones, size), size, 25, shifts, **rules)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(10.0, 10.0), (20.0, 8.0), (6.0, 5.0)])
def test_a_flat_patch_of_whole_plates_is_tiled_without_gap_or_overlap(size: tuple[float, float]) -> None:
    footprints = laid(FLAT, size)
    found = account(footprints, 0)["abdomen"]
    assert found.plates == len(footprints) == pytest.approx(found.by_area) == 2400.0 / (size[0] * size[1])
    assert (found.bare, found.once, found.overlapped, found.beside) == (0.0, 1.0, 0.0, 0.0)
    assert np.abs(footprints.rotation_rad).max() < 1e-9


def test_a_cylinder_is_tiled_as_if_it_were_unrolled() -> None:
    footprints = laid(CYLINDER)
    found = account(footprints, 0)["forearm_left"]
    assert found.plates == 48
    assert found.bare <= 0.001
    assert found.overlapped <= 0.004  # flat plates on a round arm meet a little beyond their edge
    assert np.abs(footprints.rotation_rad).max() < 0.01
    radius = np.hypot(footprints.positions_mm[:, 0], footprints.positions_mm[:, 2])
    assert radius == pytest.approx(45.0, abs=0.02)


@pytest.fixture(scope="module")
def face() -> Skin:
    return canonical_skin()


def shares(footprints: Footprints) -> dict[str, float]:
    found = account(footprints, 0)
    area = np.array([footprints.skin.area_cm2(zone) for zone in found])
    parts = {name: np.array([getattr(one, name) for one in found.values()]) for name in ("bare", "overlapped")}
    return {name: float(values @ area / area.sum()) for name, values in parts.items()}


def test_on_a_face_where_edges_may_be_crossed_little_is_bare_or_overlapped_and_counts_follow_the_areas(
    face: Skin,
) -> None:
    footprints = laid(face, never=np.zeros(len(face.triangles), np.bool_))
    parts = shares(footprints)
    assert parts["bare"] < 0.07
    assert parts["overlapped"] < 0.03
    for zone in account(footprints, 0, samples=100).values():
        assert abs(zone.plates - zone.by_area) <= 1.0 + 1.2 * np.sqrt(zone.by_area)
    assert len(footprints) == pytest.approx(
        sum(z.by_area for z in account(footprints, 0, samples=1).values()), rel=0.03
    )


def test_on_a_face_no_plate_touches_skin_without_a_zone_unless_that_is_allowed(face: Skin) -> None:
    careful = laid(face)
    free = laid(face, never=np.zeros(len(face.triangles), np.bool_))

    def touching(footprints: Footprints) -> int:
        plates = Plates(footprints.positions_mm, footprints.along, footprints.normals, PLATE)
        under = press(face, plates, raster(PLATE)).triangle
        return int(((under >= 0) & (face.zone[under] == NO_ZONE)).any(axis=1).sum())

    assert touching(careful) == 0
    assert touching(free) > 10
    assert 0.8 * len(free) < len(careful) < len(free)
    assert shares(careful)["bare"] < 0.18
    assert shares(careful)["overlapped"] < 0.02


def test_every_middle_lies_on_its_triangle_in_a_zone(face: Skin) -> None:
    footprints = laid(face, shifts=session_shifts((2.0, 2.0), 3))
    assert footprints.zone.min() >= 0
    corners = face.vertices_mm[face.triangles[footprints.triangle]]
    off = ((footprints.positions_mm - corners[:, 0]) * footprints.normals).sum(axis=1)
    assert np.abs(off).max() < 1e-9
    assert footprints.count().sum() == len(footprints)
    assert np.all(np.diff(footprints.session) >= 0)


def test_every_session_lies_exactly_its_shift_beside_the_first() -> None:
    shifts = session_shifts((2.0, 2.0), 5)
    footprints = laid(FLAT, shifts=shifts)
    first = footprints.positions_mm[footprints.session == 0][:, :2]
    for session, shift in enumerate(shifts):
        own = footprints.positions_mm[footprints.session == session][:, :2]
        assert own == pytest.approx(first + shift, abs=1e-9)


def test_the_needles_of_all_sessions_together_are_one_even_lattice() -> None:
    footprints = laid(FLAT, shifts=session_shifts((2.0, 2.0), 5))
    punctures, beside = needle_punctures(footprints, grid_pattern(5, 5, PLATE, STATED), 0.3)
    apart = least_distance_mm(punctures.positions_mm, punctures.normals, 3.0)
    assert apart == pytest.approx(2.0 / np.sqrt(5.0))
    assert len(punctures) + beside.sum() == len(footprints) * 25
    assert beside[0] == 0
    hits = count_hits(punctures, 5)["abdomen"]
    wished = 5 * 25 / 100.0 * np.pi * 0.15**2
    assert (hits > 0).mean() == pytest.approx(wished, abs=0.006)
    assert hits.max() == 1


@given(across=st.floats(0.5, 4.0), up=st.floats(0.5, 4.0), sessions=st.integers(1, 16))
def test_shifts_are_as_many_places_within_half_a_pitch_and_form_a_group(
    across: float, up: float, sessions: int
) -> None:
    shifts = session_shifts((across, up), sessions)
    assert shifts.shape == (sessions, 2)
    assert np.all(shifts[0] == 0.0)
    assert np.all(np.abs(shifts) <= np.array([across, up]) / 2.0 + 1e-9)
    steps = np.rint(shifts / (across, up) * sessions).astype(int) % sessions
    places = {tuple(step) for step in steps.tolist()}
    assert len(places) == sessions
    assert all(tuple(((a + b) % sessions).tolist()) in places for a in steps for b in steps)


def test_two_sessions_of_a_square_grid_meet_in_the_middle_of_its_squares() -> None:
    assert session_shifts((2.0, 2.0), 2)[1] == pytest.approx([1.0, 1.0])


@settings(deadline=None, max_examples=25)
@given(x=st.floats(-35.0, 35.0), y=st.floats(-25.0, 25.0), radius=st.floats(0.1, 12.0))
def test_no_plate_comes_within_a_circle_that_is_kept_out(x: float, y: float, radius: float) -> None:
    circle = Discs(np.array([(x, y, radius)]))
    rest = laid(FLAT, keep_outs=circle)
    plates = Plates(rest.positions_mm, rest.along, rest.normals, PLATE)
    points = plates.middle_mm[:, None] + raster(PLATE, 21) @ plates.frames[:, :2]
    assert circle.outside(points.reshape(-1, 3)).all()
    assert len(rest) >= 24 - (2.0 * radius / 10.0 + 2.0) ** 2


def test_a_circle_within_a_plate_or_round_it_touches_it() -> None:
    plates = Plates(np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]), PLATE)
    for circle, touched in [((0, 0, 0.1), True), ((0, 0, 50), True), ((7, 0, 1.9), False), ((7, 0, 2.1), True)]:
        assert touches(Discs(np.array([circle], float)), plates).tolist() == [touched]
    assert touches(Discs(np.array([(7.0, 0.0, 1.9)])), plates, margin_mm=0.2).tolist() == [True]


def test_a_plate_with_too_little_of_it_on_the_zone_is_not_set_down() -> None:
    narrow = flat_patch("abdomen", 24.0, 20.0)
    some = laid(narrow, least_share=0.3)
    strict = laid(narrow, least_share=1.0)
    assert len(strict) == 4
    assert account(strict, 0)["abdomen"].beside == 0.0
    assert len(some) >= len(strict)


def test_a_zone_smaller_than_its_plate_gets_none_rather_than_one_that_reaches_out() -> None:
    assert len(laid(flat_patch("abdomen", 10.0, 10.0), (30.0, 30.0))) == 0


def test_the_same_skin_gives_the_same_plates_again(face: Skin) -> None:
    one, other = laid(face, (8.0, 6.0)), laid(face, (8.0, 6.0))
    assert np.array_equal(one.positions_mm, other.positions_mm)
    assert np.array_equal(one.rotation_rad, other.rotation_rad)


def test_a_needle_lies_where_its_plate_is_turned_to(face: Skin) -> None:
    footprints = laid(face)
    pattern = grid_pattern(5, 5, PLATE, STATED)
    punctures, beside = needle_punctures(footprints, pattern, 0.3)
    assert len(punctures) + beside.sum() == 25 * len(footprints)
    corners = face.vertices_mm[face.triangles[punctures.triangle]]
    off = ((punctures.positions_mm - corners[:, 0]) * punctures.normals).sum(axis=1)
    assert np.abs(off).max() < 1e-9
    for plate in range(len(footprints)):
        own = slice(plate, plate + 1)
        parts = {
            name: getattr(footprints, name)[own] for name in ("positions_mm", "triangle", "rotation_rad", "session")
        }
        alone, beside = needle_punctures(replace(footprints, **parts), pattern, 0.3)
        if not beside.any():
            break
    at = alone.positions_mm - footprints.positions_mm[plate]
    assert at @ footprints.along[plate] == pytest.approx(pattern.places_mm[:, 0], abs=1e-9)


def test_nothing_is_set_down_on_nothing() -> None:
    footprints = set_down(FLAT, (), PLATE, 25, session_shifts((2.0, 2.0), 3))
    assert len(footprints) == 0
    assert footprints.count().tolist() == [[0, 0, 0]]
    assert account(footprints, 0)["abdomen"].bare == 1.0
    assert len(needle_punctures(footprints, grid_pattern(5, 5, PLATE, STATED), 0.3)[0]) == 0


def test_what_cannot_be_meant_is_refused() -> None:
    charts = cut_for_plates(FLAT, ["abdomen"], PLATE)
    with pytest.raises(ValueError, match="not on this skin"):
        cut_for_plates(FLAT, ["forehead"], PLATE)
    with pytest.raises(ValueError, match="no plates"):
        set_down(FLAT, charts, (0.0, 10.0), 25, ONE)
    with pytest.raises(ValueError, match="no plates"):
        set_down(FLAT, charts, PLATE, 25, ONE, least_share=0.0)
    with pytest.raises(ValueError, match="one is needed for each session"):
        set_down(FLAT, charts, PLATE, 25, np.empty((0, 2)))
    with pytest.raises(ValueError, match="truth value"):
        set_down(FLAT, charts, PLATE, 25, ONE, never=np.zeros(3, np.bool_))
    with pytest.raises(ValueError, match="no shifts"):
        session_shifts((0.0, 2.0), 3)
    with pytest.raises(ValueError, match="24 needles"):
        needle_punctures(laid(FLAT), grid_pattern(6, 4, PLATE, STATED), 0.3)


def test_area_and_places_are_in_the_same_units() -> None:
    assert account(laid(FLAT), 0)["abdomen"].by_area == pytest.approx(FLAT.area_cm2("abdomen") * MM2_PER_CM2 / 100.0)
