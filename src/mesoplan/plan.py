"""The plan: everything the straight line has brought together, saved as plan.json."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mesoplan.course.model import Course
from mesoplan.intake.model import Intake
from mesoplan.layout.model import Layout
from mesoplan.prescription.model import Prescription
from mesoplan.screening.model import Screening
from mesoplan.surface.model import Surface

READY = "sheet.ready"


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

    @property
    def session_ready(self) -> bool:
        """Whether the next session's sheet may be printed."""
        return self.session_sheet == (READY,)
