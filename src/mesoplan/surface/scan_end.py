"""Tells a face that the scan cuts off: the landmarks then crowd where it ends, and nothing else looks wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.mesh import VERTICES, zone_triangles
from mesoplan.surface.parameters import number
from mesoplan.surface.scan_cut import edges_of

if TYPE_CHECKING:
    from mesoplan.surface.mesh import FaceMesh
    from mesoplan.surface.scan_mesh import Mesh
    from mesoplan.surface.scan_skin import HeadFrame
    from mesoplan.surface.skin import Floats, Ints
    from mesoplan.surface.zones import ZoneCatalogue

_UPPER = ("forehead", "temple_right", "temple_left")
"""The zones that reach up to the rim; below, a scan from ear to ear ends near the jaw anyway."""


def cut_off(mesh: Mesh, frame: HeadFrame, canonical: FaceMesh, zones: ZoneCatalogue) -> tuple[str, ...]:
    """Return the upper zones at whose rim the scan ends.

    Args:
        mesh: The cleaned scan.
        frame: The head's axes and landmarks.
        canonical: The mesh of an average face.
        zones: The zone catalogue.
    """
    members = zone_triangles(zones, canonical)
    rim, away = _rim(canonical.triangles), _from_end_mm(mesh, frame)
    found = []
    for zone in _UPPER:
        own = np.intersect1d(np.unique(canonical.triangles[members[zone]]), rim)
        if float((away[own] < number("scan_end_mm")).mean()) >= number("scan_end_share"):
            found.append(zone)
    return tuple(found)


def _rim(triangles: Ints) -> Ints:
    """Return the landmarks on the rim of the face mesh."""
    ends, edge = edges_of(triangles, VERTICES)
    once: Ints = np.unique(ends[np.bincount(edge.ravel(), minlength=len(ends)) == 1])
    return once


def _from_end_mm(mesh: Mesh, frame: HeadFrame) -> Floats:
    """Return (468,) how far each landmark is from where the scan ends: its longest open border, not a hole in it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    count = len(mesh.vertices)
    ends, edge = edges_of(mesh.triangles, count)
    open_ends = ends[np.bincount(edge.ravel(), minlength=len(ends)) == 1]
    if not len(open_ends):
        return np.full(VERTICES, np.inf)
    joined = coo_array((np.ones(len(open_ends), bool), (open_ends[:, 0], open_ends[:, 1])), shape=(count, count))
    border = connected_components(joined, directed=False)[1][open_ends[:, 0]]
    lengths = np.linalg.norm(np.diff(mesh.vertices[open_ends], axis=1)[:, 0], axis=1)
    open_ends = open_ends[border == np.argmax(np.bincount(border, lengths))]
    middles = frame.inwards(mesh.vertices[open_ends].mean(axis=1))
    return np.asarray(cKDTree(middles).query(frame.landmarks)[0], np.float64)
