"""What a plan relies on, and whether a later screening still bears it out."""

from __future__ import annotations

from typing import Any

from mesoplan import Plan as CorePlan
from mesoplan import Screening as CoreScreening
from mesoplan.knowledge.verdict import TREATABLE

GONE = "gone"


def aim_of(made: CorePlan) -> dict[str, Any]:
    """Return what a plan relies on: techniques in zones, whether each was allowed, and the findings it knew."""
    used = {(zone.technique, zone.zone) for zone in made.prescription.zones}
    cells = [cell for cell in made.screening.cells if (cell.technique, cell.zone) in used]
    return {
        "cells": sorted([cell.technique, cell.zone, cell.may_treat] for cell in cells),
        "findings": sorted({name for cell in cells for name in cell.findings}),
    }


def affected_by(aim: dict[str, Any], found: CoreScreening) -> list[str]:
    """Return the findings for which a plan no longer stands as it was made; nothing where it does.

    It no longer stands where a zone that was allowed is not allowed any more, and where something new is to be
    observed. A zone or technique that is no longer screened counts as `GONE`.
    """
    allowed = {(technique, zone): may_treat for technique, zone, may_treat in aim["cells"]}
    here = [cell for cell in found.cells if (cell.technique, cell.zone) in allowed]
    refused = [cell for cell in here if allowed[cell.technique, str(cell.zone)] and not cell.may_treat]
    strict = {one.id for one in found.findings if one.effective not in TREATABLE}
    against = [name for cell in refused for name in cell.findings if name in strict]
    new = [name for cell in here for name in cell.findings if name not in aim["findings"]]
    return list(dict.fromkeys([*([GONE] if len(here) < len(allowed) else []), *against, *new]))
