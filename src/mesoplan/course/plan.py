"""The course as a whole: numbers, dates, merged restrictions and the quote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mesoplan.clinic.model import Clinic
from mesoplan.course.bans import merge
from mesoplan.course.model import Course
from mesoplan.course.price import quote
from mesoplan.course.schedule import schedule
from mesoplan.intake.model import Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.layout.model import Layout
from mesoplan.prescription.model import Prescription
from mesoplan.screening.model import Screening


def plan_course(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    layout: Layout,
    days: Mapping[int, date] | None = None,
) -> Course:
    """Return the course from the day of the screening on; without a known first day it has numbers but no dates.

    The restrictions of the latest session already delivered are merged in, where its day is known.

    Args:
        knowledge: Facts, rules and bans.
        clinic: Closures and prices, None without a folder.
        intake: Answers, tests, sessions done.
        screening: Of the day from which is planned.
        prescription: Zones, product.
        layout: Volumes and times, for the quote.
        days: Chosen days by number of the session.

    Raises:
        ProblemError: If a fact has no such number.
    """
    dates = schedule(knowledge, clinic, intake, screening, prescription, days)
    numbers = dates.numbers
    tags = {tag for zone in prescription.zones for tag in knowledge.techniques[zone.technique].tags}
    price, asked = quote(knowledge, clinic, intake, prescription, layout, numbers.sessions - intake.sessions_done)
    return Course(
        sessions=numbers.sessions,
        sessions_done=intake.sessions_done,
        sessions_low=numbers.sessions_low,
        sessions_high=numbers.sessions_high,
        deciding_indication=numbers.deciding_indication,
        interval_days=numbers.interval_days,
        interval_minimum_days=numbers.interval_minimum_days,
        appointments=dates.appointments,
        restrictions=merge(knowledge, tags, (*dates.delivered, *dates.sessions)),
        quote=price,
        next_course_from=dates.next_course_from,
        provisional=prescription.provisional,
        asked=tuple(dict.fromkeys((*dates.asked, *asked))),
        bases=(*numbers.bases, *dates.bases),
    )
