"""Draws the zones on the photo: thin outlines, short labels, the patient's sides, the circles that are kept out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from mesoplan.surface.model import Picture, Surface
from mesoplan.surface.zones import ZoneCatalogue, load_zones

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]

_FINE = 2
"""Everything is drawn this much larger and averaged down, so that lines are smooth."""

_LINE = (255, 255, 255, 215)
_FAINT = (255, 255, 255, 130)
_SHADE = (20, 28, 36, 105)
_KEEP_OUT = (214, 28, 40, 255)
_PANEL = (16, 24, 32, 190)
_WARNING = (176, 42, 20, 235)
_FILL_ALPHA = 58
_JPEG_QUALITY = 90


def photo_overlay(
    surface: Surface,
    picture: Picture,
    colours: Mapping[str, str] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    side_words: tuple[str, str] = ("R", "L"),
    warning: str = "SIDE NOT CONFIRMED",
    width_px: int = 1200,
    form: Literal["PNG", "JPEG"] = "JPEG",
) -> bytes:
    """Return the photo, cropped to the face, with the zones drawn on it; identical input gives identical bytes.

    Args:
        surface: A surface built from this photo.
        picture: The photo as kept.
        colours: `#rrggbb` by zone id, for the zones to be filled and labelled; the others get their outline only.
            None fills none and labels every treatable zone.
        labels: What to write in a zone, by zone id, as short as possible; a zone without one gets its number in the
            catalogue (`zone_numbers`), both sides of a pair the same.
        side_words: What to call the patient's right and left.
        warning: Written across the top where the sides are not confirmed.
        width_px: Width of the result; its height follows the face's.
        form: PNG, or JPEG for a smaller file.

    Raises:
        ValueError: If the surface does not belong to this picture, or a colour is not one.
    """
    from PIL import Image

    if surface.kind != "photo" or surface.picture_size != picture.size:
        raise ValueError("the surface was not built from this picture")
    left, top, width, height = surface.view_box
    scale = width_px * _FINE / width
    size = (width_px * _FINE, round(height * scale))
    with Image.open(io.BytesIO(picture.jpeg)) as photo:
        base = photo.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height)).convert("RGBA")
    canvas = _Canvas(base, (left, top), scale, width_px * _FINE / 1200.0)
    _draw_zones(canvas, surface, colours, {**zone_numbers(), **(labels or {})})
    doubt = warning if surface.side == "not confirmed" else ""
    canvas.sides(side_words, mirrored=surface.side == "mirrored", warning=doubt)
    return canvas.encoded((width_px, round(size[1] / _FINE)), form)


def _draw_zones(canvas: _Canvas, surface: Surface, colours: Mapping[str, str] | None, texts: Mapping[str, str]) -> None:
    chosen = dict(colours or {})
    for outline in surface.outlines:
        if outline.zone in chosen:
            canvas.fill(outline.points, chosen[outline.zone])
    for strong in (False, True):  # a zone that matters is drawn over the borders it shares with others
        for outline in surface.outlines:
            if strong == (outline.zone in chosen or colours is None):
                canvas.outline(outline.points, strong=strong)
    on_face = {outline.zone for outline in surface.outlines}
    for keep_out in surface.keep_outs:
        if keep_out.zone is None or keep_out.zone in on_face:
            canvas.circle((keep_out.x, keep_out.y), keep_out.radius)
    for outline in surface.outlines:
        if outline.zone in (texts if colours is None else chosen):
            canvas.label(outline.label_at, texts.get(outline.zone, ""))


def zone_numbers(zones: ZoneCatalogue | None = None) -> dict[str, str]:
    """Return a short number for every treatable zone of the face, the same for both sides, in the catalogue's order."""
    catalogue = zones if zones is not None else load_zones()
    drawn = [base for base in catalogue.bases.values() if base.surface == "mesh" and base.treatable]
    return {zone: str(number) for number, base in enumerate(drawn, 1) for zone in base.ids}


class _Canvas:
    """The enlarged picture with a transparent layer over it; `unit` is a pixel of a picture 1200 wide."""

    def __init__(self, base: Image.Image, origin: Point, scale: float, unit: float) -> None:
        from PIL import Image, ImageDraw

        self._base, self._origin, self._scale, self._unit = base, origin, scale, unit
        self._layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
        self._draw: ImageDraw.ImageDraw = ImageDraw.Draw(self._layer)
        self._fonts: dict[float, ImageFont.FreeTypeFont] = {}

    def _at(self, point: Point) -> Point:
        return (point[0] - self._origin[0]) * self._scale, (point[1] - self._origin[1]) * self._scale

    def fill(self, points: tuple[Point, ...], colour: str) -> None:
        """Tint a zone lightly; zones do not overlap, so each replaces what was transparent."""
        from PIL import ImageColor

        self._draw.polygon([self._at(point) for point in points], (*ImageColor.getrgb(colour)[:3], _FILL_ALPHA))

    def outline(self, points: tuple[Point, ...], *, strong: bool) -> None:
        """Draw a zone's outline, light and thin, with a dark rim where the zone matters."""
        corners = [self._at(point) for point in points]
        closed = [*corners, corners[0], corners[1]]
        if strong:
            self._draw.line(closed, _SHADE, round(3.6 * self._unit), joint="curve")
        self._draw.line(closed, _LINE if strong else _FAINT, round(1.5 * self._unit), joint="curve")

    def circle(self, centre: Point, radius: float) -> None:
        """Draw a keep-out: a red ring with a stroke through it."""
        x, y = self._at(centre)
        r = max(radius * self._scale, 5 * self._unit)
        for colour, width in ((_LINE, 6.0), (_KEEP_OUT, 3.2)):
            pen = round(width * self._unit)
            self._draw.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=pen)
            d = r * 0.7071
            self._draw.line((x - d, y + d, x + d, y - d), colour, pen)

    def label(self, at: Point, text: str) -> None:
        """Write a short text in a zone, white with a dark rim."""
        place = self._at(at)
        rim = round(3 * self._unit)
        self._draw.text(place, text, (255, 255, 255, 255), self._font(25), "mm", stroke_width=rim, stroke_fill=_PANEL)

    def sides(self, words: tuple[str, str], *, mirrored: bool, warning: str) -> None:
        """Mark the patient's sides in the upper corners, and a warning between them."""
        width, gap = self._base.size[0], 16 * self._unit
        at_left, at_right = (words[1], words[0]) if mirrored else words
        doubt = "?" if warning else ""
        self._panel((gap, gap), at_left + doubt, "la", _PANEL)
        self._panel((width - gap, gap), at_right + doubt, "ra", _PANEL)
        if warning:
            self._panel((width / 2, gap), warning, "ma", _WARNING)

    def _panel(self, at: Point, text: str, anchor: str, colour: tuple[int, int, int, int]) -> None:
        font, pad = self._font(34), 10 * self._unit
        x = at[0] + {"l": 1, "m": 0, "r": -1}[anchor[0]] * pad
        place = (x, at[1] + pad)
        left, top, right, bottom = self._draw.textbbox(place, text, font, anchor)
        box = (left - pad, top - pad, right + pad, bottom + pad)
        self._draw.rounded_rectangle(box, 6 * self._unit, colour)
        self._draw.text(place, text, (255, 255, 255, 255), font, anchor)

    def _font(self, size: float) -> ImageFont.FreeTypeFont:
        from PIL import ImageFont

        if size not in self._fonts:
            path = files("fontpkg_pt_sans") / "files" / "PT_Sans-Web-Bold.ttf"
            self._fonts[size] = ImageFont.truetype(io.BytesIO(path.read_bytes()), round(size * self._unit))
        return self._fonts[size]

    def encoded(self, size: tuple[int, int], form: Literal["PNG", "JPEG"]) -> bytes:
        """Return the finished picture at its final size."""
        from PIL import Image

        self._base.alpha_composite(self._layer)
        flat = self._base.convert("RGB").resize(size, Image.Resampling.BOX)
        out = io.BytesIO()
        if form == "JPEG":
            flat.save(out, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
        else:
            flat.save(out, "PNG")
        return out.getvalue()
