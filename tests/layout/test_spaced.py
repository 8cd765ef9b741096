"""Points of a syringe on charts: equally far apart, never too many, back on the curved skin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from mesoplan.layout.points import count_points
from mesoplan.layout.spaced import space_points


def sheet(width: float, height: float, columns: int, rows: int) -> tuple[Any, Any]:
    """A flat rectangle of triangles."""
    x, y = np.meshgrid(np.linspace(0, width, columns + 1), np.linspace(0, height, rows + 1), indexing="ij")
    at = np.arange((columns + 1) * (rows + 1)).reshape(columns + 1, rows + 1)
    a, b, c, d = (one.ravel() for one in (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]))
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    return np.column_stack([x.ravel(), y.ravel()]), triangles


def nearest(points: Any) -> Any:
    return cKDTree(points).query(points, k=2)[0][:, 1]


@settings(max_examples=40, deadline=None)
@given(st.floats(12.0, 90.0), st.floats(12.0, 90.0), st.floats(5.0, 15.0))
def test_points_keep_their_spacing_and_are_never_more_than_the_plan_counts(
    width: float, height: float, spacing: float
) -> None:
    flat, triangles = sheet(width, height, 6, 5)
    found = space_points(flat, triangles, spacing)
    assert 1 <= len(found) <= count_points(width * height / 100.0, spacing)
    assert (found.places_mm >= -1e-6).all()
    assert (found.places_mm <= (width + 1e-6, height + 1e-6)).all()
    if len(found) > 1:
        assert nearest(found.places_mm).min() > spacing - 1e-6


@pytest.mark.parametrize("spacing", [10.0, 15.0])
def test_a_large_zone_holds_nearly_as_many_points_as_are_counted_for_its_area(spacing: float) -> None:
    flat, triangles = sheet(150.0, 120.0, 20, 20)
    found, counted = space_points(flat, triangles, spacing), count_points(180.0, spacing)
    assert 0.95 * counted <= len(found) <= counted
    assert np.median(nearest(found.places_mm)) == pytest.approx(spacing)


def test_points_lie_where_their_weights_say_and_come_back_onto_curved_skin() -> None:
    flat, triangles = sheet(80.0, 60.0, 40, 30)
    radius = 40.0
    angle = flat[:, 0] / radius
    skin = np.column_stack([radius * np.sin(angle), flat[:, 1], radius * np.cos(angle)])
    found = space_points(flat, triangles, 15.0)
    on_chart = (flat[triangles[found.triangle]] * found.weights[:, :, None]).sum(axis=1)
    assert on_chart == pytest.approx(found.places_mm)
    assert (found.weights > -1e-6).all()
    positions = found.on_skin(skin, triangles)
    assert np.hypot(positions[:, 0], positions[:, 2]) == pytest.approx(radius, abs=0.02)
    chord = 2.0 * radius * math.sin(15.0 / radius / 2.0)
    assert nearest(positions).min() == pytest.approx(chord, rel=0.01)


def test_a_zone_with_a_hole_has_no_point_in_it() -> None:
    flat, triangles = sheet(60.0, 60.0, 30, 30)
    middle = flat[triangles].mean(axis=1)
    kept = triangles[np.hypot(*(middle - 30.0).T) > 9.0]
    found = space_points(flat, kept, 8.0)
    assert np.hypot(*(found.places_mm - 30.0).T).min() > 7.0
    assert len(found) > 20


def test_a_zone_too_narrow_for_the_lattice_gets_one_point_where_it_is_widest() -> None:
    flat = np.array([(0.0, 0.0), (0.4, 0.0), (0.1, 0.3), (3.0, 0.05), (3.0, 0.06)])
    triangles = np.array([(0, 1, 2), (1, 3, 4)])
    found = space_points(flat, triangles, 15.0)
    assert len(found) == 1
    assert found.triangle.tolist() == [0]


def test_a_small_zone_has_its_single_point_well_inside() -> None:
    flat, triangles = sheet(14.0, 14.0, 4, 4)
    found = space_points(flat, triangles, 15.0)
    assert len(found) == 1
    assert found.places_mm[0] == pytest.approx((7.0, 7.0), abs=1.0)


def test_a_given_number_of_points_is_not_exceeded() -> None:
    flat, triangles = sheet(60.0, 60.0, 10, 10)
    assert len(space_points(flat, triangles, 10.0, most=7)) == 7
    assert len(space_points(flat, triangles, 10.0, most=0)) == 0


def test_no_area_and_no_spacing_hold_no_points() -> None:
    flat, triangles = sheet(10.0, 10.0, 2, 2)
    for points, spacing in ((flat, 0.0), (flat, math.inf), (flat * (1.0, 0.0), 5.0)):
        with pytest.raises(ValueError, match="no points"):
            space_points(points, triangles, spacing)
