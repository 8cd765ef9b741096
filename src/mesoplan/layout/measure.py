"""Measures a layout as it lies on the skin, without knowing how it was made: distances of neighbours, and cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.lattice import neighbour_distances_mm
from mesoplan.layout.near import least_distance_mm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.layout.lattice import Interleaving
    from mesoplan.layout.punctures import Punctures
    from mesoplan.surface.skin import Skin

    Flags = NDArray[np.bool_]

_TILE = 20.0
_LEAST_TILE = 4.0
_BENT = 0.6
_AROUND = 4.0
_FACING = 0.1
_INWARDS = 1.6
_ACROSS = 3.0
_SEED = 20090613


@dataclass(frozen=True, slots=True)
class Spacing:
    """How evenly the punctures of one session lie.

    Attributes:
        cv: Coefficient of variation of the distances to the Delaunay neighbours (the six nearest of them; on a square
            lattice the four nearest), of punctures away from the zones' edges.
        ideal_cv: The same of the lattice itself.
        least_mm: Smallest distance of two punctures.
        nominal_mm: The lattice's smallest distance.
        measured: Number of distances.
    """

    cv: float
    ideal_cv: float
    least_mm: float
    nominal_mm: float
    measured: int


def measure_spacing(punctures: Punctures, course: Interleaving, session: int) -> Spacing:
    """Return how evenly one session lies; cv is nan where no puncture lies away from an edge.

    Args:
        punctures: All of one lattice.
        course: That lattice.
        session: 0 for the first.
    """
    own = punctures.session == session
    points, normals = punctures.positions_mm[own], punctures.normals[own]
    ideal = neighbour_distances_mm(course.session_basis)
    distance = neighbour_distances_on_skin_mm(punctures.skin, points, normals, course.spacing_mm, len(ideal))
    cv = float(distance.std() / distance.mean()) if len(distance) else float("nan")
    least = least_distance_mm(points, normals, 2.0 * course.spacing_mm)
    return Spacing(cv, float(ideal.std() / ideal.mean()), least, course.spacing_mm, len(distance))


def neighbour_distances_on_skin_mm(
    skin: Skin, points_mm: Floats, normals: Floats, spacing_mm: float, neighbours: int = 6
) -> Floats:
    """Return the distances from points to their nearest Delaunay neighbours, however the points came about.

    Points near where the treated skin ends are neighbours, but their own distances are left out.

    Args:
        skin: The surface.
        points_mm: (n, 3) on it.
        normals: (n, 3) unit normals there.
        spacing_mm: About how far neighbours are from one another.
        neighbours: How many of each point's neighbours count, the nearest first.
    """
    margin = _INWARDS * spacing_mm
    inner = _distance_to_edge_mm(skin, points_mm, margin) > margin
    return np.concatenate([np.empty(0), *_tiles(points_mm, normals, inner, spacing_mm, neighbours)])


def count_hits(
    punctures: Punctures,
    sessions: int,
    samples: int = 20_000,
    counted: Callable[[Floats, Ints], Flags] | None = None,
) -> dict[str, Ints]:
    """Return by zone (samples,) how many microzones of the first sessions cover each of some random places there.

    The places are the same each time. The share hit at least once is the cover, with a standard error of
    sqrt(cover (1 - cover) / samples); a zone without area has no places.

    Args:
        punctures: A course.
        sessions: How many of its sessions.
        samples: Places in each zone.
        counted: Says of places (n, 3) and their triangles (n,) which count: not those that are kept out.
    """
    from scipy.spatial import KDTree

    skin = punctures.skin
    own = punctures.positions_mm[punctures.session < sessions]
    tree = KDTree(own) if len(own) else None
    hits = {}
    for number, zone in enumerate(skin.zones):
        places, owner = random_places(skin, skin.zone == number, samples)
        places = places if counted is None else places[counted(places, owner)]
        radius = punctures.diameter_mm / 2.0
        none = np.zeros(len(places), np.int64)
        hits[zone] = none if tree is None else np.asarray(tree.query_ball_point(places, radius, return_length=True))
    return hits


def random_places(skin: Skin, members: Flags, count: int, rng: Generator | None = None) -> tuple[Floats, Ints]:
    """Return (count, 3) places spread evenly over some triangles, and (count,) their triangles.

    Without chances of the caller's own they are always the same.

    None where the triangles have no area.
    """
    area = skin.triangle_areas_mm2 * members
    if area.sum() <= 0.0:
        return np.empty((0, 3)), np.empty(0, np.int64)
    rng = np.random.Generator(np.random.PCG64(_SEED)) if rng is None else rng
    up_to = np.cumsum(area)
    chosen = np.searchsorted(up_to, rng.random(count) * up_to[-1], side="right")
    a, b, c = (skin.vertices_mm[skin.triangles[chosen, corner]] for corner in range(3))
    root, share = np.sqrt(rng.random((count, 1))), rng.random((count, 1))
    return (1.0 - root) * a + root * (1.0 - share) * b + root * share * c, chosen


def _distance_to_edge_mm(skin: Skin, points: Floats, most_mm: float) -> Floats:
    """Return (n,) how far each point is from where the treated skin ends, infinite beyond `most_mm`."""
    from scipy.spatial import KDTree

    treated = skin.triangles[skin.zone >= 0]
    pairs = np.sort(np.concatenate([treated[:, [0, 1]], treated[:, [1, 2]], treated[:, [2, 0]]]), axis=1)
    ends, count = np.unique(pairs, axis=0, return_counts=True)
    ends = ends[count == 1]
    if not len(ends) or not len(points):
        return np.full(len(points), np.inf)
    start, along = skin.vertices_mm[ends[:, 0]], skin.vertices_mm[ends[:, 1]] - skin.vertices_mm[ends[:, 0]]
    steps = int(np.ceil(np.linalg.norm(along, axis=1).max() / (0.25 * most_mm)))
    line = np.concatenate([start + along * share for share in np.linspace(0.0, 1.0, steps + 1)])
    return np.asarray(KDTree(line).query(points, distance_upper_bound=1.1 * most_mm)[0])


def _in_cells(points: Floats, members: Ints, size_mm: float) -> list[Ints]:
    """Return some of the points by cells of a grid."""
    cell = np.floor(points[members] / size_mm).astype(np.int64)
    order = np.lexsort(cell.T[::-1])
    begins = np.nonzero(np.any(np.diff(cell[order], axis=0), axis=1))[0] + 1
    return np.split(members[order], begins)


def _tiles(points: Floats, normals: Floats, inner: Flags, reach: float, most: int) -> Iterator[Floats]:
    """Yield the distances from inner points to their nearest Delaunay neighbours, one small tile of skin at a time.

    In a tile the skin is nearly flat: neighbours are found as it is seen along its mean normal, distances in space.
    Where it is not flat, as on a ledge seen from its edge, tiles are smaller.
    """
    from scipy.spatial import Delaunay

    if not len(points):
        return
    by_x = np.argsort(points[:, 0], kind="stable")
    waiting = [(own, _TILE / 2.0) for own in reversed(_in_cells(points, np.arange(len(points)), _TILE * reach))]
    while waiting:
        own, half = waiting.pop()
        normal = normals[own].mean(axis=0)
        if half >= _LEAST_TILE and (normals[own] @ normal).min() < _BENT * np.linalg.norm(normal):
            waiting += [(part, half / 2.0) for part in reversed(_in_cells(points, own, half * reach))]
            continue
        low, high = points[own].min(axis=0) - _AROUND * reach, points[own].max(axis=0) + _AROUND * reach
        first, last = np.searchsorted(points[by_x, 0], (low[0], high[0]))
        near = by_x[first:last]
        near = near[((points[near] >= low) & (points[near] <= high)).all(axis=1)]
        near = near[normals[near] @ normal > _FACING]
        mine = np.isin(near, own) & inner[near]
        if len(near) < 5 or not mine.any():
            continue
        axes = np.linalg.svd(normal[None])[2][1:]
        starts, others = Delaunay(points[near] @ axes.T).vertex_neighbor_vertices
        source = np.repeat(np.arange(len(near)), np.diff(starts))
        distance = np.linalg.norm(points[near[source]] - points[near[others]], axis=1)
        counted = mine[source] & (distance < _ACROSS * reach)  # beyond: across a hole, or onto another fold
        source, distance = source[counted], distance[counted]
        by = np.lexsort((distance, source))
        source, distance = source[by], distance[by]
        rank = np.arange(len(source)) - np.searchsorted(source, source)
        yield distance[rank < most]
