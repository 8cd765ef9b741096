"""Passes of a roller along its named paths; a cover only where somebody counted the punctures of a pass."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mesoplan.clinic.devices import Roller
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Technique
from mesoplan.layout.coverage import boolean_cover, hits_for_cover, mean_hits
from mesoplan.layout.cumulative import cumulate, low_end
from mesoplan.layout.freehand import COVER_RESOLUTION
from mesoplan.layout.model import Cumulative, RollerLayout
from mesoplan.prescription.model import Basis, Limit, ZonePrescription

PASSES_ROLE, NEEDLES_ROLE, DENSITY_ROLE = "passes", "counted_needles", "counted_density"


@dataclass(frozen=True, slots=True)
class _Density:
    """Punctures of one pass, with where they come from."""

    per_cm2: float
    basis: Basis


def roll(
    knowledge: Knowledge, clinic: Clinic | None, technique: Technique, zone: ZonePrescription, sessions: int
) -> RollerLayout | None:
    """Return the passes of one zone, None without a roller in the clinic (at home none is needed).

    At home the source's passes stand, on each path, and nothing is promised. In the clinic there are as few passes as
    reach the wished cover, never more than were counted or than the clinic allows; without a counted density it is the
    smaller of these two, and no cover is stated.
    """
    paths = tuple(path.id for path in technique.paths if _crosses(knowledge, path.zones, zone.zone))
    if technique.at_home:
        return _at_home(knowledge, technique, zone, paths)
    if clinic is None or zone.device is None or zone.area_fraction is None or zone.microzone_mm is None:
        return None
    wish = _Wish(zone.area_fraction, zone.microzone_mm, zone.area_cm2, sessions)
    return _in_clinic(knowledge, technique, clinic.rollers[zone.device], zone.zone, wish, paths)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is wished in one zone, and over how many sessions it adds up."""

    cover: float
    microzone_mm: float
    area_cm2: float
    sessions: int


def _in_clinic(
    knowledge: Knowledge, technique: Technique, roller: Roller, zone: str, wish: _Wish, paths: tuple[str, ...]
) -> RollerLayout:
    """Return the passes of a roller of the clinic, with the cover where its punctures were counted."""
    counted = math.floor(low_end(knowledge, technique.facts[PASSES_ROLE], "passes"))
    density = _density(knowledge, technique, roller, counted)
    passes = _passes(density, wish, min(roller.passes_max, counted))
    per_cm2 = None if density is None else passes * density.per_cm2
    total = None if per_cm2 is None else _total(knowledge, technique, roller, wish, per_cm2)
    return RollerLayout(
        zone=zone,
        roller=roller.id,
        paths=paths,
        passes=passes,
        punctures_per_cm2=per_cm2,
        cover=None if total is None else total.cover[0],
        wished=wish.cover,
        reachable=per_cm2 is not None and boolean_cover(per_cm2, wish.microzone_mm) >= wish.cover - COVER_RESOLUTION,
        spread=roller.pass_spread,
        volume_ml=None,
        cumulative=total,
        asked=(),
        limits=_limits(technique, roller, counted, passes),
        bases=(
            ("passes", Basis("fact", technique.facts[PASSES_ROLE])),
            ("spread", Basis("clinic", f"rollers.yaml: {roller.id}: pass_spread")),
            *((("punctures_per_cm2", density.basis),) if density is not None else ()),
        ),
    )


def _passes(density: _Density | None, wish: _Wish, most: int) -> int:
    """Return as few passes as reach the wished cover, never more than `most`; without a density that many."""
    if density is None:
        return most
    needed = math.ceil(round(hits_for_cover(wish.cover) / mean_hits(density.per_cm2, wish.microzone_mm), 9))
    return max(1, min(needed, most))


def _total(knowledge: Knowledge, technique: Technique, roller: Roller, wish: _Wish, per_cm2: float) -> Cumulative:
    """Return the cover that such sessions add up to."""
    return cumulate(
        knowledge,
        technique,
        per_cm2=per_cm2,
        microzone_mm=wish.microzone_mm,
        area_cm2=wish.area_cm2,
        spread=roller.pass_spread,
        wished=wish.cover,
        sessions=wish.sessions,
    )


def _at_home(
    knowledge: Knowledge, technique: Technique, zone: ZonePrescription, paths: tuple[str, ...]
) -> RollerLayout | None:
    fact = technique.facts.get(PASSES_ROLE)
    if fact is None:
        return None
    return RollerLayout(
        zone=zone.zone,
        roller=None,
        paths=paths,
        passes=math.floor(low_end(knowledge, fact, "passes")),
        punctures_per_cm2=None,
        cover=None,
        wished=None,
        reachable=False,
        spread=0.0,
        volume_ml=None,
        cumulative=None,
        asked=("asked.no_path",) if not paths else (),
        limits=(),
        bases=(("passes", Basis("fact", fact)),),
    )


def _crosses(knowledge: Knowledge, names: tuple[str, ...], zone: str) -> bool:
    return not names or any(zone in knowledge.expand(name) for name in names)


def _density(knowledge: Knowledge, technique: Technique, roller: Roller, passes: int) -> _Density | None:
    """Return what one pass makes: as the clinic states it, else counted by a source for as many needles, else None."""
    if roller.punctures_per_cm2_per_pass is not None:
        basis = Basis("clinic", f"rollers.yaml: {roller.id}: punctures_per_cm2_per_pass")
        return _Density(roller.punctures_per_cm2_per_pass, basis)
    needles, density = technique.facts.get(NEEDLES_ROLE), technique.facts.get(DENSITY_ROLE)
    if needles is None or density is None or low_end(knowledge, needles, "needles") != roller.needle_count:
        return None
    return _Density(low_end(knowledge, density, "1/cm2") / passes, Basis("fact", density))


def _limits(technique: Technique, roller: Roller, counted: int, passes: int) -> tuple[Limit, ...]:
    own = Basis("clinic", f"rollers.yaml: {roller.id}: passes_max")
    return (
        Limit("passes", roller.passes_max, passes, "1", True, own),
        Limit("passes_counted", counted, passes, "1", True, Basis("fact", technique.facts[PASSES_ROLE])),
    )
