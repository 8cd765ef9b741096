"""A planned session rehearsed: the settings of each zone in the hands of this project's assumed practitioner.

The settings are solved with the Boolean model; here the cartridge's own needles strike along strokes, and what differs
is said. How far a hand departs from the even way stands in the knowledge (`hand.*`) and in the clinic's device file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.cumulative import low_end
from mesoplan.layout.needles import Pattern, pattern_of, roller_pattern
from mesoplan.layout.simulation import RUNS, Simulated, outline_area_mm2, simulate, square_zone
from mesoplan.layout.strokes import Hand, Way, crosswise
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.clinic.devices import Roller
    from mesoplan.clinic.model import Clinic
    from mesoplan.knowledge.load import Knowledge
    from mesoplan.knowledge.technique import RollerPath, Technique
    from mesoplan.layout.model import Layout, PenLayout, RollerLayout
    from mesoplan.prescription.model import Prescription, ZonePrescription
    from mesoplan.surface.model import Surface

    Floats = NDArray[np.float64]

NEEDLES_ROLE, ROWS_FACT = "counted_needles", "roller.counted_rows"
_DIRECTION, _TILT, _LINE = "hand.direction", "hand.tilt", "hand.line"
_TURN, _CROSSWISE = "hand.turn", "hand.crosswise"


def hand_of(knowledge: Knowledge, spread: float, *, lifted: bool = False) -> Hand:
    """Return the assumed practitioner.

    Args:
        knowledge: The facts `hand.*`.
        spread: By how much the time on each stroke varies, from the clinic's device.
        lifted: Whether the device is lifted where the hand turns; else its needles strike on.
    """
    return Hand(
        stroke_spread=min(spread, _WIDEST),
        direction_sd_rad=math.radians(knowledge.value(_DIRECTION, "deg")),
        tilt_sd_rad=math.radians(knowledge.value(_TILT, "deg")),
        line_sd_mm=knowledge.value(_LINE, "mm"),
        turn_seconds=0.0 if lifted else knowledge.value(_TURN, "s"),
        random_phase=True,
    )


_WIDEST = 0.99
"""A hand that may stand still for ever has no density; a spread of 1 is tried as this."""


def rehearse(
    knowledge: Knowledge,
    clinic: Clinic,
    prescription: Prescription,
    layout: Layout,
    surface: Surface,
    *,
    seed: int,
    runs: int = RUNS,
    lifted: bool = False,
) -> dict[str, Simulated]:
    """Return zone -> simulated sessions, of every zone by pen or roller whose needles are known.

    A stamp is pressed and lifted and makes no strokes; a syringe's points are counted, not simulated.

    Args:
        knowledge: Facts and techniques.
        clinic: The clinic whose devices the layout was solved with.
        prescription: Areas, cartridges, techniques.
        layout: Settings.
        surface: Outlines of the zones; a zone without one becomes a square of its area.
        seed: The same seed gives the same result.
        runs: Sessions of each zone.
        lifted: Whether the device is lifted where the hand turns.
    """
    zones = {one.zone: one for one in prescription.zones}
    found: dict[str, Simulated] = {}
    for pen in layout.pen:
        zone = zones[pen.zone]
        outline = zone_outline(surface, zone.zone, zone.area_cm2)
        needles = clinic.cartridges.get(zone.cartridge or prescription.cartridge or "")
        if needles is not None:
            hand = hand_of(knowledge, pen.speed_spread, lifted=lifted)
            way = pen_way(knowledge, pen)
            found[zone.zone] = simulate(outline, pattern_of(needles), way, hand, pen.microzone_mm, seed=seed, runs=runs)
    for roller in layout.roller:
        made = _rolled(knowledge, clinic, zones[roller.zone], roller, surface, seed, runs)
        if made is not None:
            found[roller.zone] = made
    return found


def pen_way(knowledge: Knowledge, pen: PenLayout) -> Way:
    """Return how a pen is led: its passes crosswise, strike after strike at the set speed and frequency."""
    directions = crosswise(pen.passes, math.radians(knowledge.value(_CROSSWISE, "deg")))
    return Way(directions, pen.hand_speed_mm_s / pen.frequency_hz, pen.frequency_hz)


def roller_pattern_of(
    knowledge: Knowledge, technique: Technique, roller: Roller, per_pass_cm2: float
) -> Pattern | None:
    """Return the rows of a clinic's roller, None where neither the clinic nor a source says how many it has.

    A source speaks only of a roller with as many needles as the one it describes.
    """
    rows, counted = roller.needle_rows, technique.facts.get(NEEDLES_ROLE)
    if rows is None and counted is not None and low_end(knowledge, counted, "needles") == roller.needle_count:
        rows = round(low_end(knowledge, ROWS_FACT, "rows"))
    return None if rows is None else roller_pattern(roller.needle_count, rows, per_pass_cm2)


def roller_way(paths: tuple[RollerPath, ...], pattern: Pattern, passes: int, *, on_each: bool) -> Way:
    """Return how a roller is led: its passes shared over the directions of its paths, or all of them on each.

    Raises:
        ValueError: If no path has a direction, or the pattern no step of its own.
    """
    directions = tuple(angle for path in paths for angle in directions_rad(path))
    if not directions or pattern.step_mm is None:
        raise ValueError(f"paths {[path.id for path in paths]}: nowhere to roll")
    count = passes * len(directions) if on_each else passes
    return Way(tuple(directions[number % len(directions)] for number in range(count)), pattern.step_mm)


def directions_rad(path: RollerPath) -> Iterator[float]:
    """Yield the directions of a path on flat skin: as stated, else from the ends of its drawn arrows (y downwards)."""
    if path.angles_deg:
        yield from (math.radians(angle) for angle in path.angles_deg)
        return
    for arrow in path.arrows:
        (x, y), (end_x, end_y) = arrow[0], arrow[-1]
        yield math.atan2(y - end_y, end_x - x)


def _rolled(
    knowledge: Knowledge,
    clinic: Clinic,
    zone: ZonePrescription,
    layout: RollerLayout,
    surface: Surface,
    seed: int,
    runs: int,
) -> Simulated | None:
    """Return a zone by roller, None where its needles, its density or its paths are not known."""
    technique = knowledge.techniques[zone.technique]
    roller = clinic.rollers.get(layout.roller or "")
    paths = tuple(one for one in technique.paths if one.id in layout.paths)
    if roller is None or layout.punctures_per_cm2 is None or zone.microzone_mm is None or not paths:
        return None
    pattern = roller_pattern_of(knowledge, technique, roller, layout.punctures_per_cm2 / layout.passes)
    if pattern is None:
        return None
    way = roller_way(paths, pattern, layout.passes, on_each=technique.at_home)
    outline = zone_outline(surface, zone.zone, zone.area_cm2)
    hand = hand_of(knowledge, layout.spread, lifted=True)
    return simulate(outline, pattern, way, hand, zone.microzone_mm, seed=seed, runs=runs)


def zone_outline(surface: Surface, zone: str, area_cm2: float) -> Floats:
    """Return a zone as flat skin: its outline at the size of its area, (m, 2) mm, y upwards; else a square."""
    drawn = next((one.points for one in surface.outlines if one.zone == zone), ())
    outline: Floats = np.array(drawn, dtype=np.float64).reshape(-1, 2) * (1.0, -1.0)
    area = outline_area_mm2(outline) if len(outline) > 2 else 0.0
    if area <= 0.0:
        return square_zone(area_cm2)
    scaled: Floats = (outline - outline.mean(axis=0)) * math.sqrt(area_cm2 * MM2_PER_CM2 / area)
    return scaled
