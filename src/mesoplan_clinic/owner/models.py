"""What the clinic as a whole keeps: runs of the re-screening, and what was decided when a client was erased."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Clinic, Member


class Rescreening(models.Model):
    """One run over all open plans.

    Attributes:
        total, done: Courses to look at, and looked at.
        affected: How many must be looked at by a person.
        beat_at: When it last went on; one that stands still for a minute was interrupted and may be started again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="rescreenings")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    knowledge_version = models.CharField(max_length=60)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    affected = models.PositiveIntegerField(default=0)

    class Meta:
        """Newest first."""

        ordering = ["-started_at"]


class Erasure(models.Model):
    """That a client was erased: by whom, on whose request, and what was decided about records that must be kept."""

    class Retention(models.TextChoices):
        """What was decided about the duty to keep treatment records."""

        NONE = "none", _("no record must be kept")
        ELAPSED = "elapsed", _("the period for keeping has run out")
        EXPORTED = "exported", _("kept outside, as an export handed over")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="erasures")
    client = models.UUIDField()
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    retention = models.CharField(max_length=10, choices=Retention.choices)
    reason = models.CharField(max_length=500)
    removed = models.JSONField(default=dict)
