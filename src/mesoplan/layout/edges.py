"""Which triangles of a surface lie beside one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mesoplan.layout.flatten import Ints


def edges(triangles: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the inner edges: the triangles on both sides, (e,) each, and their ends, (e, 2) vertex indices.

    An edge of more than two triangles joins none of them, so that what is laid flat is always a surface.
    """
    one, other, ends = _meetings(triangles)
    return one % len(triangles), other % len(triangles), ends


def across(triangles: Ints) -> Ints:
    """Return (t, 3) the triangle on the other side of each edge, the first from corner 0 to 1; -1 where none is."""
    one, other, _ = _meetings(triangles)
    table = np.full(3 * len(triangles), -1)
    table[one], table[other] = other % len(triangles), one % len(triangles)
    return table.reshape(3, -1).T.copy()


def _meetings(triangles: Ints) -> tuple[Ints, Ints, Ints]:
    """Return which two sides of triangles are one edge, as triangle plus side times the triangles, and their ends."""
    pairs = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    key = pairs[:, 0] * (int(triangles.max(initial=0)) + 1) + pairs[:, 1]
    order = np.argsort(key, kind="stable")
    first = np.nonzero(np.diff(key[order], prepend=-1))[0]
    inner = first[np.diff(first, append=len(key)) == 2]
    return order[inner], order[inner + 1], pairs[order[inner]]


def components(count: int, one: Ints, other: Ints) -> Ints:
    """Return (count,) the number of the connected component that each belongs to, by its first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
