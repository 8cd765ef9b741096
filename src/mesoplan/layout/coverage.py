"""Cover of skin by round microzones: the Boolean model of free-hand needling, and lattices for comparison.

Free hand: punctures fall independently (a Poisson process), so a point stays untouched with probability exp(-n A), and
the number of hits on it is Poisson distributed with mean n A (n: punctures per area, A: area of a microzone; Chiu,
Stoyan, Kendall, Mecke, Stochastic Geometry and its Applications, chapter 3). Lengths in millimetres, densities per cm2.
The needles of one cartridge strike together at regular steps and so overlap less: the true cover of a single pass lies
between this model and the summed area of the microzones, and nearer the model the more passes there are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mesoplan.units import MM2_PER_CM2

NORMAL_QUANTILE_95 = 1.6448536269514722
"""95 % quantile of the standard normal distribution."""
_QUADRATURE_INTERVALS = 200
_NARROW = 1e-6
"""A range of means as narrow as this is one mean."""


def microzone_area_mm2(diameter_mm: float) -> float:
    """Return the area of one round microzone in mm2."""
    return math.pi * diameter_mm**2 / 4.0


def boolean_cover(punctures_per_cm2: float, diameter_mm: float) -> float:
    """Return the expected share of an area that random punctures hit at least once: 1 - exp(-n A); 0 for none."""
    return -math.expm1(-mean_hits(punctures_per_cm2, diameter_mm))


def mean_hits(punctures_per_cm2: float, diameter_mm: float) -> float:
    """Return how often a point is hit on average: density times microzone area."""
    return punctures_per_cm2 / MM2_PER_CM2 * microzone_area_mm2(diameter_mm)


def density_for_cover_per_cm2(cover: float, diameter_mm: float) -> float:
    """Return the density of random punctures whose expected cover is `cover`, per cm2.

    Raises:
        ValueError: If `cover` is not in [0, 1): no finite density covers everything.
    """
    return hits_for_cover(cover) / microzone_area_mm2(diameter_mm) * MM2_PER_CM2


def hits_for_cover(cover: float) -> float:
    """Return the mean number of hits that gives this cover, -ln(1 - cover).

    Raises:
        ValueError: If `cover` is not in [0, 1).
    """
    if not 0.0 <= cover < 1.0:
        raise ValueError(f"cover {cover}: must be at least 0 and below 1, for no finite density covers everything")
    return -math.log1p(-cover)


def lattice_density_per_cm2(cover: float, diameter_mm: float) -> float:
    """Return the density of punctures without overlap whose microzones add up to `cover`, per cm2."""
    return cover / microzone_area_mm2(diameter_mm) * MM2_PER_CM2


def hit_histogram(hits: float, time_spread: float = 0.0) -> tuple[float, float, float, float, float]:
    """Return the shares of the area hit exactly 0, 1, 2, 3 times and 4 times or more, for a mean of `hits`.

    With a spread of the time, the mean is `hits` times a factor uniform in 1 -+ `time_spread`: then each share is the
    Poisson probability averaged over it, a difference of two sums exp(-x) (1 + x + ... + x^k/k!).
    """
    low, high = (1.0 - time_spread) * hits, (1.0 + time_spread) * hits
    if high - low <= _NARROW:
        exact = [math.exp(-hits) * hits**k / math.factorial(k) for k in range(4)]
    else:
        exact = [(_at_most(k, low) - _at_most(k, high)) / (high - low) for k in range(4)]
    return exact[0], exact[1], exact[2], exact[3], max(0.0, 1.0 - sum(exact))


def _at_most(count: int, mean: float) -> float:
    """Return how often a Poisson variable of this mean is at most `count`."""
    return math.exp(-mean) * sum(mean**k / math.factorial(k) for k in range(count + 1))


def cumulative_cover(cover: float, sessions: int) -> float:
    """Return the expected cover after `sessions` sessions independent of one another: 1 - (1 - c)^n."""
    return 1.0 - (1.0 - cover) ** sessions


def sessions_until(cover: float, wanted: float) -> int | None:
    """Return the first number of independent sessions with at least the `wanted` expected cover.

    None where a session covers nothing; `wanted` must be below 1.
    """
    if cover <= 0.0:
        return None
    if cover >= 1.0:
        return 1
    sessions = max(1, math.ceil(math.log1p(-wanted) / math.log1p(-cover)) - 1)
    while cumulative_cover(cover, sessions) < wanted:
        sessions += 1
    return sessions


def lens_area_mm2(distance_mm: float, diameter_mm: float) -> float:
    """Return the common area of two equal discs whose centres lie `distance_mm` apart; 0 from one diameter on."""
    if distance_mm >= diameter_mm:
        return 0.0
    ratio = distance_mm / diameter_mm
    return diameter_mm**2 / 2.0 * (math.acos(ratio) - ratio * math.sqrt(1.0 - ratio * ratio))


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of a zone's cover."""

    mean: float
    sd: float

    @property
    def low(self) -> float:
        """About 5 % of courses lie below (normal approximation, which for one session is slightly too wide)."""
        return max(0.0, self.mean - NORMAL_QUANTILE_95 * self.sd)

    @property
    def high(self) -> float:
        """About 5 % of courses lie above."""
        return min(1.0, self.mean + NORMAL_QUANTILE_95 * self.sd)


def cover_spread(
    punctures_per_cm2: float,
    diameter_mm: float,
    area_cm2: float,
    time_spread: float,
    sessions: int = 1,
    cluster: int = 1,
) -> Spread:
    """Return mean and standard deviation of the cover of a finite zone after independent sessions.

    Two things vary. Where the punctures fall: the variance of a Boolean model's vacancy over an area |Z| is the
    covariance of two points' vacancy integrated over their distance h, (1/|Z|) times the integral of C(h) 2 pi h dh
    up to one diameter. That is exact on a surface without an edge; for a zone it is an upper bound, too high by about
    (perimeter x diameter)/(pi |Z|) of itself. And how long the hand dwells: in each session the planned density is
    multiplied by one factor, uniform in 1 -+ `time_spread`, for the whole zone (drifts inside a zone average out, so
    one factor is the cautious end).

    Args:
        punctures_per_cm2: Planned density of one session.
        diameter_mm: Microzone diameter.
        area_cm2: Area of the zone, above 0.
        time_spread: Half-width of the factor's range, from 0 to 1.
        sessions: Number of sessions, at least 1.
        cluster: Needles that strike together in a rigid pattern (a stamp). The mean stays: the discs of one pattern do
            not overlap. What varies with the place varies by whole patterns; `cluster` times the variance of single
            punctures is its upper bound, reached where little is covered.

    Raises:
        ValueError: If an argument is outside its range.
    """
    if sessions < 1:
        raise ValueError(f"{sessions} sessions: outside the model's range")
    return course_spread([(punctures_per_cm2, time_spread)] * sessions, diameter_mm, area_cm2, cluster)


def course_spread(
    sessions: Sequence[tuple[float, float]], diameter_mm: float, area_cm2: float, cluster: int = 1
) -> Spread:
    """Return the same for sessions that differ: (density per cm2, time spread) of each; none cover nothing.

    Raises:
        ValueError: If an area or a spread is outside its range.
    """
    if area_cm2 <= 0.0 or cluster < 1 or not all(0.0 <= spread <= 1.0 for _, spread in sessions):
        raise ValueError(f"area {area_cm2} cm2, sessions {sessions}: outside the model's range")
    disc_mm2 = microzone_area_mm2(diameter_mm)
    alike = [(density / MM2_PER_CM2, spread, count) for (density, spread), count in Counter(sessions).items()]

    def untouched(area_mm2: float) -> float:
        """Return how often nothing falls into an area this large in any session."""
        return math.prod(_mean_exponential(density * area_mm2, spread) ** count for density, spread, count in alike)

    vacancy, far = untouched(disc_mm2), untouched(2.0 * disc_mm2)

    def near(distance_mm: float) -> float:
        """Return C(h) 2 pi h: how much more often two points this close are both untouched than two far apart."""
        both = untouched(2.0 * disc_mm2 - lens_area_mm2(distance_mm, diameter_mm))
        return (both - far) * 2.0 * math.pi * distance_mm

    variance = far - vacancy**2 + cluster * _simpson(near, diameter_mm) / (area_cm2 * MM2_PER_CM2)
    return Spread(1.0 - vacancy, math.sqrt(max(0.0, variance)))


def _mean_exponential(hits: float, spread: float) -> float:
    """Return the mean of exp(-u hits) over u uniform in 1 -+ spread: exp(-hits) sinh(x)/x with x = spread hits."""
    x = spread * hits
    return math.exp(-hits) * (math.sinh(x) / x if x > 1e-6 else 1.0 + x * x / 6.0)


def _simpson(function: Callable[[float], float], upper: float) -> float:
    """Return the integral from 0 to `upper` by Simpson's rule."""
    step = upper / _QUADRATURE_INTERVALS
    total = function(0.0) + function(upper)
    for index in range(1, _QUADRATURE_INTERVALS):
        total += function(index * step) * (4.0 if index % 2 else 2.0)
    return total * step / 3.0
