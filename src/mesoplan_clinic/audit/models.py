"""The audit: one row for every reading and writing of client data, chained by keyed hashes, never changed."""

from __future__ import annotations

from typing import Any

from django.db import models

from mesoplan_clinic.accounts.models import Clinic


class AuditEvent(models.Model):
    """One event; what it says of health is nothing: names of fields, numbers of versions, never their content."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="audit_events")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=80)
    method = models.CharField(max_length=8)
    status = models.PositiveSmallIntegerField()
    client = models.UUIDField(null=True)
    subject = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    class Meta:
        """In the order of the chain."""

        constraints = [models.UniqueConstraint(fields=["clinic", "number"], name="one_event_per_number")]
        indexes = [models.Index(fields=["clinic", "client", "number"])]
        ordering = ["number"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; an event that is there already is never written again."""
        if self.pk:
            raise TypeError("an event of the audit is never changed")
        super().save(*args, force_insert=True, **{k: v for k, v in kwargs.items() if k != "force_insert"})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError("an event of the audit is never deleted")


class AuditHead(models.Model):
    """How far a clinic's chain reaches; its own seal makes a chain that was cut short show."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, primary_key=True, related_name="audit_head")
    number = models.PositiveBigIntegerField(default=0)
    mac = models.CharField(max_length=64, default="0" * 64)
    seal = models.CharField(max_length=64, default="")
