"""map.svg: the zones on the photo or on the canonical drawing, by how they stand; colour is never the only sign."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from mesoplan.report.context import PaperContext
    from mesoplan.surface.model import KeepOut, Picture, Surface, ZoneOutline

WIDTH = 1000.0
"""Width of every map in its own units; line widths and type follow it."""
SMALLEST_MM = 3.2
"""Type of 9 pt on paper."""
FACE_MARGIN = 0.14
"""Margin around the zones of a photo, as a share of their width."""
PICTURE_PX = 1100
THUMBNAIL_PX = 240
_QUALITY = 88
_LEGEND_LINE = 40.0
_WIDE = 0.72
"""Width of a bold capital as a share of the type's height, on average and rather too wide."""
_APART = 3.0
"""Least distance between the names of the two sides, in heights of the type."""

STYLES: dict[str, tuple[str, str]] = {
    "treat": ("#1f7a4d", "dots"),
    "info": ("#4d6472", "cross"),
    "defer": ("#b97a00", "up"),
    "doctor": ("#5b3f9e", "grid"),
    "no": ("#b3262b", "down"),
    "left_out": ("#55656d", "level"),
}
"""Status -> colour and pattern."""
_PATTERNS: dict[str, tuple[int, str]] = {
    "dots": (16, '<circle cx="8" cy="8" r="2.2" fill="{c}"/>'),
    "up": (14, '<path d="M-2 16L16 -2" stroke="{c}" stroke-width="2.4"/>'),
    "down": (12, '<path d="M-2 -2L14 14M-2 14L14 -2" stroke="{c}" stroke-width="2"/>'),
    "grid": (14, '<path d="M7 0V14" stroke="{c}" stroke-width="2"/>'),
    "level": (14, '<path d="M0 7H14" stroke="{c}" stroke-width="2"/>'),
    "cross": (18, '<path d="M5 9H13M9 5V13" stroke="{c}" stroke-width="2"/>'),
}


@dataclass(frozen=True, slots=True)
class MapZone:
    """One zone on the map: its status and the short label written in it."""

    status: str
    label: str


@dataclass(frozen=True, slots=True)
class MapWords:
    """All words of a map, in the order of the legend."""

    title: str
    description: str
    right: str
    left: str
    warning: str
    legend: tuple[tuple[str, str], ...]
    keep_out: str
    example: str


def draw_map(
    surface: Surface,
    picture: Picture | None,
    zones: Mapping[str, MapZone],
    words: MapWords,
    *,
    legend: bool = True,
    type_units: float = 30.0,
) -> str:
    """Return the map as an SVG document; the same input gives the same text.

    Args:
        surface: The zones' outlines and keep-outs.
        picture: The photo the surface was built from; None draws the canonical face.
        zones: The zones that are a goal; all others are drawn as an outline only.
        words: Everything that is written.
        legend: Whether the legend stands below (a paper prints its own beside).
        type_units: Height of the type in units of a map `WIDTH` wide; a paper asks for what prints as 9 pt.
    """
    box = face_box(surface)
    left, top, width, height = box
    scale = WIDTH / width
    face_height = height * scale
    sides, head = _sides(words, type_units, mirrored=surface.side == "mirrored", stacked=not legend)
    lines = [*words.legend, ("", words.keep_out)] if surface.keep_outs else list(words.legend)
    foot = 24.0 + _LEGEND_LINE * len(lines) if legend else 0.0
    total = head + face_height + foot
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {total:.0f}" role="img" '
        f'aria-labelledby="map-title map-desc" font-family="PT Sans, Arial, sans-serif">',
        f'<title id="map-title">{escape(words.title)}</title><desc id="map-desc">{escape(words.description)}</desc>',
        f"<defs>{_patterns()}</defs>",
        f'<rect width="{WIDTH:.0f}" height="{total:.0f}" fill="#ffffff"/>',
        sides,
        f'<g transform="translate(0 {head:.0f})">',
        f'<svg x="0" y="0" width="{WIDTH:.0f}" height="{face_height:.1f}" viewBox="0 0 {WIDTH:.0f} {face_height:.1f}">',
    ]
    if picture is not None:
        data = base64.b64encode(cropped_jpeg(picture, box, PICTURE_PX)).decode("ascii")
        parts.append(
            f'<image width="{WIDTH:.0f}" height="{face_height:.1f}" preserveAspectRatio="none" '
            f'href="data:image/jpeg;base64,{data}"/>'
        )
    place = _Place(left, top, scale)
    on_photo = picture is not None
    parts += [_outline(one, zones.get(one.zone), place, on_photo) for one in surface.outlines if one.zone not in zones]
    parts += [_outline(one, zones[one.zone], place, on_photo) for one in surface.outlines if one.zone in zones]
    parts += [_circle(one, place) for one in surface.keep_outs if _on_face(one, surface)]
    parts += [_label(one, zones[one.zone], place, type_units) for one in surface.outlines if one.zone in zones]
    parts.append("</svg></g>")
    if legend:
        parts.append(_legend(lines, head + face_height + 24.0))
    if words.example:
        parts.append(_example(words.example, head))
    return "\n".join(part for part in parts if part) + "\n</svg>\n"


def face_box(surface: Surface) -> tuple[float, float, float, float]:
    """Return x, y, width, height of what a map shows: of a photo the zones with a margin, else all that is drawn."""
    if surface.kind != "photo" or not surface.outlines:
        return surface.view_box
    points = [point for outline in surface.outlines for point in outline.points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    margin = FACE_MARGIN * (max(xs) - min(xs))
    x, y, width, height = surface.view_box
    left, top = max(x, min(xs) - margin), max(y, min(ys) - margin)
    right, bottom = min(x + width, max(xs) + margin), min(y + height, max(ys) + margin)
    return left, top, right - left, bottom - top


@dataclass(frozen=True, slots=True)
class _Place:
    left: float
    top: float
    scale: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) * self.scale, (y - self.top) * self.scale


def _patterns() -> str:
    found = []
    for status, (colour, pattern) in STYLES.items():
        size, drawing = _PATTERNS[pattern]
        found.append(
            f'<pattern id="p-{status}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
            f"{drawing.format(c=colour)}</pattern>"
        )
    return "".join(found)


def _outline(outline: ZoneOutline, zone: MapZone | None, place: _Place, on_photo: bool) -> str:
    points = [place.at(x, y) for x, y in outline.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
    name = quoteattr(outline.zone)
    if zone is None:
        colour, opacity = ("#ffffff", 0.55) if on_photo else ("#9aa7ad", 1)
        return (
            f'<path data-zone={name} d="{path}" fill="none" stroke="{colour}" stroke-opacity="{opacity}" '
            f'stroke-width="1.5"/>'
        )
    colour = STYLES[zone.status][0]
    tint = 0.30 if on_photo else 0.14
    return (
        f'<g data-zone={name} data-status="{zone.status}"><path d="{path}" fill="{colour}" fill-opacity="{tint}"/>'
        f'<path d="{path}" fill="url(#p-{zone.status})" fill-opacity="{0.8 if on_photo else 0.55}"/>'
        f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="6" stroke-opacity="0.8"/>'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="3"/></g>'
    )


def _label(outline: ZoneOutline, zone: MapZone, place: _Place, type_units: float) -> str:
    x, y = place.at(*outline.label_at)
    style = f'text-anchor="middle" font-size="{type_units:.1f}" font-weight="bold"'
    colour = STYLES[zone.status][0]
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.74 * type_units:.1f}" fill="#ffffff" stroke="{colour}" '
        f'stroke-width="3"/><text x="{x:.1f}" y="{y + 0.35 * type_units:.1f}" {style} fill="{colour}">'
        f"{escape(zone.label)}</text>"
    )


def _on_face(keep_out: KeepOut, surface: Surface) -> bool:
    """Return whether a keep-out lies on the drawn face; those of a patch have no place here."""
    drawn = {outline.zone for outline in surface.outlines}
    return any(zone in drawn for zone, _ in keep_out.taken_cm2)


def _circle(keep_out: KeepOut, place: _Place) -> str:
    x, y = place.at(keep_out.x, keep_out.y)
    r = max(keep_out.radius * place.scale, 7.0)
    d = r * 0.7071
    shape = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="none"/>'
        f'<path d="M{x - d:.1f} {y + d:.1f}L{x + d:.1f} {y - d:.1f}" fill="none"/>'
    )
    return (
        f'<g stroke="#ffffff" stroke-width="7">{shape}</g><g data-keep-out="true" stroke="#b3262b" '
        f'stroke-width="3.5">{shape}</g>'
    )


def _sides(words: MapWords, size: float, *, mirrored: bool, stacked: bool) -> tuple[str, float]:
    """Return the head of the map and its height: the patient's sides, and the warning that they are not confirmed."""
    first, last = (words.left, words.right) if mirrored else (words.right, words.left)
    doubt = "?" if words.warning else ""
    parts, height = [], 0.0
    tight = _WIDE * size * len(f"{first}{last}{2 * doubt}") > WIDTH - 32.0 - _APART * size
    for text, anchor, x in ((first, "start", 16.0), (last, "end", WIDTH - 16.0)):
        lines = (
            f"{text}{doubt}".split(" ") if stacked else _two_lines(f"{text}{doubt}") if tight else [f"{text}{doubt}"]
        )
        height = max(height, 12.0 + 1.15 * size * len(lines))
        parts += [
            f'<text x="{x:.0f}" y="{1.15 * size * number:.1f}" font-size="{size:.1f}" font-weight="bold" '
            f'text-anchor="{anchor}" fill="#1d2a30">{escape(line)}</text>'
            for number, line in enumerate(lines, 1)
        ]
    if words.warning:
        parts.append(
            f'<rect x="0" y="{height + 6:.0f}" width="{WIDTH:.0f}" height="{1.5 * size:.0f}" rx="5" fill="#b3262b"/>'
            f'<text x="{WIDTH / 2:.0f}" y="{height + 6 + 1.08 * size:.1f}" font-size="{size:.1f}" font-weight="bold" '
            f'text-anchor="middle" fill="#ffffff">{escape(words.warning)}</text>'
        )
        height += 12.0 + 1.5 * size
    return "".join(parts), height


def _two_lines(text: str) -> list[str]:
    """Return a text in two lines of about the same length, one where it is a single word."""
    words = text.split(" ")
    halves = [[" ".join(words[:place]), " ".join(words[place:])] for place in range(1, len(words))]
    return min(halves, key=lambda one: max(map(len, one)), default=[text])


def _legend(lines: list[tuple[str, str]], top: float) -> str:
    parts = []
    for number, (status, text) in enumerate(lines):
        y = top + number * _LEGEND_LINE
        if status in STYLES:
            colour = STYLES[status][0]
            box = (
                f'<rect x="16" y="{y:.0f}" width="44" height="28" fill="{colour}" fill-opacity="0.14"/>'
                f'<rect x="16" y="{y:.0f}" width="44" height="28" fill="url(#p-{status})" stroke="{colour}" '
                f'stroke-width="2.5"/>'
            )
        elif status:
            box = f'<rect x="16" y="{y:.0f}" width="44" height="28" fill="none" stroke="#9aa7ad" stroke-width="1.5"/>'
        else:
            shape = f'<circle cx="38" cy="{y + 14:.0f}" r="12"/><path d="M29.5 {y + 22.5:.1f}L46.5 {y + 5.5:.1f}"/>'
            box = f'<g fill="none" stroke="#b3262b" stroke-width="3.5">{shape}</g>'
        parts.append(f'{box}<text x="76" y="{y + 23:.0f}" font-size="26" fill="#1d2a30">{escape(text)}</text>')
    return "".join(parts)


def _example(text: str, head: float) -> str:
    return (
        f'<text x="{WIDTH / 2:.0f}" y="{head + 34:.0f}" font-size="30" font-weight="bold" text-anchor="middle" '
        f'fill="#9a6700" stroke="#ffffff" stroke-width="6" paint-order="stroke">{escape(text)}</text>'
    )


@lru_cache(maxsize=4)
def _cropped(jpeg: bytes, box: tuple[float, float, float, float], width_px: int) -> bytes:
    from PIL import Image

    left, top, width, height = box
    with Image.open(io.BytesIO(jpeg)) as photo:
        size = (width_px, max(1, round(width_px * height / width)))
        part = photo.convert("RGB").resize(
            size, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height), reducing_gap=2.0
        )
    out = io.BytesIO()
    part.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def cropped_jpeg(picture: Picture, box: tuple[float, float, float, float], width_px: int) -> bytes:
    """Return a part of the picture, at most `width_px` wide, as JPEG without any metadata.

    Args:
        picture: The photo as kept.
        box: x, y, width, height in its pixels; what lies outside the picture is cut off.
        width_px: Width of the result unless the part has fewer pixels.
    """
    x, y, width, height = box
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(picture.size[0]), x + width), min(float(picture.size[1]), y + height)
    return _cropped(picture.jpeg, (left, top, right - left, bottom - top), min(width_px, round(right - left)))


def thumbnail(surface: Surface, picture: Picture | None) -> str:
    """Return the client's face as a small SVG for the head of each page; empty without a photo."""
    if picture is None:
        return ""
    data = base64.b64encode(cropped_jpeg(picture, surface.view_box, THUMBNAIL_PX)).decode("ascii")
    width, height = surface.view_box[2:]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"><image width="{width:.0f}" '
        f'height="{height:.0f}" href="data:image/jpeg;base64,{data}"/></svg>'
    )


def plan_map(context: PaperContext, picture: Picture | None, *, printed_mm: float | None = None) -> str:
    """Return the map of a plan: every goal zone by its status, numbered as in the table of zones.

    Args:
        context: The plan.
        picture: The photo, None for the drawing.
        printed_mm: Width on a paper, which prints its own legend and needs type of 9 pt; None: a file of its own.
    """
    words, numbers = context.words, zone_numbers(context)
    statuses = {zone: context.status(cell) for zone, cell in context.zone_cells.items()}
    zones = {zone: MapZone(status["tone"], numbers[zone]) for zone, status in statuses.items()}
    used = list(dict.fromkeys(status["tone"] for status in statuses.values()))
    lines = [(tone, f"{words(f'status.{tone}')}: {_named(context, statuses, tone)}") for tone in used]
    lines.append(("none", words("status.none")))
    surface = context.plan.surface
    warning = "" if surface.side == "confirmed" else words(f"side.{surface.side.replace(' ', '_')}")
    parts = MapWords(
        title=words("map.title", name=context.client_name()),
        description="; ".join(text for _, text in lines),
        right=words("side.right_full"),
        left=words("side.left_full"),
        warning=warning if surface.side == "not confirmed" else "",
        legend=tuple(lines),
        keep_out=words("map.keep_out"),
        example=words("example.mark") if context.plan.clinic_is_example and printed_mm is None else "",
    )
    if printed_mm is None:
        return draw_map(surface, picture, zones, parts)
    return draw_map(surface, picture, zones, parts, legend=False, type_units=SMALLEST_MM * WIDTH / printed_mm)


def zone_numbers(context: PaperContext) -> dict[str, str]:
    """Return the number of each goal zone on the map and in the tables, from 1, in the order of zones."""
    return {zone: str(number) for number, zone in enumerate(context.zone_cells, 1)}


def _named(context: PaperContext, statuses: Mapping[str, Mapping[str, str]], tone: str) -> str:
    numbers = zone_numbers(context)
    return ", ".join(numbers[zone] for zone, status in statuses.items() if status["tone"] == tone)
