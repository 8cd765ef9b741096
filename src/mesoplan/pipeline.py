"""The straight line on one page: intake, screening, prescription, layout, course; one frozen value each."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from typing import TYPE_CHECKING

from mesoplan.plan import READY, Plan, reasons_of_layout

if TYPE_CHECKING:
    from mesoplan.clinic.model import Clinic
    from mesoplan.course.model import Course
    from mesoplan.intake.model import Intake
    from mesoplan.knowledge.load import Knowledge
    from mesoplan.layout.model import Layout
    from mesoplan.plan import ZoneProgress
    from mesoplan.prescription.choices import Choices
    from mesoplan.prescription.model import Prescription
    from mesoplan.record.progress import History
    from mesoplan.screening.model import Screening
    from mesoplan.surface.model import Surface


def make_plan(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    surface: Surface,
    *,
    on: date,
    language: str,
    technique: str | None = None,
    manner: str | None = None,
    history: History | None = None,
    exact: Container[str] = (),
    choices: Choices | None = None,
) -> Plan:
    """Return the plan of one intake; a refused client passes the whole line too.

    Args:
        knowledge: The knowledge base; its canaries are screened before the first plan.
        clinic: The clinic's folder; None: no device settings, no price, no session sheet.
        intake: The filled-in intake.
        surface: The zones with their areas.
        on: The day it is for.
        language: Language of the papers.
        technique: Restricts the plan to one technique.
        manner: Manner of injection, for techniques that have it; None: the first that a technique names.
        history: What the course's record knows; None before the first session.
        exact: Zones of a course that has begun in exact places: their settings are not corrected.
        choices: What the practitioner chose beside technique and manner, None for nothing.

    Raises:
        ChoiceError: If a choice breaks a limit, lacks the reason that a recommendation asks for, or cannot be used; if
            the knowledge has no such technique or manner.
        ProblemError: If a canary patient may be treated: the knowledge is damaged and nobody is planned.
    """
    from mesoplan.course.plan import plan_course
    from mesoplan.layout.assess import assess
    from mesoplan.prescription.choices import NOTHING_CHOSEN, check_ways
    from mesoplan.prescription.target import prescribe
    from mesoplan.screening.canaries import verified_screener

    chosen = choices if choices is not None else NOTHING_CHOSEN
    check_ways(knowledge, technique, manner)
    screener = verified_screener(knowledge)
    if history is not None:
        from mesoplan.record.progress import carried

        intake = carried(intake, history)
    screening = screener.screen(intake, on, None if technique is None else (technique,))
    prescription = prescribe(
        knowledge, clinic, intake, screening, surface, technique=technique, manner=manner, choices=chosen
    )
    prescription, layout, progress = _lay_out(knowledge, clinic, intake, prescription, history, exact)
    course = plan_course(knowledge, clinic, intake, screening, prescription, layout, dict(chosen.days))
    at_home = any(knowledge.techniques[zone.technique].at_home for zone in prescription.zones)
    return Plan(
        on=on,
        language=language,
        intake=intake,
        screening=screening,
        surface=surface,
        prescription=prescription,
        layout=layout,
        course=course,
        clinic=None if clinic is None else clinic.name,
        clinic_is_example=clinic is not None and clinic.example,
        session_sheet=_sheet(clinic, intake, screening, prescription, layout, course, on, history, at_home),
        progress=progress,
        quality=assess(knowledge, prescription, layout, surface),
        choices=chosen,
    )


def _lay_out(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    prescription: Prescription,
    history: History | None,
    exact: Container[str],
) -> tuple[Prescription, Layout, tuple[ZoneProgress, ...]]:
    """Return the prescription with its layout; with a record, corrected by what was delivered.

    A correction that would break a limit adds nothing: the zones keep to their plan then.
    """
    from mesoplan.course.numbers import course_numbers
    from mesoplan.layout.solve import solve

    sessions = course_numbers(knowledge, intake, prescription).sessions
    if history is None:
        return prescription, solve(knowledge, clinic, prescription, sessions), ()
    from mesoplan.record.enter import cover_limit
    from mesoplan.record.progress import corrected, held_by_limit, with_history

    gliding = {one.id for one in knowledge.techniques.values() if one.layout == "gliding_pen"}
    changed, progress = corrected(prescription, history, sessions, cover_limit(knowledge), gliding, exact)
    layout = solve(knowledge, clinic, changed, sessions)
    if any(limit.margin < 0.0 for limit in layout.limits):
        changed, progress = held_by_limit(changed, prescription, progress)
        layout = solve(knowledge, clinic, changed, sessions)
    return changed, with_history(layout, history, progress, prescription, sessions), progress


def _sheet(
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    prescription: Prescription,
    layout: Layout,
    course: Course,
    on: date,
    history: History | None,
    at_home: bool,
) -> tuple[str, ...]:
    """Return `READY` alone, or every reason why the next session's sheet may not be printed."""
    tests = {one.product: one.test for one in prescription.products}
    planned = {zone.product for zone in prescription.zones}
    products = [] if clinic is None else [clinic.products[one] for one in planned if one in clinic.products]
    next_days = [one.day for one in course.appointments if one.kind == "session" and one.number > intake.sessions_done]
    checks = (
        ("sheet.not_treatable", not screening.may_treat or (bool(prescription.zones) and prescription.provisional)),
        ("sheet.nothing_planned", not prescription.zones),
        ("sheet.not_that_days_answers", intake.visit_date != on),
        ("sheet.at_home", at_home),
        ("sheet.no_clinic", clinic is None),
        ("sheet.no_identity", not intake.client.is_identified),
        ("sheet.emergency_protocol_missing", clinic is not None and bool(clinic.protocols_missing_on(on))),
        ("sheet.no_product", None in planned),
        ("sheet.allergy_reading_missing", any(tests.get(one or "") in ("none", "waiting") for one in planned)),
        ("sheet.allergy_test_expired", any(tests.get(one or "") == "expired" for one in planned)),
        ("sheet.allergy_reading_positive", any(tests.get(one or "") == "positive" for one in planned)),
        ("sheet.product_expired", any(one.is_expired(on) for one in products)),
        ("sheet.settings_missing", any(zone.asked for zone in prescription.zones) or bool(prescription.asked)),
        ("sheet.no_session_date", not next_days),
        ("sheet.session_on_another_day", bool(next_days) and min(next_days) != on),
    )
    held_back = () if history is None else history.held_back
    reasons = (*(key for key, stands in checks if stands), *held_back)
    return tuple(dict.fromkeys((*reasons, *reasons_of_layout(prescription, layout)))) or (READY,)
