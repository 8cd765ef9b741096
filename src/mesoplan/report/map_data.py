"""What the viewer's script reads: the skin and the dots as packed numbers, colours, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mesoplan.report.map_colours import session_colours, zone_colours
from mesoplan.report.map_geometry import LIFT_MM, box_of, dots_data, mesh_data, simplified, zone_views
from mesoplan.report.map_parts import said

if TYPE_CHECKING:
    from mesoplan.report.map_content import MapContent
    from mesoplan.report.words import Words

_BYTES_PER_DOT = 10 * 4 / 3
_SPARE_BYTES = 10_000
_GROUNDS: dict[str, dict[str, Any]] = {
    "light": {"ground": "#eef1f1", "bare": "#d9d6d2", "chosen": "#fff6d6", "line": [0.16, 0.2, 0.22, 0.42]},
    "dark": {"ground": "#171d20", "bare": "#33383b", "chosen": "#5a5230", "line": [0.9, 0.95, 0.97, 0.4]},
}


def map_data(content: MapContent, words: Words, room: int) -> tuple[dict[str, Any], int]:
    """Return the data that fit into so many bytes, and the nth puncture that is drawn: 1 where all are."""
    punctures = content.punctures
    skin, moved_mm = simplified(punctures.skin)
    box = box_of(punctures.skin)
    data: dict[str, Any] = {
        "box": {"low": box.low_mm.tolist(), "size": box.size_mm.tolist()},
        "source": skin.source,
        "diameter_mm": punctures.diameter_mm,
        "lift_mm": LIFT_MM + moved_mm,
        "first": content.first_shown - 1,
        "views": zone_views(skin),
        "colours": {name: _colours(content, dark=name == "dark") | ground for name, ground in _GROUNDS.items()},
        "said": said(content, words),
        "mesh": mesh_data(skin, box),
    }
    left = room - len(json.dumps(data)) - _SPARE_BYTES
    data["dots"] = dots_data(punctures, box, int(left / _BYTES_PER_DOT))
    return data, data["dots"]["every"]


def _colours(content: MapContent, *, dark: bool) -> dict[str, Any]:
    """Return the colours of zones and sessions; a zone without punctures has that of skin that is not touched."""
    bare = _GROUNDS["dark" if dark else "light"]["bare"]
    counts = content.punctures.count().sum(axis=1).tolist()
    zones = zone_colours(content.punctures.skin.zones, dark=dark)
    return {
        "zones": [colour if many else bare for colour, many in zip(zones, counts, strict=True)],
        "sessions": list(session_colours(content.punctures.sessions, dark=dark)),
    }
