"""How many sessions a wished cover takes: by free hand, and interleaved, exactly and with a registration error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mesoplan.layout.coverage import cumulative_cover, sessions_until
from mesoplan.layout.lattice import MOST_SESSIONS, Interleaving, interleave
from mesoplan.layout.registration import registered_cover


@dataclass(frozen=True, slots=True)
class SessionsRow:
    """What a course of one number of sessions covers, by the way in which they are laid.

    Attributes:
        sessions: Number of sessions.
        added: The sum of the sessions' shares, as popular texts count; above 1 it says nothing.
        free_hand: Sessions independent of one another.
        equidistant: Interleaved with equal distances in each session; None where only the free hand is wanted.
        equidistant_cover: Its cover with the registration error.
        densest: Interleaved so that the exact cover is largest.
        densest_cover: Its cover with the registration error.
    """

    sessions: int
    added: float
    free_hand: float
    equidistant: Interleaving | None = None
    equidistant_cover: float | None = None
    densest: Interleaving | None = None
    densest_cover: float | None = None


@dataclass(frozen=True, slots=True)
class SessionsTable:
    """Courses of 1 to 16 sessions side by side.

    Attributes:
        fraction: Share of the area that one session covers.
        wished: The wished cover of the course.
        diameter_mm: Diameter of a microzone.
        sigma_mm: Registration error on each axis.
        rows: One for each number of sessions.
        free_hand_needs: Sessions until the wished cover by free hand, whatever their number.
        needs: Way -> sessions until the wished cover: `equidistant` and `densest` exactly, `equidistant_cover` and
            `densest_cover` with the error; None where 16 are not enough. Empty without interleaving.
    """

    fraction: float
    wished: float
    diameter_mm: float
    sigma_mm: float
    rows: tuple[SessionsRow, ...]
    free_hand_needs: int | None
    needs: dict[str, int | None]


_WAYS: dict[str, Callable[[SessionsRow], float | None]] = {
    "equidistant": lambda row: None if row.equidistant is None else row.equidistant.cover,
    "equidistant_cover": lambda row: row.equidistant_cover,
    "densest": lambda row: None if row.densest is None else row.densest.cover,
    "densest_cover": lambda row: row.densest_cover,
}


def count_sessions(
    fraction: float, wished: float, diameter_mm: float, sigma_mm: float, *, free_hand_only: bool = False
) -> SessionsTable:
    """Return what courses of 1 to 16 sessions cover, and how many the wished cover takes.

    Args:
        fraction: Share of the area that one session covers, above 0 and below 1.
        wished: Wished cover of the course, above 0 and below 1.
        diameter_mm: Diameter of a microzone, above 0.
        sigma_mm: Registration error of a session on each axis, at least 0.
        free_hand_only: Whether to leave interleaving out.

    Raises:
        ValueError: If an argument is outside its range.
    """
    if not 0.0 < fraction < 1.0 or not 0.0 < wished < 1.0:
        raise ValueError(f"fraction {fraction}, cover {wished}: above 0 and below 1")
    row = _free_hand if free_hand_only else _interleaved
    rows = tuple(row(number, fraction, diameter_mm, sigma_mm) for number in range(1, MOST_SESSIONS + 1))
    return SessionsTable(
        fraction=fraction,
        wished=wished,
        diameter_mm=diameter_mm,
        sigma_mm=sigma_mm,
        rows=rows,
        free_hand_needs=sessions_until(fraction, wished),
        needs={} if free_hand_only else {way: _first(rows, cover, wished) for way, cover in _WAYS.items()},
    )


def _free_hand(number: int, fraction: float, diameter_mm: float, sigma_mm: float) -> SessionsRow:
    return SessionsRow(number, number * fraction, cumulative_cover(fraction, number))


def _interleaved(number: int, fraction: float, diameter_mm: float, sigma_mm: float) -> SessionsRow:
    equidistant = interleave(number, fraction, diameter_mm, "spacing")
    densest = interleave(number, fraction, diameter_mm, "cover")
    return SessionsRow(
        number,
        number * fraction,
        cumulative_cover(fraction, number),
        equidistant,
        registered_cover(equidistant, sigma_mm),
        densest,
        registered_cover(densest, sigma_mm),
    )


def _first(rows: tuple[SessionsRow, ...], cover: Callable[[SessionsRow], float | None], wished: float) -> int | None:
    """Return the first number of sessions from which on every longer course reaches the wished cover."""
    reached = None
    for row in reversed(rows):
        if (cover(row) or 0.0) < wished:
            break
        reached = row.sessions
    return reached
