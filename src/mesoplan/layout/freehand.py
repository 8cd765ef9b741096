"""Settings of a gliding pen: frequency, hand speed and whole passes for a wished cover, inside the envelopes.

One pass with a stripe of width w at hand speed v and f strokes per second of N needles makes N f / (w v) punctures per
area. Hits add up over passes, so p passes give the cover 1 - exp(-p N f A / (w v)) (A: microzone area; coverage.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mesoplan.layout.coverage import hits_for_cover, microzone_area_mm2

COVER_RESOLUTION = 0.005
"""Cover is printed in whole percent; within half of one a setting counts as reaching the wish."""
_GRID_EPSILON = 1e-9
_FEWEST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Envelope:
    """A range of one setting and the step in which it can be chosen.

    Attributes:
        low: Lowest setting.
        high: Highest setting, at least `low`.
        step: Steps are counted from `low`.
    """

    low: float
    high: float
    step: float

    @classmethod
    def of(cls, low: float, high: float, step: float) -> Envelope:
        """Return a range; a step of 0 (any setting) becomes a readable one, 1, 2 or 5 times a power of ten.

        It is the largest such step of which `_FEWEST_STEPS` fit into the range.
        """
        if step > 0.0 or high <= low:
            return cls(low, high, step or 1.0)
        widest = (high - low) / _FEWEST_STEPS
        power = 10.0 ** math.floor(math.log10(widest))
        return cls(
            low, high, max(part * power for part in (1.0, 2.0, 5.0) if part * power <= widest * (1 + _GRID_EPSILON))
        )

    def __post_init__(self) -> None:
        """Refuse an envelope that holds nothing."""
        if not (0.0 < self.low <= self.high and self.step > 0.0 and math.isfinite(self.high)):
            raise ValueError(f"envelope {self.low} to {self.high} in steps of {self.step}: holds no setting")

    def settings(self) -> tuple[float, ...]:
        """Return every setting, lowest first; `high` only where a step ends there."""
        return tuple(self._setting(index) for index in range(self._last + 1))

    def around(self, wished: float) -> tuple[float, ...]:
        """Return the settings next to `wished`: one at an end or where it is hit."""
        position = (min(max(wished, self.low), self.high) - self.low) / self.step
        candidates = {min(max(int(edge), 0), self._last) for edge in (math.floor(position), math.ceil(position))}
        return tuple(self._setting(index) for index in sorted(candidates))

    def eccentricity(self, setting: float) -> float:
        """Return how far a setting is from the middle: 0 there, 1 at an end; 0 where there is only one."""
        half = (self.high - self.low) / 2.0
        return abs(setting - (self.low + self.high) / 2.0) / half if half > 0.0 else 0.0

    def _setting(self, index: int) -> float:
        return min(self.high, round(self.low + index * self.step, 9)) if index else self.low

    @property
    def _last(self) -> int:
        """Number of whole steps in the range."""
        return math.floor((self.high - self.low) / self.step + _GRID_EPSILON)


@dataclass(frozen=True, slots=True)
class PenEnvelope:
    """What device, cartridge and clinic allow.

    Attributes:
        frequency_hz: Strokes per second.
        hand_speed_mm_s: Speed over the skin.
        passes_low: Fewest passes, at least 1.
        passes_high: Most passes.
        needles: Needles of the cartridge.
        stripe_width_mm: Width that one pass needles.
        microzone_mm: Diameter of the zone that one puncture acts on.
    """

    frequency_hz: Envelope
    hand_speed_mm_s: Envelope
    passes_low: int
    passes_high: int
    needles: int
    stripe_width_mm: float
    microzone_mm: float

    def __post_init__(self) -> None:
        """Refuse an envelope that holds nothing."""
        if not (
            1 <= self.passes_low <= self.passes_high
            and self.needles >= 1
            and self.stripe_width_mm > 0.0
            and self.microzone_mm > 0.0
        ):
            raise ValueError(f"pen envelope holds no setting: {self}")

    def hits(self, setting: PenSetting) -> float:
        """Return the mean number of hits per point."""
        return setting.passes * self.hits_per_pass(setting.frequency_hz, setting.hand_speed_mm_s)

    def hits_per_pass(self, frequency_hz: float, hand_speed_mm_s: float) -> float:
        """Return the mean number of hits per point in one pass."""
        per_mm2 = self.needles * frequency_hz / (self.stripe_width_mm * hand_speed_mm_s)
        return per_mm2 * microzone_area_mm2(self.microzone_mm)


@dataclass(frozen=True, slots=True)
class PenSetting:
    """One choice of settings."""

    frequency_hz: float
    hand_speed_mm_s: float
    passes: int


@dataclass(frozen=True, slots=True)
class PenSolution:
    """What the search found.

    Attributes:
        setting: The best setting.
        cover: Its cover at the planned speed.
        reachable: Whether that is the wished cover, to within half a percent of the area.
    """

    setting: PenSetting
    cover: float
    reachable: bool


Rank = tuple[float, ...]


def rank(envelope: PenEnvelope, setting: PenSetting, wished: float) -> Rank:
    """Return how good a setting is; smaller is better, compared from left to right.

    First by how much the cover misses the wish beyond the resolution; then fewest passes; then hand speed and
    frequency nearest the middle of their ranges; then the smaller miss, the lower frequency, the lower speed.
    """
    miss = abs(-math.expm1(-envelope.hits(setting)) - wished)
    eccentricity = envelope.hand_speed_mm_s.eccentricity(setting.hand_speed_mm_s) + envelope.frequency_hz.eccentricity(
        setting.frequency_hz
    )
    beyond = max(0.0, round(miss - COVER_RESOLUTION, 12))
    order = (setting.passes, round(eccentricity, 9), round(miss, 12), setting.frequency_hz, setting.hand_speed_mm_s)
    return (beyond, *order)


def solve_setting(envelope: PenEnvelope, wished: float) -> PenSolution:
    """Return the best setting for a wished cover by `rank`; when it cannot be reached, the nearest, and says so.

    For each number of passes and each frequency the cover falls steadily with the hand speed, so only the speeds at
    both edges of the resolution, around the wish itself, around the middle of the range and at its ends can be best.

    Raises:
        ValueError: If `wished` is not in [0, 1).
    """
    hits_for_cover(wished)
    best = min(_candidates(envelope, wished), key=lambda setting: rank(envelope, setting, wished))
    cover = -math.expm1(-envelope.hits(best))
    return PenSolution(best, cover, rank(envelope, best, wished)[0] == 0.0)


def _candidates(envelope: PenEnvelope, wished: float) -> Iterator[PenSetting]:
    """Yield every setting that can be the best one."""
    speeds = envelope.hand_speed_mm_s
    wanted = [wished + shift for shift in (-COVER_RESOLUTION, 0.0, COVER_RESOLUTION)]
    hits = [hits_for_cover(cover) for cover in wanted if 0.0 < cover < 1.0]
    fixed = {speeds.low, *speeds.around(speeds.high), *speeds.around((speeds.low + speeds.high) / 2.0)}
    for passes in range(envelope.passes_low, envelope.passes_high + 1):
        for frequency in envelope.frequency_hz.settings():
            at_unit_speed = passes * envelope.hits_per_pass(frequency, 1.0)
            near = {speed for mean in hits for speed in speeds.around(at_unit_speed / mean)}
            for speed in sorted(fixed | near):
                yield PenSetting(frequency, speed, passes)


def other_modes(envelope: PenEnvelope, solution: PenSolution, wished: float) -> tuple[str, ...]:
    """Return word keys of what would reach the wish where these envelopes cannot; empty where they do."""
    if solution.reachable:
        return ()
    if solution.cover < wished:
        return ("other_mode.more_needles", "other_mode.more_passes", "other_mode.several_sessions")
    one_needle = envelope.hits(solution.setting) / envelope.needles
    fewer = ("other_mode.fewer_needles",) if one_needle <= hits_for_cover(wished + COVER_RESOLUTION) else ()
    return (*fewer, "other_mode.slower_strokes", "other_mode.stamping")
