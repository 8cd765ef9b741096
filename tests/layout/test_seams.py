"""Where skin is cut, and what evens out the punctures along the cuts."""

from __future__ import annotations

import numpy as np

from mesoplan.layout.chart import cut
from mesoplan.layout.coarse import coarsen, labels_back
from mesoplan.layout.edges import across, components, edges
from mesoplan.layout.even import Ground, even_out
from mesoplan.layout.lattice import interleave
from mesoplan.surface.shapes import sphere_cap
from mesoplan.surface.skin import Skin

COURSE = interleave(5, 0.2, 0.3)


def test_what_is_cut_on_a_coarse_copy_lies_as_evenly_as_what_is_cut_on_the_skin_itself() -> None:
    """A ball's cap of many triangles: every triangle is in one chart, each hangs together and lies within bounds."""
    cap = sphere_cap("abdomen", 40.0, 60.0, edge_mm=0.8)
    members = np.arange(len(cap.triangles))
    charts = cut(cap, members, COURSE.spacing_mm)
    assert len(members) > 4000
    assert 1 < len(charts) <= 8
    assert np.array_equal(np.sort(np.concatenate([chart.triangles for chart in charts])), members)
    for chart in charts:
        one, other, _ = edges(cap.triangles[chart.triangles])
        assert components(len(chart.triangles), one, other).max() == 0
        low, high = chart.flat.stretch_band(0.03)
        assert 0.88 <= low <= high <= 1.14


def test_a_coarse_copy_has_far_fewer_triangles_and_leads_back_to_every_one() -> None:
    rng = np.random.default_rng(3)
    smooth = sphere_cap("abdomen", 60.0, 30.0, edge_mm=0.8)
    rough = Skin(
        smooth.vertices_mm + rng.normal(0.0, 0.05, smooth.vertices_mm.shape),
        smooth.triangles,
        smooth.zone,
        smooth.zones,
        smooth.source,
        smooth.side,
    )
    coarse = coarsen(rough, np.arange(len(rough.triangles)))
    assert 0 < len(coarse.skin.triangles) < len(rough.triangles) / 2.5
    middle = coarse.skin.vertices_mm[coarse.skin.triangles].mean(axis=1)
    side = (middle[:, 0] > 0.0).astype(np.int64)
    back = labels_back(coarse, side)
    own = rough.vertices_mm[rough.triangles].mean(axis=1)[:, 0]
    assert np.array_equal(np.unique(back), [0, 1])
    assert np.array_equal(back[np.abs(own) > 3.0], (own > 0.0)[np.abs(own) > 3.0])


def lattice_with_a_seam() -> tuple[np.ndarray, np.ndarray]:
    """Return punctures of one session on the plane z = 0, those on the right shifted, and which lie along the seam."""
    steps = np.stack(np.meshgrid(np.arange(-12, 13), np.arange(-12, 13)), axis=-1).reshape(-1, 2) * COURSE.spacing_mm
    steps[steps[:, 0] > 0.0] += (-0.4 * COURSE.spacing_mm, 0.3 * COURSE.spacing_mm)
    return np.pad(steps, ((0, 0), (0, 1))), np.abs(steps[:, 0]) < 1.2 * COURSE.spacing_mm


def test_punctures_along_a_seam_push_each_other_apart_and_stay_on_the_skin() -> None:
    points, free = lattice_with_a_seam()
    half = 6.0
    corners = np.array([[-9.0, -9.0, 0.0], [9.0, -9.0, 0.0], [9.0, 9.0, 0.0], [-9.0, 9.0, 0.0], [0.3, 0.1, 0.0]])
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    normals = np.tile([0.0, 0.0, 1.0], (4, 1))
    ground = Ground(corners[faces], normals, across(faces).astype(np.int32))
    owner = np.array([int(np.argmin([_outside(corners[face], point) for face in faces])) for point in points])
    moved, triangle = even_out(ground, points, owner, np.zeros(len(points), np.int64), free, COURSE)
    assert np.array_equal(moved[~free], points[~free])
    assert max(_outside(corners[faces[own]], point) for own, point in zip(triangle, moved, strict=True)) < 1e-9
    assert (triangle != owner).any()
    inner = np.abs(points[:, 1]) < half
    assert _spread(moved, inner & free) < 0.85 * _spread(points, inner & free)


def test_nothing_is_pushed_off_the_edge_of_the_skin() -> None:
    face = np.array([[0, 1, 2]])
    corners = np.array([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    points = np.array([[0.02, 0.02, 0.0], [0.1, 0.1, 0.0]])
    ground = Ground(corners, np.array([[0.0, 0.0, 1.0]]), across(face).astype(np.int32))
    moved, _ = even_out(ground, points, np.zeros(2, np.int64), np.zeros(2, np.int64), np.ones(2, bool), COURSE)
    assert max(_outside(corners[0], point) for point in moved) < 1e-12
    assert np.linalg.norm(moved[1] - moved[0]) > 2.0 * np.linalg.norm(points[1] - points[0])


def _outside(corners: np.ndarray, point: np.ndarray) -> float:
    """Return how far a point of the plane z = 0 is beyond the edges of a triangle, 0 or less inside."""
    following = np.roll(corners, -1, axis=0) - corners
    inwards = np.stack([-following[:, 1], following[:, 0]], axis=1) / np.linalg.norm(following, axis=1)[:, None]
    return float(-((point[:2] - corners[:, :2]) * inwards).sum(axis=1).min())


def _spread(points: np.ndarray, own: np.ndarray) -> float:
    """Return the variation of the distance to the nearest other point."""
    apart = np.linalg.norm(points[own][:, None] - points[None], axis=2)
    nearest = np.sort(apart, axis=1)[:, 1:5]
    return float(nearest.std() / nearest.mean())
