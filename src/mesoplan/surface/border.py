"""Where skin that may be treated ends against skin that may not, and how far places are from there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.geometry import distance_to_segments
from mesoplan.surface.scan_cut import edges_of

if TYPE_CHECKING:
    from scipy.spatial import KDTree

    from mesoplan.surface.skin import Floats, Ints, Skin

_LOOKED = 8
"""Samples of the border beside a place whose segments are measured."""


@dataclass(frozen=True, slots=True, eq=False)
class _Border:
    """The border as segments (n, 3) to (n, 3), with samples on it and the segment of each."""

    start: Floats
    end: Floats
    samples: KDTree
    of: Ints


def distance_to_others_mm(skin: Skin, zones: frozenset[str], positions_mm: Floats, most_mm: float) -> Floats:
    """Return (n,) how far places are from skin of other zones, or of none, infinite from `most_mm` on.

    Where the surface itself ends nothing is known to be forbidden, and no border lies there.

    Args:
        skin: The surface.
        zones: The zones that are treated.
        positions_mm: (n, 3) places on them.
        most_mm: Above 0.
    """
    found = np.full(len(positions_mm), np.inf)
    border = _border(skin, zones, most_mm)
    if border is None or not len(positions_mm):
        return found
    reach = 1.5 * most_mm  # samples lie no farther apart than `most_mm`
    away, near = map(np.asarray, border.samples.query(positions_mm, k=_LOOKED, distance_upper_bound=reach))
    close = np.nonzero(np.isfinite(away[:, 0]))[0]
    for column in range(_LOOKED):
        there = np.isfinite(away[close, column])
        own = close[there]
        segment = border.of[near[own, column]]
        distance = distance_to_segments(positions_mm[own], border.start[segment], border.end[segment])
        found[own] = np.minimum(found[own], distance)
    found[found >= most_mm] = np.inf
    return found


@lru_cache(maxsize=4)
def _border(skin: Skin, zones: frozenset[str], step_mm: float) -> _Border | None:
    from scipy.spatial import KDTree

    treated = np.isin(skin.zone, [skin.zones.index(zone) for zone in zones if zone in skin.zones])
    ends, edge = edges_of(skin.triangles, len(skin.vertices_mm))
    counted = edge.ravel()
    inside = np.bincount(counted, np.repeat(treated, 3), len(ends)) > 0
    outside = np.bincount(counted, np.repeat(~treated, 3), len(ends)) > 0
    met = ends[inside & outside]
    if not len(met):
        return None
    start, end = skin.vertices_mm[met[:, 0]], skin.vertices_mm[met[:, 1]]
    pieces = np.maximum(1, np.ceil(np.linalg.norm(end - start, axis=1) / step_mm)).astype(np.int64)
    of = np.repeat(np.arange(len(met)), pieces)
    share = (np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[of]
    return _Border(start, end, KDTree(start[of] + share[:, None] * (end - start)[of]), of)
