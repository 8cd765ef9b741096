"""The order of work and the needle's approach: short, zone after zone, the same each time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.layout.approach import find_approach
from mesoplan.layout.lattice import interleave
from mesoplan.layout.place import place, prepare
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.route import find_route
from mesoplan.layout.stamps import cut_for_plates, session_shifts, set_down
from mesoplan.surface.face_skin import canonical_skin
from mesoplan.surface.shapes import cylindrical_patch, flat_patch, sphere_cap
from mesoplan.surface.skin import Skin

FLAT = flat_patch("abdomen", 60.0, 40.0)
ARM = cylindrical_patch("forearm_left", 200.0, 80.0, 35.0)
CAP = sphere_cap("abdomen", 60.0, 55.0)


def placed(skin: Skin, sessions: int = 5, microzone_mm: float = 0.5) -> Punctures:
    course = interleave(sessions, 0.2, microzone_mm)
    return place(prepare(skin, dict.fromkeys(skin.zones, course)))


def some(skin: Skin, count: int, sessions: int = 1) -> Punctures:
    """Return places at random on a skin's zones."""
    rng = np.random.default_rng(count)
    triangle = rng.choice(np.nonzero(skin.zone >= 0)[0], count).astype(np.int32)
    weights = rng.dirichlet(np.ones(3), count)
    positions = (skin.vertices_mm[skin.triangles[triangle]] * weights[:, :, None]).sum(axis=1)
    return Punctures(skin, positions, triangle, rng.integers(0, sessions, count).astype(np.int16), sessions, 0.3)


@pytest.fixture(scope="module")
def face() -> Punctures:
    return placed(canonical_skin())


@pytest.mark.parametrize(("skin", "most"), [(FLAT, 1.05), (ARM, 1.1), (CAP, 1.15)], ids=["plane", "arm", "cap"])
@pytest.mark.parametrize("sessions", [1, 3, 5])
def test_the_way_is_little_longer_than_from_neighbour_to_neighbour(skin: Skin, most: float, sessions: int) -> None:
    punctures = placed(skin, sessions)
    route = find_route(punctures)
    bound = np.diff(route.starts) * interleave(sessions, 0.2, 0.5).spacing_mm
    assert np.all(route.path_mm <= most * bound)


def test_places_at_random_take_a_way_near_the_known_strip_length() -> None:
    flat = flat_patch("abdomen", 100.0, 100.0)
    work = some(flat, 4000)
    assert find_route(work).path_mm[0] <= 0.96 * np.sqrt(4000 * 100.0 * 100.0)


def test_the_way_of_a_face_is_short_and_each_zone_is_finished_before_the_next(face: Punctures) -> None:
    route = find_route(face)
    bound = np.diff(route.starts) * interleave(5, 0.2, 0.5).spacing_mm
    assert np.all(route.path_mm <= 1.25 * bound)
    for session in range(5):
        zones = face.zone[route.order[route.starts[session] : route.starts[session + 1]]]
        runs = zones[np.diff(zones, prepend=-1) != 0]
        assert tuple(runs.tolist()) == route.zones[session]
        assert len(set(runs.tolist())) == len(runs) == len(np.unique(zones))


def test_the_length_told_is_that_of_the_order_given(face: Punctures) -> None:
    route = find_route(face)
    for session in range(5):
        own = face.positions_mm[route.order[route.starts[session] : route.starts[session + 1]]]
        assert route.path_mm[session] == pytest.approx(np.linalg.norm(np.diff(own, axis=0), axis=1).sum())


def test_the_first_zone_is_the_highest_and_zones_next_to_each_other_follow(face: Punctures) -> None:
    names = [face.skin.zones[zone] for zone in find_route(face).zones[0]]
    assert names[:2] == ["forehead", "glabella"]
    assert abs(names.index("cheek_upper_left") - names.index("crows_feet_left")) <= 2


@settings(deadline=None)
@given(count=st.integers(0, 300), sessions=st.integers(1, 4))
def test_every_place_is_worked_on_once_in_its_session_in_the_same_order_again(count: int, sessions: int) -> None:
    work = some(CAP, count, sessions)
    route, again = find_route(work), find_route(work)
    assert np.array_equal(route.order, again.order)
    assert np.array_equal(np.sort(route.order), np.arange(count))
    assert np.array_equal(np.sort(work.session), work.session[route.order])
    assert np.array_equal(np.diff(route.starts), np.bincount(work.session, minlength=sessions))


def test_rows_of_an_arm_run_round_it_without_folding_over() -> None:
    punctures = placed(ARM, 1)
    own = punctures.positions_mm[find_route(punctures).order]
    steps = np.linalg.norm(np.diff(own, axis=0), axis=1)
    assert (steps > 2.0 * interleave(1, 0.2, 0.5).spacing_mm).mean() < 0.01


def test_plates_are_set_down_from_one_to_the_next() -> None:
    plates = set_down(FLAT, cut_for_plates(FLAT, FLAT.zones, (10.0, 10.0)), (10.0, 10.0), 25, session_shifts((2, 2), 3))
    route = find_route(plates)
    assert route.path_mm == pytest.approx([23 * 10.0] * 3)


def test_time_is_way_and_places_together_and_unknown_where_a_figure_is() -> None:
    route = find_route(placed(FLAT, 1))
    count = int(route.starts[1])
    assert route.seconds(0, 20.0, each_s=0.5) == pytest.approx(route.path_mm[0] / 20.0 + 0.5 * count)
    assert route.seconds(0, 20.0, each_hz=4.0) == pytest.approx(route.path_mm[0] / 20.0 + 0.25 * count)
    assert route.seconds(0, None, each_s=0.5) is None
    assert route.seconds(0, 20.0) is None
    for figures in ((0.0, 0.5, None), (20.0, -1.0, None), (20.0, 0.5, 2.0), (float("nan"), 0.5, None)):
        with pytest.raises(ValueError, match="no time"):
            route.seconds(0, *figures)


def test_a_place_in_no_zone_is_refused() -> None:
    skin = Skin(FLAT.vertices_mm, FLAT.triangles, np.full(len(FLAT.triangles), -1), FLAT.zones, "patch", "confirmed")
    with pytest.raises(ValueError, match="no zone"):
        find_route(Punctures(skin, np.zeros((1, 3)), np.zeros(1, np.int32), np.zeros(1, np.int16), 1, 0.3))


def test_needles_come_against_the_skin_and_from_nearly_the_same_side_as_their_neighbours(face: Punctures) -> None:
    approach = find_approach(face)
    cosine = -(approach.directions * face.normals).sum(axis=1)
    assert np.linalg.norm(approach.directions, axis=1) == pytest.approx(1.0)
    assert np.degrees(np.arccos(cosine.min())) == pytest.approx(approach.largest_deg, abs=1e-3)
    assert 1.0 < approach.largest_deg < 20.0
    order = find_route(face).order[:2000]
    far = np.linalg.norm(np.diff(face.positions_mm[order], axis=0), axis=1) < 1.5
    smooth = (approach.directions[order][1:] * approach.directions[order][:-1]).sum(axis=1)[far]
    rough = (face.normals[order][1:] * face.normals[order][:-1]).sum(axis=1)[far]
    assert np.degrees(np.arccos(np.clip(smooth.min(), -1, 1))) < np.degrees(np.arccos(np.clip(rough.min(), -1, 1)))


def test_needles_come_along_the_axis_of_a_ball_and_straight_onto_a_plane() -> None:
    flat = find_approach(placed(FLAT, 1))
    assert flat.largest_deg == pytest.approx(0.0, abs=1e-5)
    assert np.all(flat.directions == (0.0, 0.0, -1.0))
    ball = placed(CAP, 1)
    outwards = ball.positions_mm / np.linalg.norm(ball.positions_mm, axis=1, keepdims=True)
    inner = ball.positions_mm[:, 2] > 0.8 * 60.0  # away from the rim, where a corner has triangles on one side only
    off = -(find_approach(ball).directions * outwards).sum(axis=1)[inner]
    assert np.degrees(np.arccos(off.min())) < 0.3
    assert len(find_approach(some(CAP, 0)).directions) == 0
