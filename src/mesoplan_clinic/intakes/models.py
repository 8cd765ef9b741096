"""Intakes, the links by which clients fill them in, and what is added to the answers: decisions, allergy tests."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedBytes, SealedJson, SealedText


class AlreadySigned(Exception):
    """A signed intake was to be changed; nothing was written."""


class Intake(ClientRow, Versioned):
    """The answers of one visit: saved as they are typed while `open`, never changed once `signed`.

    Attributes:
        number: 1 for the client's first.
        kind: A visit's own answers, which the client signs, or what a practitioner adds to signed ones.
        visit_date: The clinic's date on which the answers are given.
        answers: `{"goals": [...], "answers": {question: raw answer}}` in the form of an intake file; beside them
            `typed` (question -> what was typed and cannot be used, kept until it is corrected) and `log` (question ->
            {"n": version of its last change, "by": who, "at": when}).
        based_on: The signed intake whose answers were shown again, or which is added to; None for the first.
        confirmed: Questions whose earlier answer was confirmed at this visit.
        by_client: Whether the client filled it in, by a link or on a tablet.
        signature: PNG of the signature.
        signed_as: Name of whoever signed.
        intake_hash: The core's hash of the parsed answers, from signing on.
    """

    class State(models.TextChoices):
        """Whether it can still be changed."""

        OPEN = "open", _("being filled in")
        SIGNED = "signed", _("signed")

    class Kind(models.TextChoices):
        """Whose words they are."""

        VISIT = "visit", _("answers of a visit")
        ADDITION = "addition", _("addition by the practitioner")

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.VISIT)
    visit_date = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answers: SealedJson[dict[str, Any]] = SealedJson()
    confirmed = models.JSONField(default=list)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    by_client = models.BooleanField(default=False)
    signature = SealedBytes(null=True)
    signed_as = SealedText(null=True)
    signed_at = models.DateTimeField(null=True)
    intake_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        """In order of visits."""

        constraints = [models.UniqueConstraint(fields=["client", "number"], name="one_intake_per_number")]
        ordering = ["-number"]

    @property
    def is_open(self) -> bool:
        """Whether it is still being filled in."""
        return self.state == self.State.OPEN

    @property
    def is_addition(self) -> bool:
        """Whether it adds to signed answers."""
        return self.kind == self.Kind.ADDITION

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, or write while it is open; what is signed stays as it was signed."""
        if not kwargs.get("force_insert"):
            self._refuse_if_signed()
        super().save(*args, **kwargs)

    def save_as(self, seen: int, fields: list[str]) -> None:
        """Save these columns as `Versioned` does, while it is open."""
        self._refuse_if_signed()
        super().save_as(seen, fields)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a draft; signed answers go only with their client."""
        self._refuse_if_signed()
        return super().delete(*args, **kwargs)

    def _refuse_if_signed(self) -> None:
        if type(self)._base_manager.filter(pk=self.pk, state=self.State.SIGNED).exists():
            raise AlreadySigned(str(self.pk))

    def shown_fields(self) -> dict[str, tuple[str, str]]:
        """Return nothing: two versions of an answer are shown beside its question."""
        return {}


class IntakeLink(ClientRow):
    """A one-time link to an open intake; the address holds a secret of which only the hash is kept."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)


class Decision(ClientRow):
    """A doctor's written decision on one finding, as `signatures` of an intake file; withdrawn, it counts no more."""

    finding = models.CharField(max_length=200)
    answer = models.CharField(max_length=12)
    physician = models.CharField(max_length=200)
    decision = SealedText()
    signature = SealedBytes(null=True)
    signed_on = models.DateField()
    valid_until = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")


class AllergyTest(ClientRow, Versioned):
    """An allergy test of one product, as `allergy_tests` of an intake file: `readings` is [[date, result], ...]."""

    product = models.CharField(max_length=100)
    placed_on = models.DateField()
    method = models.CharField(max_length=20)
    readings: SealedJson[list[list[str]]] = SealedJson()

    def shown_fields(self) -> dict[str, tuple[str, str]]:
        """Return field -> (label, value), for the page that shows two versions."""
        return {f"reading {number}": (day, result) for number, (day, result) in enumerate(self.readings, 1)}
