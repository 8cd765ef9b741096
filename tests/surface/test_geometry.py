"""Areas under circles and beyond margins, against plane geometry done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.surface.geometry import circle_overlap, covered_fractions, distance_to_outline, fraction_beyond, quarter

SQUARE = np.array([[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]], [[0.0, 0.0], [10.0, 10.0], [0.0, 10.0]]])
coordinate = st.floats(-20, 30, allow_nan=False)
radius = st.floats(0.01, 25, allow_nan=False)


def test_a_circle_within_a_square_takes_exactly_its_own_area() -> None:
    assert circle_overlap(SQUARE, np.array([4.0, 5.0]), 3.0).sum() == pytest.approx(math.pi * 9, rel=1e-12)


def test_a_circle_on_an_edge_takes_half_and_on_a_corner_a_quarter() -> None:
    assert circle_overlap(SQUARE, np.array([5.0, 0.0]), 2.0).sum() == pytest.approx(math.pi * 2, rel=1e-12)
    assert circle_overlap(SQUARE, np.array([10.0, 10.0]), 2.0).sum() == pytest.approx(math.pi, rel=1e-12)


def test_a_circle_around_a_square_takes_all_of_it_and_one_far_away_nothing() -> None:
    assert covered_fractions(SQUARE, np.array([[5.0, 5.0, 8.0]])).tolist() == [1.0, 1.0]
    assert covered_fractions(SQUARE, np.array([[50.0, 5.0, 8.0]])).tolist() == [0.0, 0.0]


def test_a_circle_cut_by_an_edge_takes_the_disc_less_its_segment() -> None:
    r, gap = 3.0, 1.0  # centre 1 inside the edge: a segment of height r - gap sticks out
    segment = r**2 * math.acos(gap / r) - gap * math.sqrt(r**2 - gap**2)
    taken = circle_overlap(SQUARE, np.array([5.0, gap]), r).sum()
    assert taken == pytest.approx(math.pi * r**2 - segment, rel=1e-12)


def test_two_circles_that_overlap_count_their_common_part_once() -> None:
    r, apart = 2.0, 2.0
    lens = 2 * r**2 * math.acos(apart / 2 / r) - apart / 2 * math.sqrt(4 * r**2 - apart**2)
    taken = covered_fractions(SQUARE, np.array([[4.0, 5.0, r], [4.0 + apart, 5.0, r]])).mean() * 100
    assert taken == pytest.approx(2 * math.pi * r**2 - lens, rel=2e-4)


def test_the_same_circle_twice_takes_no_more_than_once() -> None:
    once = covered_fractions(SQUARE, np.array([[4.0, 4.0, 3.0]])).mean() * 100
    twice = covered_fractions(SQUARE, np.array([[4.0, 4.0, 3.0], [4.0, 4.0, 3.0]])).mean() * 100
    assert once == pytest.approx(math.pi * 9, rel=1e-12)
    assert twice == pytest.approx(once, rel=1e-12)


def test_nearly_the_same_circle_twice_takes_hardly_more_than_once() -> None:
    taken = covered_fractions(SQUARE, np.array([[4.0, 4.0, 3.0], [4.0, 4.0, 3.0001]])).mean() * 100
    assert taken == pytest.approx(math.pi * 9, rel=1e-3)


def test_a_circle_a_hair_off_a_corner_takes_its_quarter_all_the_same() -> None:
    # Rounding puts the end of an edge and the point where it leaves the disc at right angles to each other.
    for shift in (1e-99, 1e-20, 1e-13):
        assert circle_overlap(SQUARE, np.array([shift, shift]), 1.5).sum() == pytest.approx(math.pi * 2.25 / 4)


def test_a_triangle_seen_edge_on_counts_by_its_centroid() -> None:
    line = np.array([[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]])
    assert covered_fractions(line, np.array([[1.0, 0.0, 0.5]])).tolist() == [1.0]
    assert covered_fractions(line, np.array([[5.0, 0.0, 0.5]])).tolist() == [0.0]


@given(coordinate, coordinate, radius, st.floats(1.0, 3.0))
def test_a_larger_circle_never_takes_less(x: float, y: float, r: float, factor: float) -> None:
    small, large = (covered_fractions(SQUARE, np.array([[x, y, size]])) for size in (r, r * factor))
    assert (large >= small - 1e-9).all()
    assert (large <= 1.0).all()
    assert (small >= 0.0).all()


@given(coordinate, coordinate, radius, coordinate, coordinate, radius)
def test_a_second_circle_never_takes_less_nor_more_than_both(
    x: float, y: float, r: float, u: float, v: float, s: float
) -> None:
    first, second = np.array([[x, y, r]]), np.array([[u, v, s]])
    one, other = covered_fractions(SQUARE, first), covered_fractions(SQUARE, second)
    both = covered_fractions(SQUARE, np.concatenate([first, second]))
    assert (both >= np.maximum(one, other) - 1e-9).all()
    assert (both <= np.minimum(one + other, 1.0) + 1e-9).all()


@given(coordinate, coordinate, radius)
def test_cutting_triangles_does_not_change_what_a_circle_takes(x: float, y: float, r: float) -> None:
    whole = circle_overlap(SQUARE, np.array([x, y]), r).sum()
    parts = circle_overlap(quarter(SQUARE).reshape(-1, 3, 2), np.array([x, y]), r).sum()
    assert parts == pytest.approx(whole, rel=1e-7, abs=1e-7)


def test_the_share_beyond_a_limit_is_that_of_the_cut_off_corner() -> None:
    corners = np.array([[0.0, 0.0, 1.0]])  # rises to one corner: the share above h is (1 - h) squared
    for limit, share in ((0.0, 1.0), (0.25, 0.5625), (0.5, 0.25), (1.0, 0.0)):
        assert fraction_beyond(corners, limit)[0] == pytest.approx(share)
    even = np.array([[0.0, 0.5, 1.0]])  # symmetric: half lies above the middle
    assert fraction_beyond(even, 0.5)[0] == pytest.approx(0.5)


def test_distance_to_an_outline_is_to_its_edges_not_only_its_corners() -> None:
    outline = np.array([(0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 10.0, 0.0), (0.0, 10.0, 0.0)])
    points = np.array([(5.0, -3.0, 0.0), (13.0, -4.0, 0.0), (5.0, 5.0, 0.0), (5.0, 0.0, 2.0)])
    assert distance_to_outline(points, outline) == pytest.approx([3.0, 5.0, 5.0, 2.0])
