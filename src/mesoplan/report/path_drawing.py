"""The schematic face with a roller's paths: numbered arrows on both halves, planned places tinted, others hatched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from mesoplan.knowledge.technique import RollerPath
from mesoplan.surface.canonical import Drawing, canonical_drawing
from mesoplan.surface.geometry import inside

if TYPE_CHECKING:
    from mesoplan.surface.mesh import Floats

INK, TINT, FORBIDDEN, FAINT = "#0d5c63", "#d9ebec", "#a3262a", "#9aa7ad"
TYPE, RING = 40.0, 27.0
"""Height of the numbers and radius of the ring around them, in pixels of the drawing."""
_HEAD = 24.0
_STEP = 4.0
"""Steps in pixels in which an arrow is looked at."""
Point = tuple[float, float]


def draw_paths(paths: Mapping[str, RollerPath], planned: Sequence[str], allowed: Sequence[str], title: str) -> str:
    """Return an SVG of the canonical face with the arrows of `paths`; the same input gives the same text.

    Args:
        paths: Number as printed -> path; one without arrows is left out.
        planned: Expanded zone ids that are tinted; an arrow is drawn as far as it lies in them.
        allowed: Expanded zone ids that the technique may be planned on; all others are hatched.
        title: Alternative text.
    """
    drawing = canonical_drawing()
    width, height = drawing.size
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="PT Sans, Arial, sans-serif"><title>{escape(title)}</title>',
        '<defs><pattern id="never" width="12" height="12" patternUnits="userSpaceOnUse">'
        f'<path d="M-2 14L14 -2" stroke="{FORBIDDEN}" stroke-width="2"/></pattern></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for outline in drawing.outlines:
        fill = TINT if outline.zone in planned else "#ffffff" if outline.zone in allowed else "url(#never)"
        parts.append(
            f'<path data-zone="{outline.zone}" d="{_line(outline.points)}Z" fill="{fill}" fill-opacity="0.85" '
            f'stroke="{FAINT}" stroke-width="1.5"/>'
        )
    places = [np.array(one.points) for one in drawing.outlines if one.zone in planned]
    for number, path in paths.items():
        halves = [path.arrows, [[_mirrored(one, drawing) for one in arrow] for arrow in path.arrows]]
        for half in halves:
            shown = [part for arrow in half if (part := _within(arrow, places))]
            parts += [_arrow(points) for points in shown]
            parts += [_number(shown[0][0], number)] if shown else []
    return "".join(parts) + "</svg>"


def _within(arrow: Sequence[Point], places: Sequence[Floats]) -> list[Point]:
    """Return the longest stretch of an arrow inside the planned places, empty where none is long enough to show."""
    steps: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(arrow):
        count = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / _STEP))
        steps += [(x0 + (x1 - x0) * one / count, y0 + (y1 - y0) * one / count) for one in range(count)]
    steps.append(arrow[-1])
    held = np.zeros(len(steps), dtype=bool)
    for place in places:
        held |= inside(np.array(steps), place)
    runs = [[steps[index] for index, _ in run] for keep, run in groupby(enumerate(held), lambda one: one[1]) if keep]
    longest = max(runs, key=len, default=[])
    return longest if len(longest) * _STEP >= 2.0 * _HEAD else []


def _mirrored(point: Point, drawing: Drawing) -> Point:
    return 2.0 * drawing.origin[0] - point[0], point[1]


def _line(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _arrow(points: Sequence[Point]) -> str:
    """Return a line with a head at its end."""
    (x0, y0), (x, y) = points[-2], points[-1]
    length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
    dx, dy = (x - x0) / length, (y - y0) / length
    back, side = _HEAD, 0.5 * _HEAD
    head = (
        (x - back * dx - side * dy, y - back * dy + side * dx),
        (x, y),
        (x - back * dx + side * dy, y - back * dy - side * dx),
    )
    line = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'<path d="{_line(points)}" {line} stroke="#ffffff" stroke-width="13"/>'
        f'<path d="{_line(points)}" {line} stroke="{INK}" stroke-width="6"/>'
        f'<path d="{_line(head)}" {line} stroke="{INK}" stroke-width="6"/>'
    )


def _number(at: Point, number: str) -> str:
    x, y = at
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RING:.0f}" fill="#ffffff" stroke="{INK}" stroke-width="4"/>'
        f'<text x="{x:.1f}" y="{y + 0.35 * TYPE:.1f}" text-anchor="middle" font-size="{TYPE:.0f}" font-weight="bold" '
        f'fill="{INK}">{escape(number)}</text>'
    )
