"""Placements of a stamp: a rigid footprint, pressed and lifted side by side; how often, and what that covers."""

from __future__ import annotations

import math

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Technique
from mesoplan.layout.coverage import boolean_cover, hit_histogram, mean_hits
from mesoplan.layout.cumulative import cumulate, low_end
from mesoplan.layout.freehand import COVER_RESOLUTION
from mesoplan.layout.model import StampLayout
from mesoplan.prescription.model import Basis, Limit, ZonePrescription
from mesoplan.units import MM2_PER_CM2

PER_PUNCTURE_ROLE = "volume_per_puncture"


def count_placements(area_cm2: float, footprint_mm: tuple[float, float]) -> int:
    """Return the placements that fill an area once: area over footprint, rounded up; none on no area.

    Raises:
        ValueError: If the area is negative or the footprint empty.
    """
    size_mm2 = footprint_mm[0] * footprint_mm[1]
    if area_cm2 < 0.0 or min(footprint_mm) <= 0.0:
        raise ValueError(f"area {area_cm2} cm2, footprint {footprint_mm} mm: no placements")
    return math.ceil(round(area_cm2 * MM2_PER_CM2 / size_mm2, 9))


def count_rounds(per_round_cm2: float, microzone_mm: float, wished: float, low: int, high: int) -> int:
    """Return the number of rounds whose expected cover is nearest to the wish, of two equally near the fewer."""
    return min(
        range(low, high + 1),
        key=lambda rounds: (round(abs(boolean_cover(rounds * per_round_cm2, microzone_mm) - wished), 12), rounds),
    )


def solve_stamp(
    knowledge: Knowledge, clinic: Clinic | None, technique: Technique, zone: ZonePrescription, sessions: int
) -> StampLayout | None:
    """Return placements, rounds and cover of one zone, None without a stamp or a wish.

    Placed by hand, footprints overlap and leave gaps at random, so the cover is the Boolean model's; one round laid
    without overlap covers a little more. The spread counts whole footprints.
    """
    if clinic is None or zone.device is None or zone.area_fraction is None or zone.microzone_mm is None:
        return None
    stamp = clinic.stamps[zone.device]
    footprint, wished, microzone = stamp.footprint_mm, zone.area_fraction, zone.microzone_mm
    per_round = stamp.needle_count / (footprint[0] * footprint[1]) * MM2_PER_CM2
    rounds = count_rounds(per_round, microzone, wished, stamp.rounds_min, stamp.rounds_max)
    per_cm2 = rounds * per_round
    volume_fact = technique.facts.get(PER_PUNCTURE_ROLE)
    punctures = per_cm2 * zone.area_cm2
    total = cumulate(
        knowledge,
        technique,
        per_cm2=per_cm2,
        microzone_mm=microzone,
        area_cm2=zone.area_cm2,
        spread=stamp.placement_spread,
        wished=wished,
        sessions=sessions,
        sigma_mm=stamp.registration_sigma_mm,
        cluster=stamp.needle_count,
    )
    reachable = abs(boolean_cover(per_cm2, microzone) - wished) <= _tolerance(per_round, microzone, wished)
    other = "fewer_needles" if boolean_cover(per_cm2, microzone) > wished else "more_passes"
    return StampLayout(
        zone=zone.zone,
        footprint_mm=footprint,
        needles=stamp.needle_count,
        placements=count_placements(zone.area_cm2, footprint),
        rounds=rounds,
        microzone_mm=microzone,
        spread=stamp.placement_spread,
        wished=wished,
        cover=total.cover[0],
        reachable=reachable,
        other_modes=() if reachable else (f"other_mode.{other}",),
        punctures=punctures,
        punctures_per_cm2=per_cm2,
        hits=hit_histogram(mean_hits(per_cm2, microzone)),
        volume_ml=None if volume_fact is None else punctures * low_end(knowledge, volume_fact, "ml"),
        cumulative=total,
        limits=(Limit("rounds", stamp.rounds_max, rounds, "1", True, _entry(stamp.id, "rounds_max")),),
        bases=_bases(technique, stamp.id, volume_fact),
    )


def _tolerance(per_round: float, microzone: float, wished: float) -> float:
    """Return how far whole rounds may lie from the wish and still count as reaching it: half a round's cover."""
    return max(COVER_RESOLUTION, mean_hits(per_round, microzone) * (1.0 - wished) / 2.0)


def _entry(stamp: str, key: str) -> Basis:
    return Basis("clinic", f"stamps.yaml: {stamp}: {key}")


def _bases(technique: Technique, stamp: str, volume_fact: str | None) -> tuple[tuple[str, Basis], ...]:
    return (
        ("footprint_mm", _entry(stamp, "footprint_mm")),
        ("needles", _entry(stamp, "needle_count")),
        ("placements", Basis("computed", "area_over_footprint")),
        ("rounds", _entry(stamp, "rounds_min, rounds_max")),
        ("spread", _entry(stamp, "placement_spread")),
        ("microzone_mm", Basis("fact", technique.facts["microzone"])),
        ("wished", Basis("fact", technique.facts["coverage"])),
        ("cover", Basis("computed", "boolean_model")),
        *((("volume_ml", Basis("fact", volume_fact)),) if volume_fact is not None else ()),
    )
