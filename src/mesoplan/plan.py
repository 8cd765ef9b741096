"""The plan: everything the straight line has brought together, saved as plan.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mesoplan.course.model import Course
from mesoplan.intake.model import Intake
from mesoplan.layout.model import Layout
from mesoplan.layout.quality import Quality
from mesoplan.layout.space import Space
from mesoplan.prescription.choices import NOTHING_CHOSEN, Choices
from mesoplan.prescription.model import Limit, Prescription
from mesoplan.screening.model import Screening
from mesoplan.surface.model import Surface

if TYPE_CHECKING:
    from mesoplan.knowledge.base import Knowledge

READY = "sheet.ready"
LIMIT_BROKEN, SETTINGS_MISSING = "sheet.limit_broken", "sheet.settings_missing"
ROUNDING = 1e-9
"""A limit reached exactly is not broken by the rounding of binary fractions."""


@dataclass(frozen=True, slots=True)
class ZoneProgress:
    """What was planned and delivered in one zone so far, and what the next session is corrected to.

    Attributes:
        zone: Expanded zone id.
        planned: Planned cover of each recorded session, None where none was planned.
        delivered: Delivered cover of each, None while it is not known.
        planned_total: Cover that the recorded sessions should have reached together, None without a planned one.
        delivered_total: Cover that they reached together, None while one of them is not known.
        at_least: The same, an unknown session counted as nothing.
        wished: Wished cover of the next session, None where it has none.
        course_total: Cover after the whole course, if every session to come reaches `wished`; None where not known.
        shortened: Whether the latest session was stopped or shortened here: the next one begins with these zones.
        note: Word key: how the next session was corrected, or why not.
    """

    zone: str
    planned: tuple[float | None, ...]
    delivered: tuple[float | None, ...]
    planned_total: float | None
    delivered_total: float | None
    at_least: float
    wished: float | None
    course_total: float | None
    shortened: bool
    note: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a plan holds; saved as plan.json, from which any paper can be drawn again.

    Attributes:
        on: The day it is for.
        language: Language of the papers.
        intake: As parsed.
        screening: Verdicts and dates.
        surface: Zones with areas.
        prescription: What is wished.
        layout: How it is reached.
        course: Dates, restrictions, price.
        clinic: Name of the clinic, None without a folder.
        clinic_is_example: True for the example clinic: every page says EXAMPLE.
        session_sheet: (`READY`,), or the reasons (word keys) why no session sheet may be printed.
        progress: What was delivered so far, zone by zone, shortened zones first; empty before the first session.
        quality: What is to be expected, what may go wrong, how much room is left; None where no zone is laid out.
        space: The course as it was laid on the skin in space; None where it was not.
        choices: What the practitioner chose for it.
    """

    on: date
    language: str
    intake: Intake
    screening: Screening
    surface: Surface
    prescription: Prescription
    layout: Layout
    course: Course
    clinic: str | None
    clinic_is_example: bool
    session_sheet: tuple[str, ...]
    progress: tuple[ZoneProgress, ...] = ()
    quality: Quality | None = None
    space: Space | None = None
    choices: Choices = NOTHING_CHOSEN

    @property
    def session_ready(self) -> bool:
        """Whether the next session's sheet may be printed."""
        return self.session_sheet == (READY,)

    @property
    def planned(self) -> bool:
        """Whether any zone may be treated and is planned: the goal is served there, and its size is known."""
        return self.screening.may_treat and any(zone.may_treat for zone in self.prescription.zones)


def unknown_to(knowledge: Knowledge, plan: Plan) -> tuple[str, ...]:
    """Return the techniques, zones and goals that a plan speaks of and a knowledge base does not have, each once.

    A plan was made with one edition, and an extension may have been taken away since: no paper can be drawn of it then.
    """
    prescribed, screened = plan.prescription, plan.screening.cells
    ways = [*(one.technique for one in prescribed.zones), *(one.technique for one in prescribed.techniques)]
    ways += [one.technique for one in screened]
    goals = [goal.indication for goal in plan.intake.goals] + [goal for one in screened for goal in one.indications]
    zones = [one.zone for one in prescribed.zones] + [one.zone for one in screened if one.zone is not None]
    known = {*knowledge.techniques, *knowledge.indications, *knowledge.zone_ids}
    return tuple(dict.fromkeys(name for name in (*ways, *goals, *zones) if name not in known))


def all_limits(prescription: Prescription, layout: Layout) -> Iterator[Limit]:
    """Yield every limit of the zones, their settings and the session."""
    for zone in prescription.zones:
        yield from zone.depth.limits if zone.depth else ()
        yield from zone.limits
    for part in layout.zones:
        yield from part.limits
    yield from layout.limits


def reasons_of_layout(prescription: Prescription, layout: Layout) -> tuple[str, ...]:
    """Return why a layout allows no session sheet, as word keys: a limit that stops is broken, a zone has no settings.

    A zone is settled by settings that leave nothing to ask; points need a known volume as well.
    """
    broken = any(limit.absolute and limit.margin < -ROUNDING for limit in all_limits(prescription, layout))
    checks = (
        (LIMIT_BROKEN, broken),
        (SETTINGS_MISSING, not {one.zone for one in prescription.zones} <= layout.settled),
    )
    return tuple(key for key, stands in checks if stands)
