"""Patches of skin against the areas of the shapes they are parts of."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.errors import ProblemError
from mesoplan.surface.shapes import conical_patch, cylindrical_patch, drawn_patch, flat_patch, sphere_cap
from mesoplan.surface.skin import Skin

SHAPES: list[Callable[[], Skin]] = [
    lambda: flat_patch("neck", 100, 80),
    lambda: cylindrical_patch("neck", 150, 80, 50),
    lambda: conical_patch("neck", 150, 80, 40, 60),
    lambda: conical_patch("neck", 150, 80, 60, 40),
    lambda: sphere_cap("neck", 60, 50),
    lambda: drawn_patch("neck", [(0, 0), (60, 0), (60, 50), (30, 20), (0, 50)]),
]


def edges_of(skin: Skin) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.sort(skin.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return np.unique(pairs, axis=0, return_counts=True)


def test_a_flat_patch_has_exactly_its_width_times_its_height() -> None:
    assert flat_patch("neck", 101, 83).area_cm2("neck") == pytest.approx(83.83, rel=1e-12)


def test_a_cylinder_part_has_its_chords_area_exactly_and_so_all_but_its_width_times_its_height() -> None:
    skin = cylindrical_patch("neck", 150, 80, 50, edge_mm=2)
    angle = 150 / 50 / 75
    exact = 75 * 2 * 50 * math.sin(angle / 2) * 80 / 100
    assert skin.area_cm2("neck") == pytest.approx(exact, rel=1e-12)
    assert exact == pytest.approx(120, rel=1e-4)


@pytest.mark.parametrize(("lower", "upper"), [(40, 60), (60, 40)])
def test_a_cone_part_has_its_middle_width_times_its_height_along_the_skin(lower: float, upper: float) -> None:
    skin = conical_patch("neck", 150, 80, lower, upper, edge_mm=1)
    assert skin.area_cm2("neck") == pytest.approx(120, rel=1e-4)
    radius = np.hypot(skin.vertices_mm[:, 0], skin.vertices_mm[:, 2])
    up = skin.vertices_mm[:, 1]
    assert radius.min() == pytest.approx(min(lower, upper))
    assert np.ptp(up) == pytest.approx(math.sqrt(80**2 - 20**2))
    assert radius[up.argmax()] == pytest.approx(upper)


def test_a_sphere_cap_comes_to_its_area_with_the_square_of_the_edge() -> None:
    exact = 2 * math.pi * 60**2 * (1 - math.cos(50 / 60)) / 100
    short = [1 - sphere_cap("neck", 60, 50, edge_mm=edge).area_cm2("neck") / exact for edge in (2, 1, 0.5)]
    assert 0 < short[2] < 0.5 * (0.5 / 60) ** 2
    assert short[0] / short[1] == pytest.approx(4, rel=0.1)
    assert short[1] / short[2] == pytest.approx(4, rel=0.1)


def test_the_vertices_of_round_shapes_lie_on_them() -> None:
    ball = sphere_cap("neck", 60, 50).vertices_mm
    assert np.linalg.norm(ball, axis=1) == pytest.approx(np.full(len(ball), 60.0))
    tube = cylindrical_patch("neck", 150, 80, 50).vertices_mm
    assert np.hypot(tube[:, 0], tube[:, 2]) == pytest.approx(np.full(len(tube), 50.0))


def test_a_drawn_polygon_has_exactly_its_own_area_whichever_way_round_it_was_drawn() -> None:
    corners = [(0, 0), (60, 0), (60, 50), (30, 20), (0, 50)]
    for drawn in (corners, corners[::-1]):
        assert drawn_patch("neck", drawn).area_cm2("neck") == pytest.approx(21.0, rel=1e-9)


@pytest.mark.parametrize("make", SHAPES)
def test_a_patch_is_one_sheet_without_gaps_that_faces_outwards(make: Callable[[], Skin]) -> None:
    skin = make()
    edges, count = edges_of(skin)
    assert set(count.tolist()) == {1, 2}
    assert len(skin.vertices_mm) - len(edges) + len(skin.triangles) == 1  # Euler's number of a disc
    assert len(np.unique(skin.triangles)) == len(skin.vertices_mm)
    centres = skin.vertices_mm[skin.triangles].mean(axis=1)
    outwards = np.array([0.0, 0.0, 1.0]) if not np.ptp(skin.vertices_mm[:, 2]) else centres * (1.0, 0.0, 1.0)
    assert ((skin.normals * outwards).sum(axis=1) > 0).all()
    assert (skin.source, skin.side, skin.zones) == ("patch", "confirmed", ("neck",))


@pytest.mark.parametrize("make", SHAPES)
def test_no_edge_of_a_patch_is_much_longer_than_wished(make: Callable[[], Skin]) -> None:
    skin = make()
    edges, _ = edges_of(skin)
    lengths = np.linalg.norm(np.diff(skin.vertices_mm[edges], axis=1)[:, 0], axis=1)
    assert lengths.max() < 2.0 * 1.75


@given(st.lists(st.floats(8, 60), min_size=3, max_size=40), st.floats(0, 6))
def test_every_star_shaped_outline_is_filled_exactly(radii: list[float], turn: float) -> None:
    angle = np.arange(len(radii)) / len(radii) * 2 * math.pi + turn
    corners = np.column_stack([radii * np.cos(angle), radii * np.sin(angle)])
    exact = 0.5 * math.sin(2 * math.pi / len(radii)) * sum(np.array(radii) * np.roll(radii, 1)) / 100
    if exact > 0.6 and np.ptp(corners, axis=0).min() > 5:
        skin = drawn_patch("neck", [(x, y) for x, y in corners.tolist()])
        assert skin.area_cm2("neck") == pytest.approx(exact, rel=1e-7)
        assert edges_of(skin)[1].max() == 2


@pytest.mark.parametrize(
    ("corners", "wrong"),
    [
        ([(0, 0), (50, 0)], "at least three corners"),
        ([(0, 0), (50, 50), (50, 0), (0, 50)], "crosses or touches itself"),
        ([(0, 0), (50, 0), (25, 0), (25, 50)], "crosses or touches itself"),
        ([(0, 0), (40, 0), (40, 40), (20, 0), (0, 40)], "crosses or touches itself"),
        ([(0, 0), (50, 0), (100, 0)], "crosses or touches itself"),
        ([(0, 0), (50, 0), (50, 0), (0, 50)], "are the same"),
        ([(0, 0), (50, 0), (math.nan, 50)], "not a pair of finite numbers"),
        ([(0, 0), (5, 0), (0, 5)], "next to no area"),
        ([(0, 0), (5000, 0), (0, 5000)], "no patch of skin"),
        ([(math.cos(i / 300), math.sin(i / 300)) for i in range(1800)], "at most 500 corners"),
    ],
)
def test_a_polygon_that_encloses_nothing_is_refused_with_the_place(
    corners: list[tuple[float, float]], wrong: str
) -> None:
    with pytest.raises(ProblemError, match=wrong) as caught:
        drawn_patch("neck", corners)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].value.startswith("neck: ")


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lambda: flat_patch("neck", 10_000, 80), "this width and height"),
        (lambda: flat_patch("neck", math.nan, 80), "this width and height"),
        (lambda: flat_patch("neck", 100, 80, edge_mm=0.01), "triangles of this edge"),
        (lambda: flat_patch("neck", 100, 80, edge_mm=0), "triangles of this edge"),
        (lambda: flat_patch("neck", 100, 80, edge_mm=math.nan), "triangles of this edge"),
        (lambda: cylindrical_patch("neck", 150, 80, 0), "this radius"),
        (lambda: cylindrical_patch("neck", 150, 80, math.inf), "this radius"),
        (lambda: cylindrical_patch("neck", 150, 80, 20), "more than once"),
        (lambda: conical_patch("neck", 50, 30, 60, 20), "more than the height"),
        (lambda: sphere_cap("neck", 20, 80), "whole sphere"),
    ],
)
def test_a_patch_that_no_body_has_is_refused(make: Callable[[], Skin], wrong: str) -> None:
    with pytest.raises(ProblemError, match=wrong):
        make()


def test_every_slip_in_one_patch_is_told_at_once() -> None:
    with pytest.raises(ProblemError) as caught:
        conical_patch("neck", 10_000, 80, 0, 9000)
    assert len(caught.value.problems) == 3
