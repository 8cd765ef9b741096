"""Making plans: from a client's signed answers and what was chosen for the course, by the core, for one day."""

from __future__ import annotations

from datetime import date
from typing import Any

from mesoplan import Plan as CorePlan
from mesoplan import Surface, from_json, make_plan, to_json
from mesoplan.record.progress import history_of
from mesoplan.surface.build import build_face
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import parsed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.plans.aim import aim_of
from mesoplan_clinic.plans.book import record
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.screenings.services import keep


def open_course(client: Client, member: Member, *, technique: str = "", manner: str = "", **choices: Any) -> Course:
    """Open a course with what was chosen for it and return it.

    Args:
        client: Whose.
        member: By whom.
        technique: Technique id, "" for the core's own proposal.
        manner: Manner of injection, "" for the technique's first.
        choices: areas (zone -> cm2), patches (zone -> [width, height] in cm), keep_outs (texts as the core takes them).
    """
    course = Course(
        client=client,
        made_at=clock.now(),
        made_by=member,
        opened_on=clock.today(client.clinic),
        technique=technique,
        manner=manner,
        choices=choices,
    )
    course.save(force_insert=True)
    return course


def surface_of(course: Course) -> Surface:
    """Return the zones with their areas, from what was chosen for a course.

    Raises:
        ProblemError: If an area, a size or a keep-out cannot be used.
    """
    chosen = course.choices
    patches = {zone: (float(width), float(height)) for zone, (width, height) in chosen.get("patches", {}).items()}
    return build_face(
        areas=chosen.get("areas", {}), patches=patches, keep_outs=tuple(chosen.get("keep_outs", ()))
    ).surface


def plan_course(course: Course, intake: Intake, member: Member | None, on: date) -> Plan:
    """Make and keep a course's plan for a day, from signed answers; the plan before stays as it was.

    Raises:
        ProblemError: If the answers or the choices cannot be used.
    """
    client, before = course.client, latest_plan(course)
    history = None if before is None else history_of(record(course), core_plan(before))
    answers = parsed(intake)
    made = make_plan(
        knowledge_of(client.clinic),
        folder_of(client.clinic),
        answers,
        surface_of(course),
        on=on,
        language=client.language,
        technique=course.technique or None,
        manner=course.manner or None,
        history=history if history is not None and history.sessions else None,
    )
    row = Plan(
        client=client,
        made_at=clock.now(),
        made_by=member,
        course=course,
        number=1 if before is None else before.number + 1,
        on=on,
        screening=keep(intake, made.intake, made.screening, member),
        may_treat=made.screening.may_treat,
        session_ready=made.session_ready,
        plan=to_json(made).encode(),
        aim=aim_of(made),
    )
    row.save(force_insert=True)
    return row


def latest_plan(course: Course) -> Plan | None:
    """Return a course's newest plan, None without one."""
    return course.plans.first()


def core_plan(row: Plan) -> CorePlan:
    """Return a kept plan as the core's value."""
    return from_json(CorePlan, row.plan)
