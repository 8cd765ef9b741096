"""Screenings as they were shown and relied on."""

from __future__ import annotations

from typing import Any

from django.db import models

from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedJson


class Screening(ClientRow):
    """One screening of one intake on one day; a clearance only while answers, knowledge and day are still the same.

    Attributes:
        basis: The core's hash of all that was screened: answers, decisions, allergy tests, sessions done.
        result: The core's screening as JSON.
    """

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="screenings")
    on = models.DateField()
    basis = models.CharField(max_length=64)
    knowledge_version = models.CharField(max_length=60)
    headline = models.CharField(max_length=20)
    may_treat = models.BooleanField()
    eligible_from = models.DateField(null=True)
    valid_until = models.DateField()
    result: SealedJson[dict[str, Any]] = SealedJson()

    class Meta:
        """Newest first."""

        ordering = ["-made_at"]
