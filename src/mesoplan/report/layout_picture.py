"""The still picture of a layout: the skin from the front, its zones, and the punctures of one session or of all."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.report.map_colours import rgb, session_colours, zone_colours
from mesoplan.report.map_geometry import simplified, vertex_normals

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import ImageDraw

    from mesoplan.exchange.rows import Mode
    from mesoplan.layout.punctures import Punctures
    from mesoplan.report.words import Words
    from mesoplan.surface.skin import Floats, Skin

    Pixels = NDArray[np.uint8]
    Packed = NDArray[np.uint32]

WIDTH_PX = 760
_FINE = 2
"""Everything is drawn this much larger and averaged down, so that dots are round and edges smooth."""
_MARGIN = 0.04
_HEAD = 0.075
"""Height of the strip with the sides, as a share of the width."""
_TALLEST = 1.6
_TRIANGLES = 16_000
_BEHIND_MM = 1.5
"""A dot this far behind the skin in front of it is hidden by it; pixels are wide, so not less."""
_DOT = 0.0026
"""Radius of a dot as a share of the width, wherever it would be smaller on its true scale."""
_MOST = 300_000
"""Of more dots than these so many are drawn, evenly: they would leave no pixel free anyway."""
_BARE, _LINE, _INK, _ALARM = (222, 219, 215), (96, 104, 108), (38, 48, 53), (163, 32, 26)
_SHADE = (0.66, 0.34)
"""Light on skin that faces aside, and what is added where it faces the front."""
_QUALITY = 84


@dataclass(frozen=True, slots=True, repr=False)
class LayoutPicture:
    """A picture with what it shows in words.

    Attributes:
        jpeg: The picture.
        size: Its width and height in pixels.
        alt: What it shows, for whoever does not see it.
    """

    jpeg: bytes
    size: tuple[int, int]
    alt: str


def layout_picture(
    punctures: Punctures, words: Words, mode: Mode, *, session: int | None = None, width_px: int = WIDTH_PX
) -> LayoutPicture:
    """Return the picture; the same layout gives the same bytes.

    Args:
        punctures: The punctures and the skin that they lie on.
        words: The language of its marks and of what it shows in words.
        mode: What the dots are.
        session: The one session that is shown, 0 for the first; None for all, each in its colour.
        width_px: Width of the picture; its height follows the skin's.
    """
    skin, _ = simplified(punctures.skin, _TRIANGLES)
    frame = _Frame.around(skin, width_px * _FINE)
    covered = _front(skin, frame)
    picture = _zones(skin, covered, punctures)
    _dots(picture, punctures, frame, _depth(skin, covered), session)
    shown = _reduced(picture, (width_px, frame.size[1] // _FINE))
    return LayoutPicture(
        _marked(shown, punctures, words), (width_px, frame.size[1] // _FINE), _alt(punctures, words, mode, session)
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """How millimetres become pixels of the fine picture: x to the right, y downwards."""

    size: tuple[int, int]
    scale: float
    origin: tuple[float, float]

    @classmethod
    def around(cls, skin: Skin, width: int) -> _Frame:
        used = skin.vertices_mm[np.unique(skin.triangles)]
        low, high = used.min(axis=0), used.max(axis=0)
        head, margin = width * _HEAD, width * _MARGIN
        across, up = max(high[0] - low[0], 1e-3), max(high[1] - low[1], 1e-3)
        scale = min((width - 2 * margin) / across, (width * _TALLEST - head - 2 * margin) / up)
        height = int(up * scale + head + 2 * margin) // _FINE * _FINE
        left = (width - across * scale) / 2 - low[0] * scale
        return cls((width, height), float(scale), (float(left), float(head + margin + high[1] * scale)))

    def pixels(self, points: Floats) -> Floats:
        """Return (n, 2) where points lie in the picture."""
        at: Floats = np.column_stack(
            [points[:, 0] * self.scale + self.origin[0], self.origin[1] - points[:, 1] * self.scale]
        )
        return at


def _front(skin: Skin, frame: _Frame) -> NDArray[np.int32]:
    """Return for every pixel the triangle that is seen there, -1 beside the skin: farther ones are painted first."""
    import cv2

    seen = np.flatnonzero(skin.normals[:, 2] > 0)
    depth = skin.vertices_mm[skin.triangles[seen], 2].mean(axis=1)
    order = seen[np.argsort(depth, kind="stable")]
    corners = np.rint(frame.pixels(skin.vertices_mm) * 16).astype(np.int32)[skin.triangles[order]]
    canvas = np.full((frame.size[1], frame.size[0]), -1.0, np.float32)
    for corner, triangle in zip(corners, order.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, corner, triangle, cv2.LINE_8, 4)
    return canvas.astype(np.int32)


def _depth(skin: Skin, covered: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return how far towards the front the skin lies at least at every pixel: the hindmost corner of its triangle."""
    depth = np.append(skin.vertices_mm[skin.triangles, 2].min(axis=1), -np.inf).astype(np.float32)
    shown: NDArray[np.float32] = depth[covered]
    return shown


def _zones(skin: Skin, covered: NDArray[np.int32], punctures: Punctures) -> Packed:
    """Return the skin in the faint colours of its zones, a number a pixel, with a line where two zones meet."""
    counts = punctures.count().sum(axis=1).tolist()
    colours = [rgb(one) if many else _BARE for one, many in zip(zone_colours(skin.zones), counts, strict=True)]
    palette = np.array([*colours, _BARE], float)  # the last one for skin of no zone
    facing = vertex_normals(skin)[skin.triangles, 2].mean(axis=1)
    light = _SHADE[0] + _SHADE[1] * np.clip(facing, 0, 1)
    shades = np.vstack([palette[skin.zone] * light[:, None], [255.0, 255.0, 255.0]])
    picture: Packed = _packed(shades.astype(np.uint8))[covered]
    zone = np.append(skin.zone, -2).astype(np.int16)[covered]
    line = np.zeros(zone.shape, bool)
    line[:, 1:] |= zone[:, 1:] != zone[:, :-1]
    line[1:] |= zone[1:] != zone[:-1]
    picture[line] = _packed(np.array([_LINE], np.uint8))[0]
    return picture


def _dots(
    picture: Packed, punctures: Punctures, frame: _Frame, depth: NDArray[np.float32], session: int | None
) -> None:
    """Draw the punctures that are seen from the front, in an order that prefers no session."""
    chosen = np.arange(len(punctures)) if session is None else np.flatnonzero(punctures.session == session)
    draw = np.random.default_rng(0)
    if len(chosen) > _MOST:
        chosen = chosen[np.unique(draw.integers(0, len(chosen), _MOST))]
    chosen = draw.permutation(chosen)
    chosen = chosen[punctures.skin.normals[punctures.triangle[chosen], 2] > 0]
    points = punctures.positions_mm[chosen]
    at = np.rint(frame.pixels(points)).astype(np.intp)
    radius = max(punctures.diameter_mm / 2 * frame.scale, frame.size[0] * _DOT / _FINE)
    reach = int(radius)
    inside = ((at > reach) & (at < np.array(frame.size) - reach - 1)).all(axis=1)
    at, points, chosen = at[inside], points[inside], chosen[inside]
    seen = points[:, 2] > depth[at[:, 1], at[:, 0]] - _BEHIND_MM
    at, chosen = at[seen], chosen[seen]
    palette = _packed(np.array([rgb(one) for one in session_colours(punctures.sessions)], np.uint8))
    colours, flat = palette[punctures.session[chosen]], picture.reshape(-1)
    middle = at[:, 1] * frame.size[0] + at[:, 0]
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if dx * dx + dy * dy <= radius * radius:
                flat[middle + (dy * frame.size[0] + dx)] = colours


def _packed(colours: Pixels) -> Packed:
    """Return (n,) one number for each colour (n, 3)."""
    whole = np.column_stack([colours, np.full(len(colours), 255, np.uint8)])
    packed: Packed = np.ascontiguousarray(whole).view(np.uint32).reshape(-1)
    return packed


def _reduced(picture: Packed, size: tuple[int, int]) -> Pixels:
    import cv2

    bytes_of = picture.view(np.uint8).reshape(*picture.shape, 4)
    shown = cv2.resize(bytes_of, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(shown[:, :, :3], np.uint8)


def _marked(picture: Pixels, punctures: Punctures, words: Words) -> bytes:
    """Return the picture as JPEG, with the patient's sides above it, or that they are not confirmed."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    draw, width = ImageDraw.Draw(image), image.size[0]
    doubt = "?" if punctures.skin.side == "not confirmed" else ""
    gap = round(width * _MARGIN / 2)
    colour = _ALARM if doubt else _INK
    _write(draw, (gap, gap), words("side.right_full") + doubt, "la", colour, width)
    _write(draw, (width - gap, gap), words("side.left_full") + doubt, "ra", colour, width)
    if doubt:
        _write(draw, (width / 2, gap + width * 0.034), words("side.not_confirmed"), "ma", _ALARM, width)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, anchor: str, colour: tuple[int, int, int], width: int
) -> None:
    from PIL import ImageFont

    path = files("fontpkg_pt_sans") / "files" / "PT_Sans-Web-Bold.ttf"
    font = ImageFont.truetype(io.BytesIO(path.read_bytes()), round(width * 0.026))
    draw.text(at, text, colour, font, anchor)


def _alt(punctures: Punctures, words: Words, mode: Mode, session: int | None) -> str:
    """Return what the picture shows, in words."""
    each = punctures.count().sum(axis=0).tolist()
    n = len(each)
    if session is None:
        shown = words("view.picture.together", n=n, count=words.count("view.count", sum(each)))
    else:
        shown = words("view.picture.alone", k=session + 1, n=n, count=words.count("view.count", each[session]))
    return words("view.picture.alt", shown=shown, mode=words(f"view.mode.{mode}"))
