"""Cuts a triangle mesh: long edges into halves, and triangles along the borders of zones, so that no gap opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints

    Flags = NDArray[np.bool_]

_NEXT: Ints = np.array([1, 2, 0])


def edges_of(triangles: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the edges (e, 2) of a mesh of `count` vertices, and (t, 3) the edge from corner k to corner k + 1."""
    ends = np.stack([triangles, triangles[:, _NEXT]], axis=-1).reshape(-1, 2)
    ends = np.sort(ends, axis=1)
    keys, number = np.unique(ends[:, 0] * count + ends[:, 1], return_inverse=True)
    return np.column_stack([keys // count, keys % count]), number.reshape(-1, 3)


def split(triangles: Ints, edge: Ints, new: Ints, lengths: Floats) -> tuple[Ints, Ints]:
    """Return the triangles after marked edges were divided, and the old triangle of each.

    Args:
        triangles: (t, 3).
        edge: (t, 3) the edge from corner k to corner k + 1.
        new: (e,) the vertex put on each edge; -1 where it stays whole.
        lengths: (e,) of the edges; of a triangle with two divided edges, the longer one gets the second cut.
    """
    put = new[edge]
    marked = (put >= 0).sum(axis=1)
    parts, parents = [triangles[marked == 0]], [np.nonzero(marked == 0)[0]]
    for count in (1, 2, 3):
        which = np.nonzero(marked == count)[0]
        first = _turned_first(put[which], count, lengths[edge[which]])
        order = (first[:, None] + np.arange(3)) % 3
        a, b, c = np.take_along_axis(triangles[which], order, axis=1).T
        ab, bc, ca = np.take_along_axis(put[which], order, axis=1).T
        if count == 1:
            made = [(a, ab, c), (ab, b, c)]
        elif count == 2:
            made = [(ab, b, bc), (a, ab, bc), (a, bc, c)]
        else:
            made = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        parts += [np.column_stack(one) for one in made]
        parents += [which] * len(made)
        if count == 2:  # where the edge bc is the longer one, the other diagonal
            _swap_diagonal(parts, a, ab, bc, c, np.take_along_axis(lengths[edge[which]], order, axis=1))
    return np.concatenate(parts), np.concatenate(parents)


def _turned_first(put: Ints, count: int, lengths: Floats) -> Ints:
    """Return the corner from which a triangle is read so that its divided edges come first."""
    if count == 1:
        first: Ints = np.argmax(put >= 0, axis=1)
        return first
    if count == 2:
        after: Ints = _NEXT[np.argmax(put < 0, axis=1)]
        return after
    return np.zeros(len(put), np.int64)


def _swap_diagonal(parts: list[Ints], a: Ints, ab: Ints, bc: Ints, c: Ints, lengths: Floats) -> None:
    """Cut the quadrilateral a, ab, bc, c across where that halves the longer edge; the last two parts are changed."""
    swap = lengths[:, 0] > lengths[:, 1]
    parts[-2] = np.where(swap[:, None], np.column_stack([a, ab, c]), parts[-2])
    parts[-1] = np.where(swap[:, None], np.column_stack([ab, bc, c]), parts[-1])


def halved(points: Floats, triangles: Ints, longest: float, wanted: Flags) -> tuple[Floats, Ints, Ints]:
    """Return points, triangles and the old triangle of each after every long edge of wanted triangles was halved once.

    Edges are halved on both sides, so that no gap opens; new points follow the old ones.
    """
    edges, edge = edges_of(triangles, len(points))
    lengths = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    divided = np.zeros(len(edges), bool)
    divided[edge[wanted].ravel()] = True
    divided &= lengths > longest
    new = np.where(divided, len(points) + np.cumsum(divided) - 1, -1)
    middles = points[edges[divided]].mean(axis=1)
    fine, parent = split(triangles, edge, new, lengths)
    return np.vstack([points, middles]), fine, parent


def cut_at_labels(points: Floats, triangles: Ints, labels: Ints, crossing: Floats) -> tuple[Floats, Ints, Ints, Ints]:
    """Return points, triangles, their labels and the old triangle of each after cutting between vertices of two labels.

    Args:
        points: (v, 3).
        triangles: (t, 3).
        labels: (v,) of the vertices.
        crossing: (e,) where each edge of `edges_of`, from its lower vertex, passes from one label to the other, 0 to 1.
    """
    edges, edge = edges_of(triangles, len(points))
    cut = labels[edges[:, 0]] != labels[edges[:, 1]]
    new = np.where(cut, len(points) + np.cumsum(cut) - 1, -1)
    share = crossing[cut][:, None]
    placed = np.vstack([points, points[edges[cut, 0]] * (1.0 - share) + points[edges[cut, 1]] * share])
    put = new[edge]
    marked = (put >= 0).sum(axis=1)
    whole = marked == 0
    parts, names, parents = [triangles[whole]], [labels[triangles[whole, 0]]], [np.nonzero(whole)[0]]
    two = np.nonzero(marked == 2)[0]
    order = (np.argmax(put[two] < 0, axis=1)[:, None] + 2 + np.arange(3)) % 3
    a, b, c = np.take_along_axis(triangles[two], order, axis=1).T  # a alone, b and c alike
    ab, _, ca = np.take_along_axis(put[two], order, axis=1).T
    shorter = _distance(placed, ab, c) < _distance(placed, b, ca)
    second = np.where(shorter[:, None], np.column_stack([ab, b, c]), np.column_stack([ab, b, ca]))
    third = np.where(shorter[:, None], np.column_stack([ab, c, ca]), np.column_stack([b, c, ca]))
    parts += [np.column_stack([a, ab, ca]), second, third]
    names += [labels[a], labels[b], labels[b]]
    parents += [two] * 3
    three = np.nonzero(marked == 3)[0]
    middle = len(placed) + np.arange(len(three))
    placed = np.vstack([placed, placed[put[three]].mean(axis=1)])
    for corner in range(3):
        here, after, before = triangles[three, corner], put[three, corner], put[three, corner - 1]
        parts += [np.column_stack([here, after, middle]), np.column_stack([here, middle, before])]
        names += [labels[here]] * 2
        parents += [three] * 2
    return placed, np.concatenate(parts), np.concatenate(names), np.concatenate(parents)


def _distance(points: Floats, first: Ints, second: Ints) -> Floats:
    distances: Floats = np.linalg.norm(points[first] - points[second], axis=1)
    return distances
