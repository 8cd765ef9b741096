"""What simulated sessions do to a zone: cover with its spread, how often skin is hit, where it is hit most."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.coverage import NORMAL_QUANTILE_95, boolean_cover
from mesoplan.layout.raster import Raster
from mesoplan.layout.strokes import Hand, Way, punctures_of
from mesoplan.units import MM2_PER_CM2, MM_PER_CM

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from mesoplan.layout.needles import Pattern

    Floats = NDArray[np.float64]

RUNS = 8
"""Sessions that are simulated unless told otherwise."""
_WINDOW_STEP_MM = 0.1
"""Windows in which punctures are counted are shifted by this much."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Sessions that were simulated with one setting.

    Attributes:
        cover: Mean share of the zone that one session hits.
        sd: Standard deviation between sessions, 0 for a single one.
        standard_error: Of the mean.
        hits: Shares of the zone hit exactly 0, 1, 2, 3 times and 4 times or more, mean of the sessions.
        densest_cm2: Most punctures in any square of 1 cm2, of all sessions.
        densest_mm2: Most punctures in any square of 1 mm2, of all sessions.
        punctures: Mean number within the zone.
        outside: Mean number beside it.
        random_cover: What as many punctures per area as were meant would cover at random: the Boolean model's mean.
        runs: Number of sessions.
        seed: What they were drawn from.
    """

    cover: float
    sd: float
    standard_error: float
    hits: tuple[float, float, float, float, float]
    densest_cm2: int
    densest_mm2: int
    punctures: float
    outside: float
    random_cover: float
    runs: int
    seed: int

    @property
    def bias(self) -> float:
        """Simulated mean minus the Boolean model's: above 0, settings solved by the model cover more than it says."""
        return self.cover - self.random_cover

    @property
    def low(self) -> float:
        """About 5 % of sessions lie below (normal approximation)."""
        return max(0.0, self.cover - NORMAL_QUANTILE_95 * self.sd)

    @property
    def high(self) -> float:
        """About 5 % of sessions lie above."""
        return min(1.0, self.cover + NORMAL_QUANTILE_95 * self.sd)


def rectangle(width_mm: float, height_mm: float) -> Floats:
    """Return the corners of a rectangle from the origin, (4, 2)."""
    return np.array([(0.0, 0.0), (width_mm, 0.0), (width_mm, height_mm), (0.0, height_mm)])


def square_zone(area_cm2: float) -> Floats:
    """Return a square zone of an area, (4, 2)."""
    side = math.sqrt(area_cm2) * MM_PER_CM
    return rectangle(side, side)


def outline_area_mm2(outline_mm: Floats) -> float:
    """Return the area within a polygon."""
    x, y = outline_mm[:, 0], outline_mm[:, 1]
    return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2.0


def simulate(
    outline_mm: Floats,
    pattern: Pattern,
    way: Way,
    hand: Hand,
    diameter_mm: float,
    *,
    seed: int,
    runs: int = RUNS,
) -> Simulated:
    """Return what sessions by this hand do to a zone.

    Args:
        outline_mm: (m, 2) corners of the zone on flat skin, in either order; it must not cross itself.
        pattern: Needles that strike at once.
        way: How they are led.
        hand: How the hand departs from that.
        diameter_mm: Diameter of a microzone.
        seed: The same seed gives the same result.
        runs: Number of sessions, at least 1.

    Raises:
        ValueError: If the zone has no area, the microzone no size, or there is no session.
    """
    spacing = pattern.width_mm * (1.0 - way.overlap) * way.step_mm
    per_cm2 = len(way.directions_rad) * len(pattern.places_mm) / spacing * MM2_PER_CM2

    def session(drawn: Generator) -> Floats:
        return punctures_of(outline_mm, pattern, way, hand, drawn)

    return simulate_sessions(outline_mm, session, per_cm2, diameter_mm, seed=seed, runs=runs)


def simulate_sessions(
    outline_mm: Floats,
    session: Callable[[Generator], Floats],
    per_cm2: float,
    diameter_mm: float,
    *,
    seed: int,
    runs: int = RUNS,
) -> Simulated:
    """Return the same for any way of puncturing: `session` gives the punctures of one, (n, 2), from its own chances.

    Raises:
        ValueError: If the zone has no area, the microzone no size, or there is no session.
    """
    area = outline_area_mm2(outline_mm)
    if runs < 1 or not 0.0 < diameter_mm < math.inf or not 0.0 < area < math.inf:
        raise ValueError(f"{runs} sessions on {area} mm2 with microzones of {diameter_mm} mm: nothing to simulate")
    raster = Raster.of(outline_mm, diameter_mm)
    covers, shares, insides, outsides, densest = [], [], [], [], [0, 0]
    for chances in np.random.SeedSequence(seed).spawn(runs):
        punctures = session(np.random.Generator(np.random.PCG64(chances)))
        hits = raster.histogram(punctures)
        covers.append(1.0 - float(hits[0]))
        shares.append(hits)
        within = raster.within(punctures)
        insides.append(within)
        outsides.append(len(punctures) - within)
        found = (most_in_window(punctures, MM_PER_CM), most_in_window(punctures, 1.0))
        densest = [max(one, other) for one, other in zip(densest, found, strict=True)]
    sd = float(np.std(covers, ddof=1)) if runs > 1 else 0.0
    zero, one, two, three, more = (float(share) for share in np.mean(shares, axis=0))
    return Simulated(
        cover=float(np.mean(covers)),
        sd=sd,
        standard_error=sd / math.sqrt(runs),
        hits=(zero, one, two, three, more),
        densest_cm2=densest[0],
        densest_mm2=densest[1],
        punctures=float(np.mean(insides)),
        outside=float(np.mean(outsides)),
        random_cover=boolean_cover(per_cm2, diameter_mm),
        runs=runs,
        seed=seed,
    )


def most_in_window(punctures_mm: Floats, side_mm: float) -> int:
    """Return the most punctures in any square window of this side, shifted in steps of 0.1 mm; 0 for none."""
    if not len(punctures_mm):
        return 0
    cells = np.floor((punctures_mm - punctures_mm.min(axis=0)) / _WINDOW_STEP_MM).astype(np.int64)
    wide = max(1, round(side_mm / _WINDOW_STEP_MM))
    rows, columns = (int(one) + 1 for one in cells.max(axis=0))
    counted = np.bincount(cells[:, 0] * columns + cells[:, 1], minlength=rows * columns).reshape(rows, columns)
    summed = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    np.cumsum(np.cumsum(counted, axis=0), axis=1, out=summed[1:, 1:])
    tall, broad = min(wide, rows), min(wide, columns)
    windows = summed[tall:, broad:] - summed[:-tall, broad:] - summed[tall:, :-broad] + summed[:-tall, :-broad]
    return int(windows.max())
