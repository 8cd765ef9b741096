"""The cover of a course by its number of sessions, as a picture: one line for each way of laying them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mesoplan.layout.sessions import SessionsRow, SessionsTable
    from mesoplan.report.words import Words

_WIDTH, _HEIGHT = 960, 600
_LEFT, _TOP, _RIGHT, _BOTTOM = 80, 70, 30, 190
_FONT = 'font-family="Noto Sans, DejaVu Sans, sans-serif"'
_LINES = {
    "added": ("#8a8a8a", "2 6"),
    "free_hand": ("#1f7a4d", ""),
    "equidistant": ("#1d5fa8", ""),
    "equidistant_cover": ("#1d5fa8", "10 5"),
    "densest": ("#b97a00", ""),
    "densest_cover": ("#b97a00", "10 5 2 5"),
}
"""Way -> colour and dashes; a line is told by both."""


def draw_sessions(table: SessionsTable, words: Words) -> str:
    """Return the picture as SVG, with a title and a description for those who cannot see it."""
    title = words("sessions.chart", fraction=words.percent(table.fraction))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f"aria-label={quoteattr(title)} {_FONT}>",
        f"<title>{escape(title)}</title><desc>{escape(words('sessions.chart.described'))}</desc>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="36" font-size="24">{escape(title)}</text>',
        *_axes(table, words),
    ]
    for place, (way, (colour, dashes)) in enumerate(_shown(table).items()):
        parts += _line(table, way, colour, dashes)
        parts += _legend(place, words(f"sessions.{way}", sigma=words.number(table.sigma_mm, 3)), colour, dashes)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _shown(table: SessionsTable) -> dict[str, tuple[str, str]]:
    return {way: style for way, style in _LINES.items() if table.needs or way in ("added", "free_hand")}


def _x(sessions: float) -> float:
    return _LEFT + (sessions - 1) / 15 * (_WIDTH - _LEFT - _RIGHT)


def _y(cover: float) -> float:
    return _TOP + (1.0 - cover) * (_HEIGHT - _TOP - _BOTTOM)


def _axes(table: SessionsTable, words: Words) -> Iterator[str]:
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#d8dde0"/>'
        label = escape(words.percent(tenth / 10))
        yield f'<text x="{_LEFT - 10}" y="{y + 6:.1f}" font-size="17" text-anchor="end">{label}</text>'
    wished = _y(table.wished)
    across = f"M{_LEFT} {wished:.1f}H{_WIDTH - _RIGHT}"
    yield f'<path d="{across}" stroke="#b3262b" stroke-width="1.5" stroke-dasharray="4 4"/>'
    for sessions in range(1, 17):
        x, y = _x(sessions), _y(0.0) + 24
        yield f'<text x="{x:.1f}" y="{y:.1f}" font-size="17" text-anchor="middle">{sessions}</text>'
    x, y, name = _WIDTH - _RIGHT, _y(0.0) + 48, escape(words("sessions.sessions"))
    yield f'<text x="{x}" y="{y:.1f}" font-size="17" text-anchor="end">{name}</text>'


def _line(table: SessionsTable, way: str, colour: str, dashes: str) -> Iterator[str]:
    places = [(_x(row.sessions), _y(min(1.0, _cover(row, way)))) for row in table.rows]
    path = " ".join(f"{'L' if index else 'M'}{x:.1f} {y:.1f}" for index, (x, y) in enumerate(places))
    yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places)


def _cover(row: SessionsRow, way: str) -> float:
    value = getattr(row, way)
    return float(value.cover if way in ("equidistant", "densest") else value)


def _legend(place: int, label: str, colour: str, dashes: str) -> Iterator[str]:
    x, y = _LEFT + place % 2 * 430, _HEIGHT - _BOTTOM + 90 + place // 2 * 32
    yield f'<path d="M{x} {y}h46" stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}"/>'
    yield f'<text x="{x + 58}" y="{y + 6}" font-size="18">{escape(label)}</text>'
