"""Whether a session may begin, this very day: asked below every page, and again before the skin is touched.

The core says whether the newest plan's session sheet may be used. Here is added what only the clinic's record knows:
that the plan still stands for today's answers, decisions, tests, knowledge and sessions, that the consent to today's
wording is signed and was not taken back, and that no event of any of the client's courses holds the next session back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from mesoplan import Plan as CorePlan
from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.record.progress import EVENT_OPEN, carried, history_of
from mesoplan.report.context import PaperContext
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.intakes.selectors import latest_signed
from mesoplan_clinic.plans.book import BrokenRecord, record
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.plans.services import answers_for, core_plan, courses_of, latest_plan, photo_gone
from mesoplan_clinic.plans.treatment import consent_state
from mesoplan_clinic.screenings import services as screenings

SHEET = "sheet."


class NotCleared(Exception):
    """No session may begin.

    Attributes:
        reasons: Why, as `why_not` returns them.
    """

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Keep the reasons."""
        super().__init__(", ".join(reasons))
        self.reasons = reasons


def why_not(course: Course, on: date) -> tuple[str, ...]:
    """Return why no session of a course may begin on a day, empty where one may.

    A reason that begins with `sheet.` is a word key of the core, the others are those of `reason_words`.
    """
    plan = latest_plan(course)
    if plan is None:
        return ("no_plan",)
    if plan.on != on:
        return ("another_day",)  # says enough: screened and planned for the day, everything is looked at anew
    try:
        return tuple(dict.fromkeys(_reasons(course, plan, on)))
    except BrokenRecord:
        return ("record_broken",)
    except ProblemError:
        return ("unreadable",)


def _reasons(course: Course, plan: Plan, on: date) -> Iterator[str]:
    clinic, core = course.client.clinic, core_plan(plan)
    knowledge = knowledge_of(clinic)
    if course.state != Course.State.OPEN:
        yield "course_closed"
    context = PaperContext(core, knowledge, folder_of(clinic))
    yield from context.sheet_reasons
    if not (plan.may_treat and plan.session_ready and plan.screening.may_treat and core.session_ready):
        yield "not_cleared"
    yield from _stale(course, plan, core, knowledge, on)
    newest = screenings.latest(course.client)
    if newest is not None and newest.on == on and not newest.may_treat:
        yield "not_cleared"
    if photo_gone(plan, core):
        yield "photo_gone"
    if plan.affected:
        yield "affected"
    if consent_state(course, core).state != "signed":
        yield "consent_missing"
    others = course.client.sessions.filter(on=on, state__in=("open", "signed")).exclude(course=course)
    if others.exists():
        yield "other_session"
    if any(event.holds_back for one in courses_of(course.client) for event in record(one).adverse_events):
        yield EVENT_OPEN


def _stale(course: Course, plan: Plan, core: CorePlan, knowledge: Knowledge, on: date) -> Iterator[str]:
    """Yield why the plan stands for another day, other answers, another knowledge or another session."""
    if plan.on != on or plan.screening.on != on or core.on != on:
        yield "another_day"
    if plan.screening.knowledge_version != knowledge.version:
        yield "knowledge_changed"
    latest, book = latest_signed(course.client), record(course)
    if book.sessions_done(core.course.sessions_done) != core.course.sessions_done:
        yield "session_done"
        return
    if latest is None or latest.pk != plan.screening.intake_id:
        yield "newer_answers"
        return
    if answers_for(course.client, latest).intake_hash != plan.screening.basis:
        yield "answers_changed"
        return
    answers = answers_for(course.client, latest, course)
    before = course.plans.filter(number=plan.number - 1).first()
    history = None if before is None else history_of(book, core_plan(before))
    if history is not None and history.sessions:
        answers = carried(answers, history)
    if answers.intake_hash != core.screening.intake_hash:
        yield "answers_changed"


def reason_words(context: PaperContext | None, reasons: tuple[str, ...]) -> list[str]:
    """Return reasons in words; those of the core in the language of `context`."""
    own = {
        "no_plan": _("no plan was made for this course yet"),
        "course_closed": _("the course is closed"),
        "not_cleared": _("the screening allows no treatment"),
        "another_day": _("plan and screening are of another day: screen and plan for today"),
        "knowledge_changed": _("the knowledge has changed since the screening: screen and plan again"),
        "session_done": _("the plan's session is recorded already: plan the next one"),
        "newer_answers": _("newer answers were signed since: screen and plan with them"),
        "answers_changed": _(
            "a decision, an allergy test or what is known of the client has changed since: plan again"
        ),
        "newer_plan": _("a newer plan was made since this session was begun"),
        "other_session": _("a session of another course of this client was begun today"),
        "record_broken": _(
            "a course's record is not as it was written: nothing may be treated; tell the owner, who has the last "
            "backup restored"
        ),
        "unreadable": _("the answers, a decision or a test cannot be read: open the intake, it says what is wrong"),
        "affected": _("the plan was marked to be looked at again: plan again"),
        "photo_gone": _("the photo that the plan's zones were found on was deleted: choose another one, plan again"),
        "consent_missing": _("the consent to the treatment in its present wording is not signed, or was withdrawn"),
    }
    return [own.get(one) or (context.said(one) if context else one) for one in reasons]
