"""Intakes, the links by which clients fill them in, and what is added to the answers: decisions, allergy tests."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedBytes, SealedJson, SealedText


class Intake(ClientRow, Versioned):
    """The answers of one visit: saved as they are typed while `open`, never changed once `signed`.

    Attributes:
        number: 1 for the client's first.
        visit_date: The clinic's date on which the answers are given.
        answers: The mapping `{"goals": [...], "answers": {question: raw answer}}` in the form of an intake file.
        based_on: The signed intake whose answers were shown again, None for the first.
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

    number = models.PositiveIntegerField()
    visit_date = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answers = SealedJson()
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


class AllergyTest(ClientRow, Versioned):
    """An allergy test of one product, as `allergy_tests` of an intake file: `readings` is [[date, result], ...]."""

    product = models.CharField(max_length=100)
    placed_on = models.DateField()
    method = models.CharField(max_length=20)
    readings = SealedJson()
