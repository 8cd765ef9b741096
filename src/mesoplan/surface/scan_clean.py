"""Joins and clears the triangles of a scan; nothing is moved, filled or rescaled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.mesh import triangle_areas
from mesoplan.surface.scan_mesh import Damaged, Mesh

if TYPE_CHECKING:
    from mesoplan.surface.skin import Floats, Ints


_CUBES = 100


def cleaned(mesh: Mesh) -> Mesh:
    """Return the mesh with vertices at one place joined, and without triangles that are doubled or have no area.

    Raises:
        Damaged: If none is left.
    """
    first, number = _same_places(mesh.vertices)
    triangles = number[mesh.triangles]
    vertices = mesh.vertices[first]
    whole = triangle_areas(vertices, triangles) > 0.0
    ordered = np.sort(triangles, axis=1)
    whole &= (np.diff(ordered, axis=1) > 0).all(axis=1)
    once = _first_of_each(ordered)
    kept = triangles[whole & once]
    if not len(kept):
        raise Damaged("no triangle of the scan has an area")
    return Mesh(vertices, kept, None if mesh.colours is None else mesh.colours[first])


def _same_places(points: Floats) -> tuple[Ints, Ints]:
    """Return the first vertex at each place, and for every vertex the number of its place."""
    order = np.lexsort(points.T)
    ranked = points[order]
    new = np.ones(len(points), bool)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    place = np.empty(len(points), np.int64)
    place[order] = np.cumsum(new) - 1
    return order[new], place


def _first_of_each(rows: Ints) -> Ints:
    """Return which rows (n, 3) are the first of their kind."""
    order = np.lexsort(rows.T)
    ranked = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    once = np.zeros(len(rows), bool)
    once[order[new]] = True
    return once


def clustered(mesh: Mesh, middle: Floats, step: float) -> Mesh:
    """Return a coarse likeness of a mesh, its vertices gathered in cubes; what lies far off is at the rim."""
    cell = np.clip(np.floor((mesh.vertices - middle) / step), -_CUBES, _CUBES - 1).astype(np.int64) + _CUBES
    key = (cell[:, 0] * 2 * _CUBES + cell[:, 1]) * 2 * _CUBES + cell[:, 2]
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    triangles = number.ravel()[mesh.triangles]
    apart = (np.diff(np.sort(triangles, axis=1), axis=1) > 0).all(axis=1)
    colours = None if mesh.colours is None else mesh.colours[first]
    return Mesh(mesh.vertices[first], triangles[apart], colours)
