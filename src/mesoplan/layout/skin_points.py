"""Points of a syringe on skin in space: zones of one spacing share a lattice of equal triangles, counts are the plan's.

Of the places and directions of the lattice the one is taken whose counts come nearest to those that the areas ask for.
A zone never gets more than `count_points` says, since a volume is planned for the number; one that the lattice misses
gets one point where it is widest.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.lattice import Interleaving, interleave
from mesoplan.layout.near import keep_apart
from mesoplan.layout.place import Field, Prepared, place, prepare
from mesoplan.layout.points import count_points
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.seam import LEAST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints, Skin

    Flags = NDArray[np.bool_]
    Keep = Callable[[Floats], Flags]

_SHIFTS, _TURNS = 5, 3
"""Places of the lattice along each of its two directions, and directions up to the one that looks the same again."""
_FEW = 2_000
"""Points up to which places and directions are tried: of many the number hardly changes."""


def points_on_skin(
    skin: Skin, spacing_mm: Mapping[str, float], *, diameter_mm: float | None = None, keep: Keep | None = None
) -> Punctures:
    """Return the points of one session, zone after zone.

    No two points lie nearer than 0.7 of the closer spacing; on skin that lies flat they are a spacing apart.

    Args:
        skin: The surface.
        spacing_mm: Distance between neighbours, by zone; a zone that is not named gets no point.
        diameter_mm: Diameter of what one point acts on; None: the smallest spacing, so that points touch at most.
        keep: Says of (n, 3) positions which may be punctured.

    Raises:
        ValueError: If the skin has not all of the zones, or a spacing or the diameter cannot be meant.
    """
    courses = _courses(spacing_mm, diameter_mm)
    prepared = prepare(skin, courses)
    best = [_best(skin, field, keep) for field in prepared.fields]
    laid = place(Prepared(skin, tuple(best)), keep)
    if not len(prepared.fields):
        return laid
    wanted = {zone: count_points(skin.area_cm2(zone), spacing_mm[zone]) for zone in skin.zones if zone in spacing_mm}
    stays = np.ones(len(laid), np.bool_)
    singles: list[tuple[Floats, int]] = []
    for number, zone in enumerate(skin.zones):
        own = np.nonzero(laid.zone == number)[0]
        most = wanted.get(zone, 0)
        if len(own) > most:
            by_border = np.argsort(_from_border_mm(skin, number, laid.positions_mm[own]), kind="stable")
            stays[own[by_border[: len(own) - most]]] = False
        elif not len(own) and most:
            singles += _widest(skin, number, keep)
    return _joined(laid, stays, singles, spacing_mm)


def _courses(spacing_mm: Mapping[str, float], diameter_mm: float | None) -> dict[str, Interleaving]:
    """Return a lattice of equal triangles of one session for each zone."""
    if not all(0.0 < one < math.inf for one in spacing_mm.values()):
        raise ValueError(f"spacing {dict(spacing_mm)} mm: each must be above 0")
    least = min(spacing_mm.values(), default=1.0)
    diameter = least if diameter_mm is None else diameter_mm
    if not 0.0 < diameter <= least:
        raise ValueError(f"points of {diameter} mm, {least} mm apart: they would overlap")
    share = math.pi / (2.0 * math.sqrt(3.0))  # of touching discs on a hexagonal lattice
    return {zone: interleave(1, share * (diameter / one) ** 2, diameter) for zone, one in spacing_mm.items()}


def _best(skin: Skin, field: Field, keep: Keep | None) -> Field:
    """Return the field with its lattice where the zones' counts miss what their areas ask for least."""
    own = np.unique(np.concatenate([skin.zone[chart.triangles] for chart in field.charts] or [np.empty(0, np.int64)]))
    wanted = {int(zone): count_points(skin.area_cm2(skin.zones[zone]), field.course.spacing_mm) for zone in own}
    if not wanted or sum(wanted.values()) > _FEW:
        return field
    best, least = field, math.inf
    for tried in _moved(field):
        counts = place(Prepared(skin, (tried,)), keep).count()[:, 0]
        # what is too many is taken away again, what is too few stays away: that is worse
        misses = sum(max(1.1 * (most - counts[zone]), 0.1 * (counts[zone] - most)) for zone, most in wanted.items())
        if misses < least - 1e-9:
            best, least = tried, float(misses)
    return best


def _moved(field: Field) -> Iterator[Field]:
    """Yield the field with its charts moved and turned under the lattice, as it is first."""
    for turn in range(_TURNS):
        angle = math.pi / 3.0 * turn / _TURNS
        cosine, sine = math.cos(angle), math.sin(angle)
        turned = np.array([(cosine, sine), (-sine, cosine)])
        for i in range(_SHIFTS):
            for j in range(_SHIFTS):
                shift = np.array([i, j]) / _SHIFTS @ field.course.basis
                charts = [replace(chart, uv_mm=chart.uv_mm @ turned + shift) for chart in field.charts]
                yield replace(field, charts=tuple(charts))


def _border(skin: Skin, number: int) -> Floats:
    """Return places close to one another along the border of a zone."""
    own = skin.triangles[skin.zone == number]
    sides = np.sort(np.concatenate([own[:, [0, 1]], own[:, [1, 2]], own[:, [2, 0]]]), axis=1)
    every, counts = np.unique(sides, axis=0, return_counts=True)
    start, end = (skin.vertices_mm[every[counts == 1][:, side]] for side in (0, 1))
    return np.concatenate([start + (end - start) * share for share in np.linspace(0.0, 1.0, 9)])


def _from_border_mm(skin: Skin, number: int, places_mm: Floats) -> Floats:
    """Return (n,) how far places are from a zone's border; infinite for a surface without one."""
    from scipy.spatial import KDTree

    border = _border(skin, number)
    if not len(border):
        return np.full(len(places_mm), np.inf)
    return np.round(np.asarray(KDTree(border).query(places_mm)[0]), 9)


def _widest(skin: Skin, number: int, keep: Keep | None) -> list[tuple[Floats, int]]:
    """Return the middle of the triangle that is farthest from the zone's border; none where none may be punctured."""
    own = np.nonzero((skin.zone == number) & (skin.triangle_areas_mm2 > 0.0))[0]
    middles = skin.vertices_mm[skin.triangles[own]].mean(axis=1)
    allowed = np.ones(len(own), np.bool_) if keep is None else keep(middles)
    own, middles = own[allowed], middles[allowed]
    if not len(own):
        return []
    distance = _from_border_mm(skin, number, middles)
    centre = np.linalg.norm(middles - middles.mean(axis=0), axis=1)
    first = int(np.lexsort((np.round(centre, 6), -np.round(distance, 6)))[0])
    return [(middles[first], int(own[first]))]


def _joined(
    laid: Punctures, stays: Flags, singles: list[tuple[Floats, int]], spacing_mm: Mapping[str, float]
) -> Punctures:
    """Return single points and the lattice's together, without what lies too near a single one, zone after zone."""
    skin = laid.skin
    positions = np.concatenate([*(place[None] for place, _ in singles), laid.positions_mm[stays]])
    owners: Ints = np.array([triangle for _, triangle in singles], np.int64)
    triangle = np.concatenate([owners, laid.triangle[stays]]).astype(np.int32)
    zone = skin.zone[triangle]
    least = LEAST * np.array([spacing_mm.get(name, 0.0) for name in skin.zones])[zone]
    kept = keep_apart(positions, skin.normals[triangle], least)
    order = np.nonzero(kept)[0]
    order = order[np.argsort(zone[order], kind="stable")]
    session = np.zeros(len(order), np.int16)
    return Punctures(skin, positions[order], triangle[order], session, 1, laid.diameter_mm)
