"""The next session into the gaps: never less cover than planned, never too near, the rest of the course in view."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from mesoplan.layout.adaptive import Adapted, adapt
from mesoplan.layout.lattice import Interleaving, interleave
from mesoplan.layout.raster import Raster, hit_counts

DISC_MM = 0.3
EDGE_MM, SIDE_MM = 0.0137, 9.0137  # no lattice point lies exactly on the border
BOUNDS = np.array([(EDGE_MM, EDGE_MM), (SIDE_MM, SIDE_MM)])


def on_skin(places: Any) -> Any:
    return ((places >= EDGE_MM) & (places <= SIDE_MM)).all(axis=1)


def lattice(course: Interleaving, origin: Any) -> Any:
    basis, reach = course.session_basis, 60
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1), indexing="ij")
    places = origin + i.reshape(-1, 1) * basis[0] + j.reshape(-1, 1) * basis[1]
    return places[on_skin(places)]


def delivered(course: Interleaving, shifts: Any) -> Any:
    """The first sessions of a course, each displaced as a whole."""
    return np.concatenate([lattice(course, course.shifts_mm()[number] + shift) for number, shift in enumerate(shifts)])


def next_of(course: Interleaving, done: Any, number: int, sigma: float = 0.05) -> Adapted:
    return adapt(done, on_skin, BOUNDS, course.session_basis, course.shifts_mm()[number:], DISC_MM, sigma)


def cover(places: Any) -> float:
    raster = Raster.where(on_skin, BOUNDS, DISC_MM)
    return 1.0 - float((raster.counts(places)[raster.inside] == 0).mean())


COURSES = [interleave(5, 0.2, DISC_MM), interleave(4, 0.25, DISC_MM), interleave(3, 1 / 3, DISC_MM)]
OFFSETS = st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(COURSES), st.data())
def test_a_session_never_covers_less_than_as_planned_nor_comes_nearer_than_seven_tenths(
    course: Interleaving, data: st.DataObject
) -> None:
    done = data.draw(st.integers(1, course.sessions - 1))
    past = delivered(course, data.draw(st.lists(OFFSETS, min_size=done, max_size=done)))
    found = next_of(course, past, done, data.draw(st.sampled_from([0.0, 0.05, 0.5])))
    planned = lattice(course, course.shifts_mm()[done])
    assert found.cover >= found.cover_planned - 1e-12
    assert found.cover_planned == pytest.approx(cover(np.concatenate([past, planned])), abs=1e-9)
    assert found.cover == pytest.approx(cover(np.concatenate([past, found.places_mm])), abs=1e-9)
    assert cKDTree(found.places_mm).query(found.places_mm, k=2)[0][:, 1].min() == pytest.approx(found.least_mm)
    assert found.least_mm >= 0.7 * course.spacing_mm - 1e-9
    assert on_skin(found.places_mm).all()
    assert len(found.places_mm) <= len(planned) + max(10, 0.01 * len(planned))
    assert len(found.origins_mm) == course.sessions - done - 1


@pytest.mark.parametrize("course", COURSES, ids=lambda course: str(course.sessions))
def test_a_course_delivered_exactly_goes_on_as_planned_until_its_last_session(course: Interleaving) -> None:
    for done in range(1, course.sessions - 1):
        found = next_of(course, delivered(course, [(0.0, 0.0)] * done), done, 0.0)
        assert (found.shift_mm, found.moved) == ((0.0, 0.0), 0)
        assert np.array_equal(found.origins_mm, course.shifts_mm()[done + 1 :])
    last = next_of(course, delivered(course, [(0.0, 0.0)] * (course.sessions - 1)), course.sessions - 1, 0.0)
    assert last.cover >= cover(delivered(course, [(0.0, 0.0)] * course.sessions))


def test_a_session_that_fell_onto_the_next_ones_place_is_evaded() -> None:
    course = COURSES[0]
    shifts = course.shifts_mm()
    found = next_of(course, delivered(course, [tuple(shifts[1] - shifts[0])]), 1, 0.0)
    assert found.cover_planned == pytest.approx(found.cover_before)
    assert found.cover > found.cover_before + 0.15
    assert found.shift_mm != (0.0, 0.0)


def test_the_last_session_moves_single_punctures_into_gaps_that_no_shift_meets() -> None:
    course, drawn = COURSES[0], np.random.Generator(np.random.PCG64(4))
    past = drawn.uniform(-1.0, SIDE_MM + 1.0, (1200, 2))
    last = adapt(past, on_skin, BOUNDS, course.session_basis, course.shifts_mm()[-1:], DISC_MM, 0.05)
    earlier = adapt(past, on_skin, BOUNDS, course.session_basis, course.shifts_mm()[-2:], DISC_MM, 0.05)
    assert last.moved > 0 == earlier.moved
    assert last.cover > earlier.cover + 0.02


def test_courses_followed_to_their_end_cover_more_than_their_plans_on_average() -> None:
    course, gains = COURSES[0], []
    for seed in range(6):
        drawn = np.random.Generator(np.random.PCG64(seed))
        errors = drawn.normal(0.0, 0.07, (course.sessions, 2))
        origins, ours, theirs = course.shifts_mm(), np.empty((0, 2)), np.empty((0, 2))
        for number, error in enumerate(errors):
            found = adapt(ours, on_skin, BOUNDS, course.session_basis, origins, DISC_MM, 0.07)
            origins = found.origins_mm
            ours = np.concatenate([ours, found.places_mm + error])
            theirs = np.concatenate([theirs, lattice(course, course.shifts_mm()[number]) + error])
        gains.append(cover(ours) - cover(theirs))
    assert np.mean(gains) > 0.01


def test_a_hole_in_the_skin_is_never_punctured_and_counts_for_no_cover() -> None:
    course = COURSES[1]

    def allowed(places: Any) -> Any:
        return on_skin(places) & (np.hypot(*(places - 4.5).T) > 2.0)

    past = delivered(course, [(0.3, 0.1)])
    found = adapt(past, allowed, BOUNDS, course.session_basis, course.shifts_mm()[1:2], DISC_MM, 0.1)
    assert allowed(found.places_mm).all()
    assert found.moved > 0
    raster = Raster.where(allowed, BOUNDS, DISC_MM)
    inside = raster.points_mm[raster.inside.ravel()]
    hit = hit_counts(np.concatenate([past, found.places_mm]), inside, DISC_MM) > 0
    assert found.cover == pytest.approx(float(hit.mean()))


def test_skin_in_narrow_strips_is_never_left_by_a_move() -> None:
    course = COURSES[1]

    def strips(places: Any) -> Any:
        return on_skin(places) & (np.mod(places[:, 0], 0.2) < 0.13)

    drawn = np.random.Generator(np.random.PCG64(2))
    past = drawn.uniform(0.0, SIDE_MM, (600, 2))
    found = adapt(past, strips, BOUNDS, course.session_basis, course.shifts_mm()[-1:], DISC_MM, 0.1)
    assert found.moved > 50
    assert strips(found.places_mm).all()


def test_without_anything_delivered_the_plan_stands() -> None:
    course = COURSES[2]
    found = next_of(course, np.empty((0, 2)), 0)
    assert (found.cover_before, found.shift_mm) == (0.0, (0.0, 0.0))
    assert found.cover == found.cover_planned


def test_a_single_puncture_and_none_at_all_have_no_distance() -> None:
    course = COURSES[0]
    bounds = np.array([(0.0, 0.0), (0.4, 0.4)])

    def tiny(places: Any) -> Any:
        return ((places >= 0.0) & (places <= 0.4)).all(axis=1)

    found = adapt(np.empty((0, 2)), tiny, bounds, course.session_basis, np.array([(0.2, 0.2)]), DISC_MM, 0.05)
    assert len(found.places_mm) == 1
    assert found.least_mm == math.inf


def test_no_skin_and_no_error_are_refused() -> None:
    course = COURSES[0]
    arguments = (course.session_basis, course.shifts_mm(), DISC_MM)

    def nowhere(places: Any) -> Any:
        return np.zeros(len(places), dtype=bool)

    with pytest.raises(ValueError, match="no skin"):
        adapt(np.empty((0, 2)), nowhere, BOUNDS, *arguments, 0.05)
    for sigma in (-0.1, math.inf, math.nan):
        with pytest.raises(ValueError, match="no skin or no error"):
            adapt(np.empty((0, 2)), on_skin, BOUNDS, *arguments, sigma)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_what_a_puncture_would_gain_at_each_point_is_counted_as_by_a_puncture_there(seed: int) -> None:
    drawn = np.random.Generator(np.random.PCG64(seed))
    raster = Raster.where(lambda places: ((places >= 0.0) & (places <= 1.5)).all(axis=1), BOUNDS / 6.0, DISC_MM)
    wanted = raster.inside & (drawn.random(raster.inside.shape) < 0.4)
    gain = raster.gain(wanted).ravel()
    for number in drawn.choice(np.flatnonzero(raster.inside.ravel()), 5):
        index, hit = raster.reached(raster.points_mm[[number]] + raster.beside_mm)
        assert gain[number] == (wanted.ravel()[index] & hit).sum()
