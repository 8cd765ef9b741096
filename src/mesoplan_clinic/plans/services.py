"""Making plans: from a client's signed answers and what was chosen for the course, by the core, for one day."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from mesoplan import Intake as CoreIntake
from mesoplan import Plan as CorePlan
from mesoplan import ProblemError, Surface, from_json, make_plan, to_json
from mesoplan.plan import unknown_to
from mesoplan.prescription.choices import Choices
from mesoplan.record.progress import history_of, with_sessions_elsewhere
from mesoplan.surface.build import Built, build_face
from mesoplan.surface.model_file import find_model
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import base, folder_of, knowledge_of
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import parsed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.broken import OtherKnowledge
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.kernel.sealed import stored_of
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.photos.selectors import jpeg_of
from mesoplan_clinic.plans.aim import aim_of
from mesoplan_clinic.plans.book import NOT_BEGUN, opened_records, record, sessions_in
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.screenings.services import keep

_KEPT_OPEN = 128

ON_PHOTO = "photo:"


def open_course(client: Client, member: Member, *, technique: str = "", manner: str = "", **choices: Any) -> Course:
    """Open a course with what was chosen for it and return it.

    Args:
        client: Whose.
        member: By whom.
        technique: Technique id, "" for the core's own proposal.
        manner: Manner of injection, "" for the technique's first.
        choices: areas (zone -> cm2), patches (zone -> [width, height] in cm), keep_outs (texts as the core takes them),
            product, device, cartridge, depths (zone -> mm), covers (zone -> share), days (number -> ISO day), reasons
            (limit -> text).
    """
    course = Course(
        client=client,
        made_at=clock.now(),
        made_by=member,
        opened_on=clock.today(client.clinic),
        technique=technique,
        manner=manner,
    )
    course.choices, course.end = choices, NOT_BEGUN
    course.save(force_insert=True)
    return course


def change_course(course: Course, seen: int, **values: Any) -> None:
    """Write what was chosen for a course if nobody did since version `seen`.

    Args:
        course: The course.
        seen: The version that the editor saw.
        values: technique, manner, photo; anything else goes into the choices, None or an empty value takes it out.

    Raises:
        Stale: If somebody did; nothing is written.
    """
    own = {name: values.pop(name) for name in ("technique", "manner", "photo") if name in values}
    chosen = {**course.choices, **values}
    course.choices = {name: value for name, value in chosen.items() if value}
    for name, value in own.items():
        setattr(course, name, value)
    course.save_as(seen, [*own, "choices"])


def face_model_missing() -> bool:
    """Return whether this server lacks the model that finds a face in a photo."""
    try:
        find_model()
    except ProblemError:
        return True
    return False


def face_of_course(course: Course, photo: bytes | None = None) -> Built:
    """Return the face with its zones, from what was chosen for a course.

    Without a photo, or on a server without the face model, it is the canonical face.

    Args:
        course: The course.
        photo: The picture of its photo, None to read it from the vault.

    Raises:
        ProblemError: If an area, a size or a keep-out cannot be used, or there is no usable face in the photo.
    """
    chosen, shown = course.choices, course.photo
    patches = {zone: (float(width), float(height)) for zone, (width, height) in chosen.get("patches", {}).items()}
    given: dict[str, Any] = {}
    if shown is not None and not face_model_missing():
        given = {"photo": jpeg_of(shown) if photo is None else photo, "mirrored": shown.mirrored or None}
    return build_face(
        areas=chosen.get("areas", {}), patches=patches, keep_outs=tuple(chosen.get("keep_outs", ())), **given
    )


def surface_of(course: Course) -> Surface:
    """Return the zones with their areas, from what was chosen for a course.

    Raises:
        ProblemError: As `face_of_course`.
    """
    return face_of_course(course).surface


def choices_of(course: Course) -> Choices:
    """Return what was chosen for a course as the core takes it."""
    chosen = course.choices
    return Choices(
        product=chosen.get("product") or None,
        device=chosen.get("device") or None,
        cartridge=chosen.get("cartridge") or None,
        depths_mm=tuple((zone, float(value)) for zone, value in chosen.get("depths", {}).items()),
        covers=tuple((zone, float(value)) for zone, value in chosen.get("covers", {}).items()),
        days=tuple((int(number), date.fromisoformat(day)) for number, day in chosen.get("days", {}).items()),
        reasons=tuple(chosen.get("reasons", {}).items()),
    )


def answers_for(client: Client, intake: Intake, course: Course | None = None) -> CoreIntake:
    """Return signed answers with what the records of the client's courses know, but `course`'s own.

    Raises:
        BrokenRecord: If a record is not as it was written.
        ProblemError: If the answers cannot be used.
    """
    return with_courses(client, parsed(intake), course)


def with_courses(
    client: Client, answers: CoreIntake, course: Course | None = None, *, until: date | None = None
) -> CoreIntake:
    """Return answers with the sessions that the records of the client's courses hold, but `course`'s own.

    Args:
        client: Whose.
        answers: As they were read.
        course: The course whose own sessions are left out.
        until: The last day that counts.

    Raises:
        BrokenRecord: If a record is not as it was written.
    """
    found = sessions_in(opened_records(client), without=None if course is None else course.pk)
    return with_sessions_elsewhere(answers, [one for one in found if until is None or one.delivered.date <= until])


def made_plan(course: Course, intake: Intake, on: date) -> CorePlan:
    """Return a course's plan for a day, from signed answers and what is chosen for it; nothing is kept.

    Raises:
        BrokenRecord: If the record of any of the client's courses is not as it was written.
        ChoiceError: If a choice breaks a limit, lacks its reason or cannot be used.
        ProblemError: If the answers or the choices cannot be used.
    """
    client, before, book = course.client, latest_plan(course), record(course)
    history = None if before is None else history_of(book, core_plan(before))
    return make_plan(
        knowledge_of(client.clinic),
        folder_of(client.clinic),
        answers_for(client, intake, course),
        surface_of(course),
        on=on,
        language=client.language,
        technique=course.technique or None,
        manner=course.manner or None,
        history=history if history is not None and history.sessions else None,
        choices=choices_of(course),
    )


def plan_course(course: Course, intake: Intake, member: Member | None, on: date) -> Plan:
    """Make and keep a course's plan for a day, from signed answers; the plan before stays as it was.

    Raises:
        BrokenRecord: If the record of any of the client's courses is not as it was written; nothing is kept.
        ChoiceError: If a choice breaks a limit, lacks its reason or cannot be used.
        ProblemError: If the answers or the choices cannot be used.
    """
    client, before, made = course.client, latest_plan(course), made_plan(course, intake, on)
    row = Plan(
        client=client,
        made_at=clock.now(),
        made_by=member,
        course=course,
        number=1 if before is None else before.number + 1,
        on=on,
        screening=keep(intake, answers_for(client, intake), made.screening, member),
        may_treat=made.screening.may_treat,
        session_ready=made.session_ready,
    )
    row.plan, row.aim = to_json(made).encode(), aim_of(made)
    row.save(force_insert=True)
    return row


def preview(client: Client, intake: Intake, on: date) -> CorePlan:
    """Return what the core would plan for signed answers on the canonical face; nothing is kept.

    Raises:
        BrokenRecord: If the record of any of the client's courses is not as it was written.
        ProblemError: If the answers cannot be used.
    """
    return make_plan(
        knowledge_of(client.clinic),
        folder_of(client.clinic),
        answers_for(client, intake),
        build_face().surface,
        on=on,
        language=client.language,
    )


@once
def courses_of(client: Client) -> tuple[Course, ...]:
    """Return a client's courses, newest first."""
    return tuple(Course.of(client))


@once
def latest_plan(course: Course) -> Plan | None:
    """Return a course's newest plan, None without one."""
    plan = next(iter(Plan.of(course.client, most=1, course=course.pk)), None)
    if plan is not None:
        plan.course = course
    return plan


def core_plan(row: Plan) -> CorePlan:
    """Return a kept plan as the core's value; those looked at last are kept opened in memory.

    Raises:
        OtherKnowledge: If it speaks of what the knowledge base does not have: nothing can be shown or done by it.
    """
    plan, gone = _opened(row.pk, stored_of(row, "plan"))
    if gone:
        raise OtherKnowledge(row.course, gone)
    return plan


def kept_plan(row: Plan) -> CorePlan:
    """Return a kept plan as the core's value, also one that speaks of what the knowledge base does not have."""
    return _opened(row.pk, stored_of(row, "plan"))[0]


@lru_cache(maxsize=_KEPT_OPEN)
def _opened(pk: UUID, sealed: bytes) -> tuple[CorePlan, tuple[str, ...]]:
    plan = from_json(CorePlan, Plan(pk=pk, plan_sealed=sealed).plan)
    return plan, unknown_to(base(), plan)


def forget_plans() -> None:
    """Drop what this process keeps opened; called when a client is erased."""
    _opened.cache_clear()


def photo_of(row: Plan, plan: CorePlan) -> Photo | None:
    """Return the photo that a plan's zones were found on, None without one."""
    if plan.surface.photo_sha256 is None:
        return None
    return Photo.objects.filter(client_id=row.client_id, sha256=plan.surface.photo_sha256).first()


def photo_gone(row: Plan, plan: CorePlan) -> bool:
    """Return whether the photo that a plan's zones were found on was deleted."""
    return plan.surface.photo_sha256 is not None and photo_of(row, plan) is None
