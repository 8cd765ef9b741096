"""Lattices and their colouring by session, against closed forms, brute force and chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mesoplan.layout.lattice import (
    EQUIDISTANT,
    hermite_forms,
    interleave,
    is_loeschian,
    is_sum_of_two_squares,
    lattice_cover,
    neighbour_distances_mm,
    reduced,
    spacing_mm,
    spacing_ratio,
)
from mesoplan.layout.registration import registered_cover
from mesoplan.layout.sessions import count_sessions

DISC = 0.3
SHAPES = st.tuples(st.floats(0.2, 2.0), st.floats(-2.0, 2.0), st.floats(0.2, 2.0)).map(
    lambda one: np.array([[one[0], 0.0], [one[1], one[2]]])
)


def points_around(basis, radius):
    """Return all points of a lattice within a radius of the origin, by brute force."""
    smallest = np.linalg.svd(basis, compute_uv=False).min()
    reach = math.ceil(radius / smallest) + 1
    steps = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2), -1).reshape(-1, 2)
    points = steps @ basis
    return points[np.hypot(*points.T) <= radius + 1e-12]


def share_hit(basis, diameter, rng, throws=20_000):
    """Return the share of random points of a cell within a disc, and three standard errors."""
    cell = rng.random((throws, 2)) @ basis
    near = points_around(basis, np.abs(basis).sum() + diameter)
    distances = np.min(((cell[:, None, :] - near[None]) ** 2).sum(-1), axis=1)
    share = (distances <= (diameter / 2) ** 2).mean()
    return share, 3.5 * math.sqrt(max(share * (1 - share), 1 / throws) / throws)


def test_which_numbers_have_hexagonal_or_square_colours():
    assert [n for n in range(1, 17) if is_loeschian(n)] == [1, 3, 4, 7, 9, 12, 13, 16]
    assert [n for n in range(1, 17) if is_sum_of_two_squares(n)] == [1, 2, 4, 5, 8, 9, 10, 13, 16]


@pytest.mark.parametrize("index", range(1, 17))
def test_there_are_as_many_sub_lattices_as_the_sum_of_divisors_and_no_two_alike(index):
    forms = list(hermite_forms(index))
    assert len(forms) == sum(d for d in range(1, index + 1) if index % d == 0)
    box = np.stack(np.meshgrid(*[np.arange(-8, 9)] * 2), -1).reshape(-1, 2)
    members = {tuple(np.isclose(w, np.rint(w)).all(-1)) for w in (box @ np.linalg.inv(np.array(f)) for f in forms)}
    assert len(members) == len(forms)


@given(SHAPES)
def test_reduction_keeps_the_lattice_and_finds_its_shortest_vectors(basis):
    short = reduced(basis)
    steps = short @ np.linalg.inv(basis)
    assert np.allclose(steps, np.rint(steps), atol=1e-6)
    assert math.isclose(abs(np.linalg.det(np.rint(steps))), 1.0)
    lengths = np.sort(np.hypot(*points_around(basis, np.hypot(*short[0]) * 1.001).T))
    assert math.isclose(lengths[1], float(spacing_mm(basis)), rel_tol=1e-9)
    a, b = short
    assert -1e-9 <= a @ b <= a @ a / 2 + 1e-9
    assert a @ a <= b @ b + 1e-9


@settings(max_examples=40)
@given(SHAPES, st.floats(0.05, 2.5))
def test_the_exact_cover_of_a_lattice_is_that_of_chance(basis, diameter):
    assume(float(spacing_mm(basis)) > 0.1)
    share, error = share_hit(basis, diameter, np.random.default_rng(7))
    assert abs(float(lattice_cover(basis, diameter)) - share) <= error


def test_the_cover_of_square_and_hexagonal_lattices_in_closed_form():
    assert math.isclose(float(lattice_cover(np.eye(2), 0.8)), math.pi * 0.16)
    overlapping = math.pi * 0.36 - 4 * (0.36 * math.acos(0.5 / 0.6) - 0.5 * math.sqrt(0.36 - 0.25))
    assert math.isclose(float(lattice_cover(np.eye(2), 1.2)), overlapping)
    hexagonal = np.array([[1.0, 0.0], [0.5, math.sqrt(3) / 2]])
    assert math.isclose(float(lattice_cover(hexagonal, 1.0)), math.pi / (2 * math.sqrt(3)))
    assert float(lattice_cover(hexagonal, 2 / math.sqrt(3))) == pytest.approx(1.0, abs=1e-12)
    assert np.allclose(lattice_cover(np.stack([np.eye(2), hexagonal]), 0.5), [math.pi / 16, math.pi / 8 / math.sqrt(3)])


@pytest.mark.parametrize(
    ("sessions", "fraction", "objective", "kind", "cover", "spacing"),
    [
        (5, 0.2, "spacing", "square", 0.909, 0.594),
        (5, 0.2, "cover", "hexagonal", 0.963, 0.495),
        (7, 1 / 7, "spacing", "hexagonal", 0.963, 0.756),
        (4, 0.25, "spacing", "hexagonal", 0.963, 0.571),
        (3, 1 / 3, "spacing", "hexagonal", 0.963, 0.495),
        (7, 0.2, "spacing", "hexagonal", 1.0, 0.639),
        (5, 0.242, "cover", "hexagonal", 1.0, 0.450),
    ],
)
def test_known_courses_have_their_known_cover_and_distance(sessions, fraction, objective, kind, cover, spacing):
    course = interleave(sessions, fraction, DISC, objective)
    assert course.kind == kind
    assert course.cover == pytest.approx(cover, abs=0.0006)
    assert course.spacing_mm == pytest.approx(spacing, abs=0.0006)


@pytest.mark.parametrize("objective", ["spacing", "cover"])
@pytest.mark.parametrize("sessions", range(1, 17))
def test_every_colour_is_the_same_lattice_shifted_and_all_are_the_union(sessions, objective):
    course = interleave(sessions, 0.2, DISC, objective)
    i, j = np.meshgrid(np.arange(-24, 25), np.arange(-24, 25), indexing="ij")
    colours = course.colour(i, j)
    points = np.stack([i, j], -1) @ course.basis
    assert set(np.unique(colours)) == set(range(sessions))
    assert math.isclose(abs(np.linalg.det(course.session_basis)), sessions * abs(np.linalg.det(course.basis)))
    middle = points[16:33, 16:33].reshape(-1, 2)
    own = colours[16:33, 16:33].reshape(-1)
    for session, shift in enumerate(course.shifts_mm()):
        steps = (points[colours == session] - shift) @ np.linalg.inv(course.session_basis)
        assert np.allclose(steps, np.rint(steps), atol=1e-6)
        alike = points[colours == session]
        distances = np.hypot(*(middle[own == session][:, None] - alike[None]).transpose(2, 0, 1))
        distances[distances < 1e-9] = np.inf
        assert np.allclose(distances.min(axis=1), course.spacing_mm)
    if objective == "spacing":
        assert course.spacing_ratio >= EQUIDISTANT - 1e-6


@pytest.mark.parametrize("sessions", [6, 11, 14, 15])
def test_no_other_equidistant_lattice_covers_more(sessions):
    rng = np.random.default_rng(sessions)
    course = interleave(sessions, 0.95 / sessions, DISC)
    area = abs(np.linalg.det(course.basis))
    for _ in range(4000):
        shape = np.array([[1.0, 0.0], rng.uniform((-0.5, 0.8), (0.5, 1.4))])
        union = shape * math.sqrt(area / shape[1, 1])
        ratios = spacing_ratio(np.array(list(hermite_forms(sessions)), dtype=float) @ union)
        if ratios.max() >= EQUIDISTANT:
            assert float(lattice_cover(union, DISC)) <= course.cover + 2e-4


@pytest.mark.parametrize("sigma", [0.01, 0.03, 0.1])
@pytest.mark.parametrize(("sessions", "fraction"), [(2, 0.3), (5, 0.2), (6, 0.15), (2, 0.9)])
def test_the_cover_with_a_registration_error_is_that_of_chance(sessions, fraction, sigma):
    course = interleave(sessions, fraction, DISC)
    rng, throws = np.random.default_rng(3), 20_000
    points = rng.random((throws, 2)) @ course.session_basis
    near = points_around(course.session_basis, np.abs(course.session_basis).sum() * 2 + 1)
    hit = np.zeros(throws, dtype=bool)
    for shift in course.shifts_mm():
        away = points - shift - rng.normal(0.0, sigma, (throws, 2))
        away = ((away @ np.linalg.inv(course.session_basis)) % 1.0) @ course.session_basis
        hit |= np.min(((away[:, None] - near[None]) ** 2).sum(-1), axis=1) <= (DISC / 2) ** 2
    assert registered_cover(course, sigma) == pytest.approx(hit.mean(), abs=3.5 * math.sqrt(0.25 / throws))


@pytest.mark.parametrize("sessions", [1, 5, 7, 11])
def test_without_error_the_cover_is_exact_and_with_a_large_one_it_is_that_of_independent_sessions(sessions):
    course = interleave(sessions, 0.2, DISC)
    assert registered_cover(course, 0.0) == course.cover
    assert registered_cover(course, 1e-4) == pytest.approx(course.cover, abs=0.003)
    assert registered_cover(course, 2.0) == pytest.approx(1 - 0.8**sessions, abs=1e-6)
    assert registered_cover(course, 0.1, 0) == 0.0
    assert registered_cover(course, 0.1, 1) == pytest.approx(0.2, abs=1e-9)


def test_a_larger_error_never_covers_more():
    course = interleave(5, 0.2, DISC)
    covers = [registered_cover(course, sigma) for sigma in (0, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.5)]
    assert covers == sorted(covers, reverse=True)


def test_natural_neighbours_of_a_square_lattice_are_four_and_of_a_hexagonal_one_six():
    assert np.allclose(neighbour_distances_mm(np.eye(2)), [1, 1, 1, 1])
    assert np.allclose(neighbour_distances_mm(interleave(7, 0.2, DISC).session_basis), [0.6388308515974311] * 6)


@pytest.mark.parametrize(("sessions", "fraction"), [(0, 0.2), (17, 0.2), (5, 0.0), (5, 1.1), (5, math.nan)])
def test_what_cannot_be_laid_is_refused(sessions, fraction):
    with pytest.raises(ValueError, match=r"sessions|fraction"):
        interleave(sessions, fraction, DISC)


def test_five_sessions_of_a_fifth_are_not_the_whole_in_any_way():
    table = count_sessions(0.2, 0.95, DISC, 0.5)
    five = table.rows[4]
    assert five.added == 1.0
    assert five.free_hand == pytest.approx(0.67232)
    assert five.equidistant is not None
    assert five.equidistant.cover == pytest.approx(0.9095, abs=1e-4)
    assert five.equidistant_cover == pytest.approx(0.6723, abs=2e-4)
    assert table.free_hand_needs == 14
    assert table.needs == {"equidistant": 6, "equidistant_cover": 14, "densest": 5, "densest_cover": 14}
    assert count_sessions(0.2, 0.95, DISC, 0.5, free_hand_only=True).needs == {}


def test_the_spread_of_a_registered_cover_is_that_of_simulated_courses() -> None:
    from mesoplan.layout.registration import registered_cover, registered_spread

    course = interleave(5, 0.2, 0.3)
    rng = np.random.default_rng(11)
    places = rng.random((4000, 2)) @ course.session_basis
    inverse = np.linalg.inv(course.session_basis)
    covers = []
    for _ in range(150):
        hit = np.zeros(len(places), bool)
        for shift in course.shifts_mm() + rng.normal(0.0, 0.05, (5, 2)):
            away = (places - shift) @ inverse
            nearest = (
                (away - np.round(away))[:, None] - [[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]]
            ) @ course.session_basis
            hit |= (np.hypot(nearest[..., 0], nearest[..., 1]) <= 0.15).any(axis=1)
        covers.append(hit.mean())
    assert registered_cover(course, 0.05) == pytest.approx(np.mean(covers), abs=0.01)
    assert registered_spread(course, 0.05, 5) == pytest.approx(np.std(covers), rel=0.35)
    assert registered_spread(course, 0.0, 5) == 0.0
    assert registered_spread(course, 0.5, 1) == 0.0
