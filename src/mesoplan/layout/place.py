"""Places every puncture of a course on the skin: charts, a lattice on each, their seams, and a last pass of distances.

Two steps: `prepare` cuts the skin into charts, once; `place` lays on them. Both give the same bits again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.layout.chart import Chart, cut
from mesoplan.layout.even import even_out
from mesoplan.layout.kernels import count_sessions
from mesoplan.layout.lay import lay, make_sheet
from mesoplan.layout.near import close_pairs, facing, without_later
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.seam import FREE, LEAST, Band, Seams, distance_to_seams_mm, find_seams, repair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.layout.lattice import Interleaving
    from mesoplan.surface.skin import Skin

_ORIGINS = ((0.58, 0.94), (0.37, 0.21), (0.12, 0.66), (0.81, 0.43))
"""Where a chart's origin lies in its lattice: corners of a drawn patch do not fall on lattice points. Which one is by
chance; the first gives all twelve faces of the benchmark their counts, the others are tried where a small zone gets too
many or too few."""
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
    positions = _joined([field[0] for field in laid])
    triangle, session = _joined([field[1] for field in laid]), _joined([field[2] for field in laid])
    least = _joined([np.full(len(field[0]), field[3]) for field in laid])
    if keep is not None:
        session[~keep(positions)] = -1
    sessions = max(field.course.sessions for field in prepared.fields)
    _part(prepared.skin, positions, triangle, session, least, sessions)
    stays = session >= 0
    diameter = prepared.fields[0].course.diameter_mm
    return Punctures(prepared.skin, positions[stays], triangle[stays], session[stays], sessions, diameter)


_Laid = tuple["Floats", "NDArray[np.int32]", "NDArray[np.int16]", float]
"""Positions, triangles, sessions (-1 for none), and the least distance that each keeps from its like."""


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays one after the other; one alone as it is, for it is large."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


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
    zone = np.concatenate([skin.zone[chart.triangles] for chart in field.charts])
    zones, sessions = len(skin.zones), field.course.sessions
    area = np.bincount(zone, np.concatenate([chart.flat.area_mm2 for chart in field.charts]), minlength=zones)
    wished = area / abs(np.linalg.det(field.course.session_basis))
    table = np.zeros((zones, sessions), np.int64)
    count_sessions(laid[1], laid[2], skin.zone, table)
    off = np.abs(table - wished[:, None])
    return float((off / np.maximum(_OFF_COUNT, _OFF_SHARE * wished)[:, None]).max())


def _lay_field(skin: Skin, field: Field, origin: tuple[float, float]) -> _Laid:
    """Return the punctures of one field, its seams repaired."""
    course = field.course
    (d1, c), (_, d2) = course.hermite
    members = np.concatenate([chart.triangles for chart in field.charts])
    uv = np.concatenate([chart.uv_mm for chart in field.charts]) + np.array(origin) @ course.basis
    corners = skin.triangles[members]
    laid = lay(make_sheet(uv, skin.vertices_mm[corners], corners, course.basis, (d1, c, d2)))
    owner, session = laid.triangle, laid.colour
    chart = np.repeat(np.arange(len(field.charts)), [len(chart.triangles) for chart in field.charts])
    near = np.nonzero(field.seams.near[members][owner])[0]
    positions, triangle = laid.positions_mm, members.astype(np.int32)[owner]
    sown = _repaired(skin, field, (positions, triangle, session), near, chart[owner[near]])
    if len(sown[0]):
        positions = np.concatenate([positions, sown[0]])
        triangle, session = np.concatenate([triangle, sown[1]]), np.concatenate([session, sown[2]])
    return positions, triangle, session, LEAST * course.spacing_mm


_Points = tuple["Floats", "NDArray[np.int32]", "NDArray[np.int16]"]
"""Positions, triangles, sessions."""


def _repaired(skin: Skin, field: Field, laid: _Points, near: Ints, chart: Ints) -> _Points:
    """Thin, deal anew and even out what lies along the seams; return what is sown on them."""
    (positions, triangle, session), seams, course = laid, field.seams, field.course
    at = positions[near]
    distance = distance_to_seams_mm(seams, at, course)
    reached = np.isfinite(distance)
    near, chart, at, distance = near[reached], chart[reached], at[reached], distance[reached]
    places = len(seams.places_mm)
    owner = np.concatenate([triangle[near], seams.triangle])
    band = Band(
        positions_mm=np.concatenate([at, seams.places_mm]),
        normals=seams.ground.normals[owner],
        zone=skin.zone[owner],
        chart=np.concatenate([chart, np.full(places, -1)]),
        session=np.concatenate([session[near], np.full(places, -2)]).astype(np.int64),
        seam_mm=np.concatenate([distance, np.zeros(places)]),
    )
    dealt = repair(band, course)
    held = dealt >= 0
    free = band.seam_mm[held] < FREE * course.spacing_mm
    band.positions_mm[held], owner[held] = even_out(
        seams.ground, band.positions_mm[held], owner[held], dealt[held], free, course
    )
    along = len(near)
    positions[near], triangle[near], session[near] = band.positions_mm[:along], owner[:along], dealt[:along]
    sown = along + np.nonzero(held[along:])[0]
    return band.positions_mm[sown], owner[sown].astype(np.int32), dealt[sown].astype(np.int16)


def _part(
    skin: Skin, positions: Floats, triangle: NDArray[np.int32], session: NDArray[np.int16], least: Floats, sessions: int
) -> None:
    """Take out of its session (-1) the later of two punctures too near each other on the same side of the skin."""

    def part(number: int) -> None:
        own = np.nonzero(session == number)[0]
        one, other, _ = close_pairs(positions[own], least[own])
        if len(one):
            same = facing(normals[triangle[own[one]]], normals[triangle[own[other]]])
            session[own[~without_later(len(own), one[same], other[same])]] = -1

    normals = skin.normals
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(part, range(sessions)))
