"""Open courses of one client in the same zones: what each page says of the other ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mesoplan import Plan as CorePlan
from mesoplan.report.words import sentence
from mesoplan_clinic.plans.book import record
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import core_plan, courses_of, latest_plan
from mesoplan_clinic.plans.shown import context_of


@dataclass(frozen=True, slots=True)
class Beside:
    """Another open course of the client in some of a plan's zones, in the reader's words.

    Attributes:
        course: The course.
        technique: Its technique.
        zones: The zones that both treat.
        done: Days of its sessions that were carried out, in these zones.
        coming: Days that its plan names.
        close: Pairs of days, this plan's and the other course's, closer than this plan's least interval.
        least: That interval in days.
    """

    course: Course
    technique: str
    zones: str
    done: tuple[date, ...]
    coming: tuple[date, ...]
    close: tuple[tuple[date, date], ...]
    least: int


def beside(course: Course, plan: CorePlan) -> list[Beside]:
    """Return the client's other open courses that treat a zone of this plan.

    Raises:
        BrokenRecord: If a record is not as it was written.
    """
    own = {zone.zone for zone in plan.prescription.zones}
    others = [one for one in courses_of(course.client) if one.pk != course.pk and one.state == Course.State.OPEN]
    found = [_beside(course, one, plan, own) for one in others]
    return [one for one in found if one is not None]


def _beside(course: Course, other: Course, plan: CorePlan, own: set[str]) -> Beside | None:
    row = latest_plan(other)
    theirs = None if row is None else core_plan(row)
    planned = set() if theirs is None else {zone.zone for zone in theirs.prescription.zones}
    worked = {
        one.delivered.date: {zone.zone for zone in one.delivered.zones if zone.delivered != "no"} & own
        for one in record(other).sessions
    }
    shared = (planned & own).union(*worked.values())
    if not shared:
        return None
    context, done = context_of(course.client, theirs or plan), tuple(day for day, zones in worked.items() if zones)
    coming = () if theirs is None or not planned & own else _days(theirs)
    least = plan.course.interval_minimum_days
    pairs = [(day, day_there) for day in _days(plan) for day_there in sorted({*done, *coming})]
    used = dict.fromkeys(zone.technique for zone in (theirs or plan).prescription.zones)
    return Beside(
        other,
        sentence(", ".join(context.names.technique(one) for one in used)) if theirs is not None else "",
        context.names.zones(shared),
        done,
        coming,
        tuple((mine, there) for mine, there in pairs if abs((mine - there).days) < least),
        least,
    )


def _days(plan: CorePlan) -> tuple[date, ...]:
    return tuple(one.day for one in plan.course.appointments if one.kind == "session")
