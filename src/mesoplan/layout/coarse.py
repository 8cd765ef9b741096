"""A piece of skin with far fewer triangles, on which it is decided where to cut, and the way back to its own.

Vertices are gathered around evenly spread ones; three groups that meet in a triangle make one of the coarse triangles.
A group lies where its vertices lie on average: a scan's noise does not decide where the skin is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.surface.skin import Skin

if TYPE_CHECKING:
    from mesoplan.layout.flatten import Floats, Ints

_GROUPS = 2400
"""About how many groups there are, if vertices are many times as many."""
_EACH = 3.0
"""Least vertices of a group on average."""
_SLANTED = 1.5
"""Cells of a grid that a surface meets, against its area in faces of cells."""
_EVENED = 2
"""How often groups are gathered again around the vertices nearest to their middle."""
_BLURRED = 2
"""Steps by which the borders of charts are smoothed on the way back."""
_FAR = 200
"""Most further steps until every triangle has a chart."""


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """A coarse piece.

    Attributes:
        skin: It as a skin.
        members: (t,) the triangles that it stands for, indices into the finer skin's.
        corners: (t, 3) their corners, numbered within the piece.
        group: (v,) the group of each of the piece's vertices: a vertex of the coarse skin.
        mean: (v, v) sparse, what makes of values at the vertices the means over each and those beside it.
    """

    skin: Skin
    members: Ints
    corners: Ints
    group: Ints
    mean: Any


def coarsen(skin: Skin, members: Ints) -> Coarse:
    """Return a connected piece of skin with fewer triangles; possibly none if it is narrow."""
    from scipy.sparse import csr_array, diags_array

    used, corners = np.unique(skin.triangles[members], return_inverse=True)
    points, corners, count = skin.vertices_mm[used], corners.reshape(-1, 3), len(used)
    a, b = corners.ravel(), corners[:, [1, 2, 0]].ravel()
    length = np.linalg.norm(points[a] - points[b], axis=1)
    graph = csr_array((length, (a, b)), shape=(count, count))
    graph = graph.maximum(graph.T)
    group = _groups(points, graph, float(skin.triangle_areas_mm2[members].sum()))
    size = np.bincount(group)
    middle = np.stack([np.bincount(group, points[:, axis]) for axis in range(3)], axis=1) / size[:, None]
    met = group[corners]
    apart = (met[:, 0] != met[:, 1]) & (met[:, 1] != met[:, 2]) & (met[:, 2] != met[:, 0])
    first = np.unique(np.sort(met[apart], axis=1), axis=0, return_index=True)[1]
    owner = np.nonzero(apart)[0][np.sort(first)]
    coarse = Skin(middle, met[owner], skin.zone[members[owner]], skin.zones, skin.source, skin.side)
    beside = (graph > 0.0).astype(float) + diags_array(np.ones(count))
    return Coarse(coarse, members, corners, group, diags_array(1.0 / beside.sum(axis=1)) @ beside)


def _groups(points: Floats, graph: Any, area_mm2: float) -> Ints:
    """Return (v,) the number of the group that each vertex belongs to, along the surface."""
    from scipy.sparse.csgraph import dijkstra

    size = np.sqrt(_SLANTED * area_mm2 / min(_GROUPS, len(points) / _EACH))
    cell = np.floor((points - points.min(axis=0)) / size).astype(np.int64)
    off = np.linalg.norm(points / size - points.min(axis=0) / size - cell - 0.5, axis=1)
    for turn in range(_EVENED + 1):
        if turn == 0:
            key = np.ravel_multi_index(tuple(cell.T), tuple(cell.max(axis=0) + 1))
        by = np.lexsort((off, key))
        seeds = np.sort(by[np.diff(key[by], prepend=-1) > 0])
        nearest = dijkstra(graph, indices=seeds, min_only=True, return_predecessors=True)[2]
        key = np.searchsorted(seeds, nearest)
        weight = np.bincount(key)
        middle = np.stack([np.bincount(key, points[:, axis]) for axis in range(3)], axis=1) / weight[:, None]
        off = np.linalg.norm(points - middle[key], axis=1)
    return np.asarray(key, np.int64)


def labels_back(coarse: Coarse, label: Ints) -> Ints:
    """Return (t,) for the triangles of the piece the label that the coarse triangles have there, -1 for none.

    Args:
        coarse: The coarse piece.
        label: (c,) 0 or more of each coarse triangle, or -1.
    """
    count = int(label.max(initial=-1)) + 1
    own = np.repeat(label, 3)
    corner, held = coarse.skin.triangles.ravel(), own >= 0
    area = np.repeat(coarse.skin.triangle_areas_mm2, 3)
    share = np.zeros((len(coarse.skin.vertices_mm), count))
    np.add.at(share, (corner[held], own[held]), area[held])
    share /= np.maximum(share.sum(axis=1), 1e-12)[:, None]
    weight = share[coarse.group]
    for _ in range(_BLURRED):
        weight = coarse.mean @ weight
    for _ in range(_FAR):
        if count == 0 or (weight[coarse.corners].sum(axis=(1, 2)) > 0.0).all():
            break
        weight = coarse.mean @ weight
    total = weight[coarse.corners].sum(axis=1)
    return np.where(total.max(axis=1, initial=0.0) > 0.0, total.argmax(axis=1) if count else -1, -1)
