"""Strokes of a hand over a zone: every puncture of a gliding pen or a roller, one way that a session may go.

The hand leads the head along parallel lines, back and forth, one stripe beside the other; the next pass goes in another
direction. A steady hand makes one exact pattern. A real one departs from it: its speed differs from stroke to stroke,
so do direction and tilt, a stroke lies beside its line, and where the hand turns the needles strike on.

The same seed gives the same punctures, bit for bit: numpy's PCG64, a stream for each run, and no operation whose
result depends on the machine's vector unit (angles are few and go through `math`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from mesoplan.layout.needles import Pattern

    Floats = NDArray[np.float64]
_ROUNDING = 1e-9
"""Share of a step: a stroke that ends where a strike would fall ends before it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How a hand departs from the even way; all zero is a steady hand.

    Attributes:
        stroke_spread: The time spent on each stroke is the planned one times a factor, uniform in 1 -+ this.
        session_spread: The same for a whole session at once.
        direction_sd_rad: Standard deviation of a stroke's direction.
        tilt_sd_rad: Standard deviation of the head's tilt, forwards and sideways each; a tilted head reaches farther.
        line_sd_mm: Standard deviation of a stroke's distance from its line.
        turn_seconds: How long needles strike on while the hand turns from one stroke to the next.
        random_phase: Whether a stroke begins anywhere between two strikes.
        strike_sd_mm: Standard deviation of each puncture along both axes: skin that moves, needles that bend.
    """

    stroke_spread: float = 0.0
    session_spread: float = 0.0
    direction_sd_rad: float = 0.0
    tilt_sd_rad: float = 0.0
    line_sd_mm: float = 0.0
    turn_seconds: float = 0.0
    random_phase: bool = False
    strike_sd_mm: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no hand does."""
        spreads = (self.stroke_spread, self.session_spread)
        others = (self.direction_sd_rad, self.tilt_sd_rad, self.line_sd_mm, self.turn_seconds, self.strike_sd_mm)
        if not all(0.0 <= one < 1.0 for one in spreads) or not all(0.0 <= one < math.inf for one in others):
            raise ValueError(f"{self}: spreads from 0 to below 1, everything else at least 0")


STEADY = Hand()


@dataclass(frozen=True, slots=True)
class Way:
    """How the head is led.

    Attributes:
        directions_rad: Direction of each pass, counter-clockwise from the x axis.
        step_mm: Distance from strike to strike at the planned speed.
        frequency_hz: Strikes a second, for the time in which the hand turns; 0 for a roller, which turns off the skin.
        overlap: Share of its width by which a stripe overlaps the one before.
    """

    directions_rad: tuple[float, ...]
    step_mm: float
    frequency_hz: float = 0.0
    overlap: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a way that leads nowhere."""
        if not (0.0 < self.step_mm < math.inf and 0.0 <= self.frequency_hz < math.inf and 0.0 <= self.overlap < 1.0):
            raise ValueError(f"{self}: a step above 0, an overlap from 0 to below 1")


def crosswise(passes: int, turn_rad: float) -> tuple[float, ...]:
    """Return the directions of passes each of which is turned against the one before."""
    return tuple(math.fmod(number * turn_rad, math.pi) for number in range(passes))


def punctures_of(outline_mm: Floats, pattern: Pattern, way: Way, hand: Hand, drawn: Generator) -> Floats:
    """Return where one session punctures the skin, (n, 2), in the order in which it does.

    Punctures beside the zone are among them: at an edge half the head lies outside.

    Args:
        outline_mm: (m, 2) corners of the zone on flat skin.
        pattern: What strikes at once.
        way: How it is led.
        hand: How the hand departs from that.
        drawn: Where the chances come from.
    """
    session = 1.0 + hand.session_spread * _uniform(drawn) if hand.session_spread else 1.0
    parts = []
    for number, direction in enumerate(way.directions_rad):
        lines = list(stripes(outline_mm, direction, pattern.width_mm * (1.0 - way.overlap)))
        for place, line in enumerate(lines):
            backwards = (number + place) % 2 == 1
            parts.append(_stroke(line, pattern, way, hand, session, backwards=backwards, drawn=drawn))
            if hand.turn_seconds and way.frequency_hz and place + 1 < len(lines):
                parts.append(_turn(line, lines[place + 1], pattern, way, hand, backwards=backwards))
    punctures: Floats = np.concatenate(parts) if parts else np.empty((0, 2))
    if hand.strike_sd_mm:
        punctures = punctures + drawn.standard_normal(punctures.shape) * hand.strike_sd_mm
    return punctures


@dataclass(frozen=True, slots=True)
class Line:
    """The middle of one stripe within the zone: from `start_mm`, `length_mm` far in a direction."""

    start_mm: tuple[float, float]
    length_mm: float
    direction_rad: float

    @property
    def end_mm(self) -> tuple[float, float]:
        """Where it leaves the zone."""
        x, y = self.start_mm
        along = (math.cos(self.direction_rad), math.sin(self.direction_rad))
        return x + self.length_mm * along[0], y + self.length_mm * along[1]


def stripes(outline_mm: Floats, direction_rad: float, apart_mm: float) -> Iterator[Line]:
    """Yield the middle lines of the stripes that fill a zone, side by side; a line that leaves the zone is lifted.

    As many as the zone's width holds, rounded, at least one; their middle is the zone's.
    """
    cosine, sine = math.cos(direction_rad), math.sin(direction_rad)
    along = outline_mm[:, 0] * cosine + outline_mm[:, 1] * sine
    across = outline_mm[:, 1] * cosine - outline_mm[:, 0] * sine
    low, high = float(across.min()), float(across.max())
    count = max(1, round((high - low) / apart_mm))
    for number in range(count):
        height = (low + high) / 2.0 + (number - (count - 1) / 2.0) * apart_mm
        for begin, end in _chords(along, across, height):
            start = (begin * cosine - height * sine, begin * sine + height * cosine)
            yield Line(start, end - begin, direction_rad)


def _chords(along: Floats, across: Floats, height: float) -> Iterator[tuple[float, float]]:
    """Yield where a line across at `height` enters and leaves a polygon."""
    after, above = np.roll(across, -1), across > height
    crossing = np.flatnonzero(above != np.roll(above, -1))
    share = (height - across[crossing]) / (after[crossing] - across[crossing])
    places = np.sort(along[crossing] + share * (np.roll(along, -1)[crossing] - along[crossing]))
    yield from ((float(begin), float(end)) for begin, end in zip(places[::2], places[1::2], strict=True))


def _stroke(
    line: Line, pattern: Pattern, way: Way, hand: Hand, session: float, *, backwards: bool, drawn: Generator
) -> Floats:
    """Return the punctures of one stroke, strike after strike; its chances are drawn whether they count or not."""
    time, phase = _uniform(drawn), drawn.random()
    turned, aside, tilts = (drawn.standard_normal(size) for size in (1, 1, 2))
    step = way.step_mm / (session * (1.0 + hand.stroke_spread * time)) if pattern.step_mm is None else way.step_mm
    first = phase * step if hand.random_phase else 0.0
    count = max(0, math.ceil((line.length_mm - first) / step - _ROUNDING))
    run = first + step * np.arange(count, dtype=np.float64) - line.length_mm / 2.0
    angle = line.direction_rad + float(turned[0]) * hand.direction_sd_rad
    places = _tilted(pattern.places_mm, tilts * hand.tilt_sd_rad)
    turn = -1.0 if backwards else 1.0
    along = (turn * (run[:, None] + places[:, 0])).ravel()
    across = np.broadcast_to(turn * places[:, 1], (count, len(places))).ravel() + float(aside[0]) * hand.line_sd_mm
    middle = [(one + other) / 2.0 for one, other in zip(line.start_mm, line.end_mm, strict=True)]
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.column_stack([middle[0] + along * cosine - across * sine, middle[1] + along * sine + across * cosine])


def _turn(line: Line, following: Line, pattern: Pattern, way: Way, hand: Hand, *, backwards: bool) -> Floats:
    """Return what is struck while the hand goes from the end of one stroke to the beginning of the next."""
    begin, end = (line.start_mm, following.start_mm) if backwards else (line.end_mm, following.end_mm)
    strikes = round(hand.turn_seconds * way.frequency_hz)
    share = (np.arange(strikes, dtype=np.float64) + 0.5) / max(1, strikes)
    cosine, sine = math.cos(line.direction_rad), math.sin(line.direction_rad)
    along, across = pattern.places_mm[:, 0], pattern.places_mm[:, 1]
    x = begin[0] + share[:, None] * (end[0] - begin[0]) + (along * cosine - across * sine)
    y = begin[1] + share[:, None] * (end[1] - begin[1]) + (along * sine + across * cosine)
    return np.column_stack([x.ravel(), y.ravel()])


def _tilted(places_mm: Floats, tilts_rad: Sequence[float] | Floats) -> Floats:
    """Return the pattern as a tilted head brings it onto the skin: stretched by one over the cosine."""
    along, across = (1.0 / math.cos(min(abs(float(one)), _STEEPEST)) for one in tilts_rad)
    return np.column_stack([places_mm[:, 0] * along, places_mm[:, 1] * across])


_STEEPEST = math.pi / 3.0
"""Beyond it no head touches the skin with all its needles."""


def _uniform(drawn: Generator) -> float:
    """Return a chance, uniform from -1 to 1."""
    return 2.0 * float(drawn.random()) - 1.0


def scattered(outline_mm: Floats, per_mm2: float, margin_mm: float, drawn: Generator) -> Floats:
    """Return punctures that fall wholly at random on a zone and a margin around it: the Boolean model's, (n, 2)."""
    low, high = outline_mm.min(axis=0) - margin_mm, outline_mm.max(axis=0) + margin_mm
    count = drawn.poisson(per_mm2 * float(high[0] - low[0]) * float(high[1] - low[1]))
    punctures: Floats = low + drawn.random((count, 2)) * (high - low)
    return punctures
