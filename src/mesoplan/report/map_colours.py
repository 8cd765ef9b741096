"""Colours of the map in space and of its picture: a zone's is faint, a session's is strong, by light and by dark."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

from mesoplan.surface.zones import LEFT, RIGHT

SESSIONS_ON_LIGHT = (
    *("#17599c", "#c2410c", "#0f7a57", "#8a3499", "#8f6a00", "#006f83", "#b3245c", "#46535f"),
    *("#4f86c6", "#e07b46", "#45a584", "#b072c0", "#c19a2b", "#3aa3b5", "#d96f97", "#7f8c98"),
)
"""Colour of each session on light skin; a seventeenth would be that of the first again."""

SESSIONS_ON_DARK = (
    *("#7cbcff", "#ff9d6b", "#5ddcab", "#dba2f0", "#f0cb55", "#56d6e6", "#ff93b8", "#cfd8e0"),
    *("#4a8fdb", "#db7440", "#37ab82", "#ad6cc4", "#bd9930", "#2fa3b3", "#d3638c", "#95a1ac"),
)

_TURN = 0.381966  # of the circle: neighbours in the list are far apart, and none falls on another
_FAINT = {"light": (0.87, 0.34), "dark": (0.30, 0.16)}
"""Lightness and saturation of a zone that is punctured."""


def session_colours(sessions: int, *, dark: bool = False) -> tuple[str, ...]:
    """Return the colour of each session as `#rrggbb`."""
    palette = SESSIONS_ON_DARK if dark else SESSIONS_ON_LIGHT
    return tuple(palette[number % len(palette)] for number in range(sessions))


def zone_colours(zones: Sequence[str], *, dark: bool = False) -> tuple[str, ...]:
    """Return a faint colour for each zone as `#rrggbb`; both sides of a pair have the same."""
    bases = list(dict.fromkeys(zone.removesuffix(LEFT).removesuffix(RIGHT) for zone in zones))
    lightness, saturation = _FAINT["dark" if dark else "light"]
    colour = {
        base: _hex(colorsys.hls_to_rgb((0.08 + number * _TURN) % 1.0, lightness, saturation))
        for number, base in enumerate(bases)
    }
    return tuple(colour[zone.removesuffix(LEFT).removesuffix(RIGHT)] for zone in zones)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of `#rrggbb`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
