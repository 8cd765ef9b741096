"""Skin of known shape: body patches as they are measured with a tape, a drawn polygon, and exact shapes for tests.

Each has its middle at the highest z and faces +z; a cylinder and a cone stand upright, so that their axis is y. The
vertices lie on the shape itself, the triangles within it: what the mesh's area falls short of the shape's own is a
share that falls with the square of the edge and stands in each docstring.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.errors import Problems
from mesoplan.surface.discs import Discs, MaskedSkin
from mesoplan.surface.model import KeepOut
from mesoplan.surface.parameters import number
from mesoplan.surface.polygon import fill_polygon, polygon_problem
from mesoplan.surface.skin import Skin
from mesoplan.units import MM_PER_CM

if TYPE_CHECKING:
    from mesoplan.surface.options import PatchShape
    from mesoplan.surface.skin import Floats, Ints

PLACE = "patch"
_TURN = 2.0 * math.pi


def flat_patch(zone: str, width_mm: float, height_mm: float, *, edge_mm: float | None = None) -> Skin:
    """Return a flat rectangle of width x height; the mesh's area is exactly that.

    Raises:
        ProblemError: If a size cannot be meant.
    """
    edge = _checked(zone, width_mm, height_mm, edge_mm)
    across, up = _grid(width_mm, height_mm, edge)
    return _skin(zone, np.stack([across, up, np.zeros_like(up)], axis=-1))


def shaped_patch(
    zone: str, size_cm: tuple[float, float] | None, shape: PatchShape | None, keep_outs: Sequence[KeepOut] = ()
) -> MaskedSkin:
    """Return a patch as it was given, flat, bent or drawn, and the circles on it that are not to be punctured.

    Raises:
        ProblemError: If it cannot be made: it reaches round more than once, or its corners cross themselves.
    """
    if shape is not None and shape.corners_cm:
        skin = drawn_patch(zone, [(x * MM_PER_CM, y * MM_PER_CM) for x, y in shape.corners_cm])
    else:
        width, height = (side * MM_PER_CM for side in size_cm or (0.0, 0.0))
        radii = [radius * MM_PER_CM for radius in shape.radii_cm] if shape is not None else []
        bent = conical_patch(zone, width, height, radii[0], radii[-1]) if radii else None
        skin = bent if bent is not None else flat_patch(zone, width, height)
    circles = [(one.x, one.y, one.radius_mm) for one in keep_outs if one.zone == zone]
    return MaskedSkin(skin, Discs(np.array(circles).reshape(-1, 3)))


def cylindrical_patch(
    zone: str, width_mm: float, height_mm: float, radius_mm: float, *, edge_mm: float | None = None
) -> Skin:
    """Return part of a cylinder: width along the skin round it, height along its axis; its area is width x height.

    The mesh's area falls short by the chords: sin(a / 2) / (a / 2), with `a` the angle of one edge.

    Raises:
        ProblemError: If a size cannot be meant, or the patch reaches round more than once.
    """
    return conical_patch(zone, width_mm, height_mm, radius_mm, radius_mm, edge_mm=edge_mm)


def conical_patch(
    zone: str,
    width_mm: float,
    height_mm: float,
    lower_radius_mm: float,
    upper_radius_mm: float,
    *,
    edge_mm: float | None = None,
) -> Skin:
    """Return part of a cone: width along the skin half way up, height along the skin; its area is width x height.

    The mesh's area falls short by the chords, as that of a cylinder does.

    Raises:
        ProblemError: If a size cannot be meant, the patch reaches round more than once, or the radii differ by more
            than the height.
    """
    problems = Problems()
    radii = (lower_radius_mm, upper_radius_mm)
    _check_radii(zone, radii, problems)
    edge = _checked(zone, width_mm, height_mm, edge_mm, problems, raising=False)
    if not problems:
        _check_wrapping(zone, width_mm, height_mm, radii, problems)
    problems.raise_if_any()
    middle = (lower_radius_mm + upper_radius_mm) / 2.0
    widest = width_mm * max(radii) / middle
    across, along = _grid(widest, height_mm, edge)
    angle = across / widest * (width_mm / middle)
    radius = middle + (upper_radius_mm - lower_radius_mm) * along / height_mm
    rise = math.sqrt(height_mm**2 - (upper_radius_mm - lower_radius_mm) ** 2) / height_mm
    points = np.stack([radius * np.sin(angle), along * rise, radius * np.cos(angle)], axis=-1)
    return _skin(zone, points)


def sphere_cap(zone: str, radius_mm: float, reach_mm: float, *, edge_mm: float | None = None) -> Skin:
    """Return a cap of a sphere that reaches this far along the skin from its middle.

    Its area is 2 pi R^2 (1 - cos(reach / R)); the mesh's falls short by a share of about 0.4 (edge / R)^2.

    Raises:
        ProblemError: If a size cannot be meant, or the cap would be more than the sphere.
    """
    problems = Problems()
    _check_radii(zone, (radius_mm,), problems)
    edge = _checked(zone, 2.0 * reach_mm, 2.0 * reach_mm, edge_mm, problems, raising=False)
    if not problems and reach_mm >= math.pi * radius_mm:
        remedy = f"Give less than {math.pi * radius_mm:.0f} mm."
        problems.add(PLACE, f"{zone}: {reach_mm:g} mm", "the cap reaches round the whole sphere", remedy)
    problems.raise_if_any()
    rings = max(1, math.ceil(reach_mm / edge))
    ring, turn, triangles = _rings(rings)
    polar = ring / rings * (reach_mm / radius_mm)
    flat = radius_mm * np.sin(polar)
    points = np.column_stack([flat * np.sin(turn), flat * np.cos(turn), radius_mm * np.cos(polar)])
    return _patch(zone, points, triangles[:, [0, 2, 1]])


def drawn_patch(zone: str, corners_mm: Sequence[tuple[float, float]], *, edge_mm: float | None = None) -> Skin:
    """Return the flat polygon that a practitioner drew; the mesh's area is exactly the polygon's.

    Args:
        zone: Zone id.
        corners_mm: (x, y) in order, either way round; x to the patient's left, y up. The last joins the first.
        edge_mm: Usual edge of the mesh, a little longer beside the sides; None: that of every patch.

    Raises:
        ProblemError: If the corners draw no area, cross themselves, or cannot be meant.
    """
    problems = Problems()
    corners = np.array([(float(x), float(y)) for x, y in corners_mm], float).reshape(-1, 2)
    complaint = polygon_problem(corners)
    if complaint is not None:
        problems.add(PLACE, f"{zone}: {complaint[0]}", *complaint[1:])
        problems.raise_if_any()
    size = np.ptp(corners, axis=0)
    edge = _checked(zone, float(size[0]), float(size[1]), edge_mm)
    points, triangles = fill_polygon(corners, edge)
    return _patch(zone, np.column_stack([points, np.zeros(len(points))]), triangles)


def _checked(
    zone: str,
    width_mm: float,
    height_mm: float,
    edge_mm: float | None,
    problems: Problems | None = None,
    *,
    raising: bool = True,
) -> float:
    """Return the edge length, once sizes and count are plausible; problems are noted, and raised if wished."""
    found = problems if problems is not None else Problems()
    least, most = (number(name) * MM_PER_CM for name in ("min_patch_side_cm", "max_patch_side_cm"))
    if not (least <= width_mm <= most and least <= height_mm <= most):  # also refuses what is not a number
        remedy = f"Give millimetres between {least:g} and {most:g}."
        value = f"{zone}: {width_mm:g} x {height_mm:g} mm"
        found.add(PLACE, value, "no patch of skin has this width and height", remedy)
    edge = number("patch_edge_mm") if edge_mm is None else edge_mm
    limit = number("max_skin_triangles")
    if not edge > 0.0 or (not found and 2.0 * width_mm * height_mm / edge**2 > limit):
        remedy = f"Give an edge above 0 mm that makes no more than {limit:.0f} triangles."
        found.add(PLACE, f"{zone}: {edge:g} mm", "the patch cannot be cut into triangles of this edge", remedy)
    if raising:
        found.raise_if_any()
    return edge


def _check_radii(zone: str, radii_mm: Sequence[float], problems: Problems) -> None:
    least, most = number("min_patch_radius_mm"), number("max_patch_radius_mm")
    for radius in radii_mm:
        if not least <= radius <= most:
            remedy = f"Give millimetres between {least:g} and {most:g}: the girth divided by 6.28."
            problems.add(PLACE, f"{zone}: {radius:g} mm", "no part of the body has this radius", remedy)


def _check_wrapping(
    zone: str, width_mm: float, height_mm: float, radii_mm: tuple[float, float], problems: Problems
) -> None:
    lower, upper = radii_mm
    girth = _TURN * (lower + upper) / 2.0
    if width_mm > girth:
        remedy = f"Give a width up to {girth:.0f} mm, or a larger radius."
        problems.add(PLACE, f"{zone}: {width_mm:g} mm", "the patch would reach round more than once", remedy)
    if abs(upper - lower) >= height_mm:
        value = f"{zone}: radii {lower:g} and {upper:g} mm, height {height_mm:g} mm"
        remedy = "Give the height along the skin, and radii that differ by less."
        problems.add(PLACE, value, "the radii differ by more than the height along the skin allows", remedy)


def _grid(width_mm: float, height_mm: float, edge_mm: float) -> tuple[Floats, Floats]:
    """Return x and y (rows, columns) of a grid round the origin whose steps are no longer than the edge."""
    columns, rows = (max(1, math.ceil(side / edge_mm - 1e-9)) for side in (width_mm, height_mm))
    x = (np.arange(columns + 1) / columns - 0.5) * width_mm
    y = (np.arange(rows + 1) / rows - 0.5) * height_mm
    across, up = np.meshgrid(x, y)
    return across, up


def _skin(zone: str, grid: Floats) -> Skin:
    """Return the skin over a grid (rows, columns, 3), each cell halved along alternating diagonals."""
    rows, columns = grid.shape[0] - 1, grid.shape[1] - 1
    row, column = (part.ravel() for part in np.mgrid[0:rows, 0:columns])
    a = row * (columns + 1) + column
    b, c, d = a + 1, a + columns + 2, a + columns + 1
    rising = ((row + column) % 2 == 0)[:, None]
    first = np.where(rising, np.column_stack([a, b, c]), np.column_stack([a, b, d]))
    second = np.where(rising, np.column_stack([a, c, d]), np.column_stack([b, c, d]))
    return _patch(zone, grid.reshape(-1, 3), np.stack([first, second], axis=1).reshape(-1, 3))


def _patch(zone: str, points: Floats, triangles: Ints) -> Skin:
    zones = np.zeros(len(triangles), np.int64)
    return Skin(points, triangles.astype(np.int64), zones, (zone,), "patch", "confirmed")


def _rings(rings: int) -> tuple[Floats, Floats, Ints]:
    """Return ring and turn of the points of a round mesh, 6 k of them on ring k, and its triangles, clockwise."""
    ring = np.concatenate([[0], *(np.full(6 * k, k) for k in range(1, rings + 1))])
    turn = np.concatenate([[0.0], *(np.arange(6 * k) * (_TURN / (6 * k)) for k in range(1, rings + 1))])
    triangles = []
    for k in range(1, rings + 1):
        inner, outer = 1 + 3 * (k - 1) * (k - 2), 1 + 3 * k * (k - 1)
        inside = max(1, 6 * (k - 1))
        step = np.arange(6 * k)
        near = inner + ((step // k) * (k - 1) + step % k) % inside if k > 1 else np.zeros(6 * k, np.int64)
        after = outer + (step + 1) % (6 * k)
        triangles.append(np.column_stack([near, outer + step, after]))
        turning = step[step % k < k - 1]
        following = inner + ((turning // k) * (k - 1) + turning % k + 1) % inside
        triangles.append(np.column_stack([near[turning], outer + turning + 1, following]))
    return ring.astype(float), turn, np.concatenate(triangles)
