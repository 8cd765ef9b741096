"""Checks the sizes of `--area` against the goals of the intake: each has to be of a place where something is wished."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from mesoplan.errors import Problems

if TYPE_CHECKING:
    from mesoplan.intake.model import Intake
    from mesoplan.knowledge.load import Knowledge

AREA_HELP = "ZONE=CM2, measured by you; ZONE=WIDTHxHEIGHT in cm of a zone off the face, or of a scar on the face."


def check_sizes(
    areas: Collection[str], sizes: Collection[str], knowledge: Knowledge, intake: Intake, problems: Problems
) -> None:
    """Note every size that fits no wish.

    A zone in which nothing is wished may have been meant for another; in a zone of the face only what is smaller than
    the zone, such as a scar, has a width and a height.

    Args:
        areas: Zones whose area was given in cm2.
        sizes: Zones of which a width and a height were given.
        knowledge: Zones and goals.
        intake: What is wished.
        problems: Where to note it.
    """
    from mesoplan.surface.options import AREA_PLACE

    wished: dict[str, list[str]] = {}
    for goal in intake.goals:
        for zone in goal.zones:
            wished.setdefault(zone, []).append(goal.indication)
    for zone in (*areas, *sizes):
        if zone not in knowledge.zone_ids or not wished:
            continue
        if zone not in wished:
            remedy = f"Leave it out, or wish something there; the goals name {', '.join(wished)}."
            problems.add(AREA_PLACE, zone, "no goal of the intake names this zone", remedy)
            continue
        small = any(knowledge.indications[goal].own_size for goal in wished[zone])
        if zone in sizes and knowledge.zone_of(zone)[0].surface == "mesh" and not small:
            remedy = f"Give the zone's area alone, --area {zone}=CM2, or leave it out."
            message = "a zone of the face is no rectangle; only a scar in it has a width and a height"
            problems.add(AREA_PLACE, zone, message, remedy)
