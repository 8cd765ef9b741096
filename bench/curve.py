"""Draws how time and memory grow with the number of punctures, as a picture of its own (SVG)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

WIDE, HIGH = 840, 376
LEFT, TOP, PANEL, TALL, GAP = 70, 46, 300, 250, 120
INK, OURS, LINE = "#222222", "#0b6e99", "#999999"


def draw(rows: Sequence[dict[str, float]], path: Path) -> None:
    """Write the curve: seconds of laying and seams at the left, peak memory at the right, both axes logarithmic."""
    counts = [row["punctures"] for row in rows]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}" '
        f'font-family="DejaVu Sans, Arial, sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>',
    ]
    for left, key, title in (
        (LEFT, "place_s", "laying and seams, s"),
        (LEFT + PANEL + GAP, "peak_mb", "peak memory, MB"),
    ):
        parts += panel(left, title, counts, [row[key] for row in rows])
    parts.append(text(LEFT, HIGH - 8, "dashed: twice as many take twice as much", "start"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8", newline="\n")


def panel(left: float, title: str, counts: Sequence[float], values: Sequence[float]) -> list[str]:
    """Return one panel: the measured points, and the dashed line along which twice as many take twice as much."""
    low_x, high_x = math.floor(math.log10(min(counts)) + 0.05), math.ceil(math.log10(max(counts)) - 0.05)
    low_y, high_y = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def place(count: float, value: float) -> tuple[float, float]:
        across = (math.log10(count) - low_x + 0.1) / (high_x - low_x + 0.2)
        up = (math.log10(value) - low_y) / (high_y - low_y)
        return left + PANEL * across, TOP + TALL * (1.0 - up)

    parts = [text(left, TOP - 18, title, "start", 14)]
    for power in range(low_y, high_y + 1):
        y = place(counts[0], 10.0**power)[1]
        parts.append(f'<path d="M{left} {y:.1f}h{PANEL}" stroke="#dddddd"/>')
        parts.append(text(left - 8, y + 4, f"{10.0**power:,g}" if power < 0 else f"{10**power:,}", "end"))
    for power in range(low_x, high_x + 1):
        x = place(10.0**power, values[0])[0]
        parts.append(f'<path d="M{x:.1f} {TOP}v{TALL}" stroke="#dddddd"/>')
        parts.append(text(x, TOP + TALL + 18, f"{10**power:,}", "middle"))
    parts.append(text(left + PANEL / 2, TOP + TALL + 42, "punctures of the course", "middle"))
    last, first = counts[-1], max(counts[0], counts[-1] * 10.0**low_y / values[-1])
    ends = (place(first, values[-1] * first / last), place(last, values[-1]))
    ((x0, y0), (x1, y1)) = ends
    parts.append(f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{LINE}" stroke-dasharray="5 4"/>')
    spots = [place(count, value) for count, value in zip(counts, values, strict=True)]
    route = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    parts.append(f'<path d="M{route}" stroke="{OURS}" stroke-width="2" fill="none"/>')
    for (x, y), value in zip(spots, values, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{OURS}"/>')
        words = f"{value:.3g}" if value < 100 else f"{value:,.0f}"
        parts.append(text(x + 9, y + 13, words, "start") if (x, y) == spots[0] else text(x - 7, y - 8, words, "end"))
    return parts


def text(x: float, y: float, words: str, anchor: str, size: int = 12) -> str:
    """Return words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
