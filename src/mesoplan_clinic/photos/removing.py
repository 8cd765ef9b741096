"""Deleting one photo: what rests on it, and that it is gone from rows and vault alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel import clock, vault
from mesoplan_clinic.photos.models import Photo, PhotoRemoval
from mesoplan_clinic.plans.models import Consent, Course, Plan
from mesoplan_clinic.plans.services import ON_PHOTO, change_course, kept_plan


class PhotoHeld(Exception):
    """A session or a signed consent rests on the photo; it stays."""


@dataclass(frozen=True)
class Rests:
    """What rests on a photo.

    Attributes:
        session: Whether a session that was begun or signed followed a plan on it.
        consent: Whether a consent that stands was signed to such a plan, or after it.
        courses: The courses that lose it.
    """

    session: bool
    consent: bool
    courses: tuple[Course, ...]

    @property
    def held(self) -> bool:
        """Whether it must stay."""
        return self.session or self.consent


def rests_on(photo: Photo) -> Rests:
    """Return what rests on a photo."""
    plans = _plans_on(photo)
    treated = photo.client.sessions.exclude(state="abandoned").filter(plan__in=plans)
    signed = photo.client.consents.filter(kind=Consent.Kind.TREATMENT, withdrawn_at=None)
    consent = any(one.course_id == plan.course_id and one.made_at >= plan.made_at for one in signed for plan in plans)
    latest = {plan.course_id for plan in plans if plan.pk == plan.course.plans.values_list("pk", flat=True)[0]}
    courses = [one for one in photo.client.courses.all() if one.photo_id == photo.pk or one.pk in latest]
    return Rests(treated.exists(), consent, tuple(courses))


def _plans_on(photo: Photo) -> list[Plan]:
    rows = photo.client.plans.select_related("course")
    return [row for row in rows if kept_plan(row).surface.photo_sha256 == photo.sha256]


def remove_photo(photo: Photo, member: Member, *, reason: str, note: str = "") -> PhotoRemoval:
    """Delete a photo; a plan made on it holds no session until it is made anew. Call it within the page's transaction.

    Raises:
        PhotoHeld: If a session or a consent that stands rests on it.
        Stale: If somebody changes such a course meanwhile.
    """
    key, rests = photo.pk, rests_on(photo)
    if rests.held:
        raise PhotoHeld
    for course in (one for one in rests.courses if one.photo_id == key):
        others = [text for text in course.choices.get("keep_outs", ()) if not text.startswith(ON_PHOTO)]
        change_course(course, course.version, photo=None, keep_outs=others)
    removal = PhotoRemoval(
        client=photo.client,
        made_at=clock.now(),
        made_by=member,
        photo=key,
        taken_on=photo.taken_on,
        view=photo.view,
        reason=reason,
    )
    removal.note = note
    removal.save(force_insert=True)
    vault.mark(key)
    Photo.objects.filter(pk=key).delete()
    transaction.on_commit(lambda: vault.remove(key))
    return removal
