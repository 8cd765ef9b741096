"""Where a client stands on the line from answers to session, and the one step that comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mesoplan import ProblemError
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes import allergy
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import latest_signed, open_intake
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.broken import BrokenRecord
from mesoplan_clinic.outcomes.selectors import waiting
from mesoplan_clinic.plans.book import broken_records
from mesoplan_clinic.plans.models import Plan
from mesoplan_clinic.plans.services import latest_plan
from mesoplan_clinic.screenings import services as screenings
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.screenings.shown import stale_reason

DONE, STALE, STOP, OPEN = "done", "stale", "stop", "open"
SIGNS = {DONE: "✓", STALE: "→", STOP: "✗", OPEN: "–"}
TONES = {DONE: "treat", STALE: "defer", STOP: "no", OPEN: "left_out"}


@dataclass(frozen=True)
class Stage:
    """One stage of the line.

    Attributes:
        name: In words.
        state: `done` for today, `stale`: done, but not for today; `stop`: it does not allow what comes next; `open`.
        note: How it stands, in words.
    """

    name: str
    state: str
    note: str

    @property
    def sign(self) -> str:
        """The sign of its state, for who sees no colours."""
        return SIGNS[self.state]

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return TONES[self.state]


@dataclass(frozen=True)
class Step:
    """What comes next.

    Attributes:
        says: Why, in a sentence.
        button: What is done.
        url: Where.
        needs: What one must be allowed to for it.
        post: Whether it is done by sending, not by opening a page.
    """

    says: str
    button: str
    url: str
    needs: May
    post: bool = False


@dataclass(frozen=True)
class _Facts:
    """What the line is read from."""

    client: Client
    today: date
    open: Intake | None
    signed: Intake | None
    due: bool
    screening: Screening | None
    stale: str
    course: dict[str, Any] | None
    plan: Plan | None
    broken: BrokenRecord | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why no session of the course may begin today."""
        return self.course["keys"] if self.course else ()

    def url(self, name: str, *parts: object) -> str:
        """Return the address of one of the client's pages."""
        return reverse(name, args=[self.client.pk, *parts])


def line_of(client: Client, courses: list[dict[str, Any]]) -> tuple[list[Stage], Step]:
    """Return the stages of the line and the next step.

    Args:
        client: Whose.
        courses: The client's open courses, as `selectors.open_courses` returns them.
    """
    today, row = clock.today(client.clinic), screenings.latest(client)
    course = next((one for one in courses if one["under_way"]), courses[0] if courses else None)
    facts = _Facts(
        client,
        today,
        open_intake(client),
        latest_signed(client),
        any(one.due for one in allergy.shown(client)),
        row,
        "" if row is None else _stale(row, course, today),
        course,
        latest_plan(course["course"]) if course else None,
        next(iter(broken_records(client)), None),
    )
    return _stages(facts), _step(facts)


def _stale(row: Screening, course: dict[str, Any] | None, today: date) -> str:
    """Return why a screening holds no more, "" too where it went into the session that was recorded since.

    Then nothing is to be screened again; newer answers, a decision or a test after that session end it all the same.
    """
    why = stale_reason(row, today)
    if not why or course is None or "session_done" not in course["keys"]:
        return why
    try:
        return "" if screenings.only_sessions_since(row, today) else why
    except (BrokenRecord, ProblemError):
        return why


def _stages(facts: _Facts) -> list[Stage]:
    return [
        Stage(_("Answers"), *_answers(facts)),
        Stage(pgettext("stage", "Screening"), *_screening(facts)),
        Stage(_("Plan"), *_plan(facts)),
        Stage(_("Consent"), *_consent(facts)),
        Stage(_("Session"), *_session(facts)),
    ]


def _day(day: date) -> str:
    return date_format(day, "j E Y")


def _answers(facts: _Facts) -> tuple[str, str]:
    if facts.open is not None:
        return OPEN, _("are being filled in")
    if facts.signed is None:
        return OPEN, _("not asked yet")
    return DONE if facts.signed.visit_date == facts.today else STALE, _day(facts.signed.visit_date)


def _screening(facts: _Facts) -> tuple[str, str]:
    if facts.screening is None:
        return OPEN, _("not done yet")
    if facts.stale:
        return STALE, _day(facts.screening.on)
    return (DONE, _("made today")) if facts.screening.may_treat else (STOP, _("nothing may be treated today"))


def _plan(facts: _Facts) -> tuple[str, str]:
    if facts.plan is None:
        return OPEN, _("no course yet")
    if not facts.plan.may_treat:
        return STOP, _("nothing can be planned")
    return DONE if facts.plan.on == facts.today else STALE, _day(facts.plan.on)


def _consent(facts: _Facts) -> tuple[str, str]:
    if facts.course is None or facts.plan is None:
        return OPEN, _("not due yet")
    if facts.plan.on != facts.today:
        return OPEN, _("looked at with today’s plan")
    return (OPEN, _("not signed")) if "consent_missing" in facts.reasons else (DONE, _("signed"))


def _session(facts: _Facts) -> tuple[str, str]:
    if facts.broken is not None:
        return STOP, _("a record is broken")
    if facts.course is None:
        return OPEN, _("not due yet")
    number = _("session %(number)s of %(sessions)s") % facts.course
    if facts.course["under_way"]:
        return DONE, _("%(session)s is under way") % {"session": number}
    if "session_done" in facts.reasons:
        return DONE, _("%(session)s is recorded") % {"session": number}
    return (OPEN, number) if facts.reasons else (DONE, _("%(session)s may begin") % {"session": number})


def _step(facts: _Facts) -> Step:
    steps = (_mending, _under_way, _follow_up, _asking, _screen)
    return next((step for one in steps if (step := one(facts)) is not None), None) or _treating(facts)


def _mending(facts: _Facts) -> Step | None:
    """A record that is not as it was written comes before everything: no step of any course leads on."""
    if facts.broken is None:
        return None
    says = _(
        "A course’s record is not as it was written. Tell the owner of the clinic now: nothing goes on before the "
        "record is restored."
    )
    url = facts.url("course", facts.broken.course.pk)
    return Step(says, _("Read which record it is and what to do"), url, May.SEE_CLIENTS)


def _under_way(facts: _Facts) -> Step | None:
    if facts.course is None or not facts.course["under_way"]:
        return None
    session = facts.course["under_way"]
    says = _("Session %(number)s is under way.") % {"number": session.number}
    return Step(says, _("Go on with the session"), facts.url("session", session.pk), May.TREAT)


def _follow_up(facts: _Facts) -> Step | None:
    here = facts.open is not None or (facts.signed is not None and facts.signed.visit_date == facts.today)
    if here:  # a visit goes on; what is late stands in its own card
        return None
    late = [one for one in waiting(facts.client) if one.due_on <= facts.today]
    if not late:
        return None
    row = min(late, key=lambda one: one.due_on)
    says = _("A follow-up after the last session is due.")
    return Step(says, _("Enter what was found"), facts.url("follow_up", row.pk), May.FOLLOW_UP)


def _asking(facts: _Facts) -> Step | None:
    if facts.open is not None:
        says = _("The answers are being filled in and are not signed yet.")
        return Step(says, _("Go on with the answers"), facts.url("intake", facts.open.pk), May.FILL_INTAKE)
    if facts.due:
        says = _("A reading of an allergy test is due.")
        return Step(says, _("Enter the reading"), facts.url("allergy_tests"), May.FILL_INTAKE)
    begin = facts.url("intake_begin")
    if facts.signed is None:
        return Step(
            _("Everything begins with the client’s answers."), _("Ask the client"), begin, May.FILL_INTAKE, True
        )
    if facts.signed.visit_date != facts.today:
        says = _("The answers are of %(day)s: at a visit they are confirmed or changed.")
        says %= {"day": _day(facts.signed.visit_date)}
        return Step(says, _("Ask for today’s visit"), begin, May.FILL_INTAKE, True)
    return None


def _screen(facts: _Facts) -> Step | None:
    url = facts.url("screening")
    if facts.screening is None or (facts.stale and facts.course is None):
        says = facts.stale or _("The answers are signed: they can be screened.")
        return Step(says, _("Screen the client"), url, May.SCREEN, True)
    if not facts.screening.may_treat and not facts.stale:
        says = _("The screening allows no treatment today: it says why, and what can be done.")
        return Step(says, _("Read the screening"), url, May.SEE_CLIENTS)
    return None


def _treating(facts: _Facts) -> Step:
    if facts.course is None:
        says = _("The screening allows treatment: a course can be planned.")
        return Step(says, _("Plan the course"), facts.url("course_new"), May.PLAN)
    course, number = facts.course["course"], {"number": facts.course["number"]}
    page = facts.url("course", course.pk)
    if facts.plan is None or facts.plan.on != facts.today or facts.stale:
        says = _("The course is planned anew with today’s answers; that screens the client too.")
        return Step(says, _("Plan anew for today"), facts.url("course_replan", course.pk), May.PLAN, True)
    if not facts.reasons:
        says = _("Everything is there: a session may begin today.")
        return Step(
            says, _("Start session %(number)s") % number, facts.url("session_start", course.pk), May.TREAT, True
        )
    if "consent_missing" in facts.reasons:
        says = _("The plan is made; the client has not agreed to it yet.")
        return Step(says, _("Read and sign the consent"), facts.url("course_consent", course.pk), May.PLAN)
    return Step(". ".join(facts.course["reasons"]) + ".", _("Open the course"), page, May.SEE_CLIENTS)
