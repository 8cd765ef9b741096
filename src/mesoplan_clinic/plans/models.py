"""Courses, their plans, their record and the consents to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedBytes, SealedJson, SealedText
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.screenings.models import Screening


class Course(ClientRow, Versioned):
    """A course of sessions: what was chosen for it. Its plans are made anew for each session, its record is appended.

    Attributes:
        technique, manner: As the core's `make_plan` takes them; "" where nothing was chosen.
        choices: What else was chosen: areas, patch sizes, keep-outs, settings, dates moved; the plan's input.
        photo: The photo that the zones were found on.
        end: [number of its record's entries, hash of the last], sealed with the data key: a record whose last entries
            are removed shows, and no other end can be made up without the key. None never stands for a whole record.
    """

    class State(models.TextChoices):
        """Whether sessions are still to come."""

        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    opened_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    technique = models.CharField(max_length=60, blank=True)
    manner = models.CharField(max_length=60, blank=True)
    choices: SealedJson[dict[str, Any]] = SealedJson()
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, null=True, related_name="courses")
    end: SealedJson[Sequence[Any] | None] = SealedJson(null=True)

    class Meta:
        """Newest first."""

        ordering = ["-made_at"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; the end of a record that grew meanwhile is not put back: it is written when it is named."""
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            columns = [field.name for field in self._meta.concrete_fields if not field.primary_key]
            kwargs["update_fields"] = [name for name in columns if name != "end_sealed"]
        super().save(*args, **kwargs)

    def shown_fields(self) -> dict[str, tuple[str, str]]:
        """Return field of the forms -> (label, value), for the page that shows two versions."""
        chosen = self.choices
        values = {name: getattr(self, name) for name in ("technique", "manner")}
        values |= {name: str(chosen.get(name, "")) for name in ("product", "device", "cartridge")}
        values["keep_outs"] = "; ".join(chosen.get("keep_outs", ()))
        values |= {f"depth_{zone}": f"{mm:g}" for zone, mm in chosen.get("depths", {}).items()}
        values |= {f"cover_{zone}": f"{share * 100:g}" for zone, share in chosen.get("covers", {}).items()}
        return {name: (self.in_words(name, value)[0], value) for name, value in values.items()}

    def in_words(self, name: str, value: str) -> tuple[str, str]:
        """Return what a field of the forms is called, and what a value in it says to a reader."""
        from mesoplan_clinic.plans.field_words import field_words

        return field_words(self.client.clinic, name, value)


class Plan(ClientRow):
    """One plan of a course, as the core made it for a day; never changed, the next one replaces it.

    Attributes:
        number: 1 for the course's first.
        on: The day it is for.
        plan: The core's plan as the bytes of its JSON.
        aim: What the re-screening holds it against: its techniques in its zones, and the findings it knew.
        affected: Findings for which it must be looked at again; empty for one that stands.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField()
    on = models.DateField()
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="plans")
    may_treat = models.BooleanField()
    session_ready = models.BooleanField()
    plan = SealedBytes()
    aim: SealedJson[dict[str, Any]] = SealedJson()
    affected = models.JSONField(default=list)

    class Meta:
        """Newest first."""

        constraints = [models.UniqueConstraint(fields=["course", "number"], name="one_plan_per_number")]
        ordering = ["-number"]


class CourseEntry(ClientRow):
    """One entry of a course's record, in the core's hash chain; never changed, never deleted but with its client."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    date = models.DateField()
    body: SealedJson[dict[str, Any]] = SealedJson()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """In the order of the chain."""

        constraints = [models.UniqueConstraint(fields=["course", "number"], name="one_entry_per_number")]
        ordering = ["number"]


class Consent(ClientRow):
    """A consent as it was given: the version of its text, the language it was read in, the signature.

    Attributes:
        technique: The techniques that it was given for, by comma; "" for photos.
        agreed: Ids of the points that were agreed to, where a text has several.
        signature: PNG as drawn, None where the name was typed instead.
        withdrawn_on: The clinic's date of the withdrawal.
    """

    class Kind(models.TextChoices):
        """To what."""

        TREATMENT = "treatment", _("treatment")
        PHOTO = "photo", _("photos")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, null=True, related_name="consents")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    technique = models.CharField(max_length=200, blank=True)
    text_version = models.CharField(max_length=200)
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    agreed = models.JSONField(default=list)
    signature = SealedBytes(null=True)
    signed_as = SealedText()
    signed_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_on = models.DateField(null=True)

    class Meta:
        """Newest first."""

        ordering = ["-made_at"]
