"""Places every puncture of a course on the skin: charts, a lattice on each, their seams, and a last pass of distances.

Two steps: `prepare` cuts the skin into charts, once; `place` lays on them. Both give the same bits again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.chart import Chart, cut
from mesoplan.layout.lay import lay, make_sheet
from mesoplan.layout.near import keep_apart
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.seam import LEAST, Band, Seams, distance_to_seams_mm, find_seams, is_free, repair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.layout.lattice import Interleaving
    from mesoplan.surface.skin import Skin

_ORIGINS = ((0.37, 0.21), (0.12, 0.66), (0.81, 0.43), (0.58, 0.94))
"""Where a chart's origin lies in its lattice: corners of a drawn patch do not fall on lattice points. The others are
tried where by chance a small zone gets too many or too few."""
_OFF_COUNT, _OFF_SHARE = 10, 0.01
"""How far a zone's count in a session may be off what its area asks, the larger of the two."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A part of the skin that gets one lattice.

    Attributes:
        course: The lattice and its sessions.
        charts: The part's charts.
        seams: Where they meet.
    """

    course: Interleaving
    charts: tuple[Chart, ...]
    seams: Seams


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Skin cut into charts.

    Attributes:
        skin: The surface.
        fields: Zones of equal wishes together, in the order of the zones.
    """

    skin: Skin
    fields: tuple[Field, ...]


def prepare(skin: Skin, courses: Mapping[str, Interleaving]) -> Prepared:
    """Return the skin cut into charts, zones of the same course together; a zone without a course gets none.

    Raises:
        ValueError: If a course names a zone that the skin has not, or the courses' diameters differ.
    """
    unknown = [zone for zone in courses if zone not in skin.zones]
    diameters = {course.diameter_mm for course in courses.values()}
    if unknown or len(diameters) > 1:
        raise ValueError(f"zones {unknown} are not on this skin, or microzones differ: {sorted(diameters)} mm")
    fields = []
    for course in dict.fromkeys(courses[zone] for zone in skin.zones if zone in courses):
        wished = [number for number, zone in enumerate(skin.zones) if courses.get(zone) == course]
        charts = cut(skin, np.nonzero(np.isin(skin.zone, wished))[0], course.spacing_mm)
        fields.append(Field(course, charts, find_seams(skin, charts, course)))
    return Prepared(skin, tuple(fields))


def place(prepared: Prepared, keep: Callable[[Floats], NDArray[np.bool_]] | None = None) -> Punctures:
    """Return every puncture of the course; empty where nothing is wished.

    No two punctures of one session lie nearer than 0.7 of their lattice's own distance on the same side of the skin;
    of two different lattices the smaller distance counts.

    Args:
        prepared: The charts.
        keep: Says of (n, 3) positions which may be punctured: keep-outs are respected puncture by puncture.
    """
    laid = [_lay_best(prepared.skin, field) for field in prepared.fields if field.charts]
    if not laid:
        none = np.empty(0, np.int32)
        return Punctures(prepared.skin, np.empty((0, 3)), none, none.astype(np.int16), 0, 0.0)
    positions, triangle, session, least = (np.concatenate(parts) for parts in zip(*laid, strict=True))
    if keep is not None:
        stays = keep(positions)
        positions, triangle, session, least = positions[stays], triangle[stays], session[stays], least[stays]
    sessions = max(field.course.sessions for field in prepared.fields)
    stays = _apart(positions, prepared.skin.normals[triangle], session, least, sessions)
    diameter = prepared.fields[0].course.diameter_mm
    return Punctures(prepared.skin, positions[stays], triangle[stays], session[stays], sessions, diameter)


_Laid = tuple["Floats", "NDArray[np.int32]", "NDArray[np.int16]", "Floats"]
"""Positions, triangles, sessions, and the least distance that each keeps from its like."""


def _lay_best(skin: Skin, field: Field) -> _Laid:
    """Return the punctures of one field from the first origin that gives every zone its count, else from the best."""
    laid = _lay_field(skin, field, _ORIGINS[0])
    least = _count_off(skin, field, laid)
    for origin in _ORIGINS[1:] if least > 1.0 else ():
        other = _lay_field(skin, field, origin)
        off = _count_off(skin, field, other)
        if off < least:
            laid, least = other, off
        if least <= 1.0:
            break
    return laid


def _count_off(skin: Skin, field: Field, laid: _Laid) -> float:
    """Return how far the worst count of a zone in a session is off, against how far it may be."""
    members = np.concatenate([chart.triangles for chart in field.charts])
    zones = len(skin.zones)
    area = np.bincount(skin.zone[members], skin.triangle_areas_mm2[members], minlength=zones)
    wished = area / abs(np.linalg.det(field.course.session_basis))
    table = np.bincount(skin.zone[laid[1]] * field.course.sessions + laid[2], minlength=zones * field.course.sessions)
    off = np.abs(table.reshape(zones, -1) - wished[:, None])
    return float((off / np.maximum(_OFF_COUNT, _OFF_SHARE * wished)[:, None]).max())


def _lay_field(skin: Skin, field: Field, origin: tuple[float, float]) -> _Laid:
    """Return the punctures of one field, its seams repaired."""
    (d1, c), (_, d2) = field.course.hermite
    shift = np.array(origin) @ field.course.basis

    def lay_chart(chart: Chart) -> tuple[Floats, Ints, Ints]:
        corners = skin.triangles[chart.triangles]
        sheet = make_sheet(chart.uv_mm + shift, skin.vertices_mm[corners], corners, field.course.basis, (d1, c, d2))
        laid = lay(sheet)
        return laid.positions_mm, chart.triangles[laid.triangle], laid.colour.astype(np.int64)

    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(lay_chart, field.charts))
    positions, triangle, session = (np.concatenate(own) for own in zip(*parts, strict=True))
    chart = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    positions, triangle, session = _repaired(skin, field, positions, triangle, session, chart)
    least = np.full(len(positions), LEAST * field.course.spacing_mm)
    return positions, triangle.astype(np.int32), session.astype(np.int16), least


def _repaired(
    skin: Skin, field: Field, positions: Floats, triangle: Ints, session: Ints, chart: Ints
) -> tuple[Floats, Ints, Ints]:
    """Return the punctures with those along the seams thinned, filled up and dealt anew."""
    seams, course = field.seams, field.course
    near = np.nonzero(seams.near[triangle])[0]
    distance = distance_to_seams_mm(seams, positions[near], course)
    near, distance = near[np.isfinite(distance)], distance[np.isfinite(distance)]
    if not len(near):
        return positions, triangle, session
    places = len(seams.places_mm)
    owner = np.concatenate([triangle[near], seams.triangle])
    band = Band(
        positions_mm=np.concatenate([positions[near], seams.places_mm]),
        normals=skin.normals[owner],
        zone=skin.zone[owner],
        chart=np.concatenate([chart[near], np.full(places, -1)]),
        session=np.concatenate([session[near], np.full(places, -2)]),
        free=np.concatenate([is_free(distance, course), np.zeros(places, np.bool_)]),
    )
    dealt = repair(band, course)
    session[near] = dealt[: len(near)]
    stays = session >= 0
    sown = np.nonzero(dealt[len(near) :] >= 0)[0]
    return (
        np.concatenate([positions[stays], seams.places_mm[sown]]),
        np.concatenate([triangle[stays], seams.triangle[sown]]),
        np.concatenate([session[stays], dealt[len(near) :][sown]]),
    )


def _apart(
    positions: Floats, normals: Floats, session: NDArray[np.int16], least: Floats, sessions: int
) -> NDArray[np.bool_]:
    """Return (n,) whether each puncture stays: of two too near each other in one session the earlier does."""
    stays = np.ones(len(positions), np.bool_)

    def part(number: int) -> None:
        own = np.nonzero(session == number)[0]
        stays[own] = keep_apart(positions[own], normals[own], least[own])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(part, range(sessions)))
    return stays
