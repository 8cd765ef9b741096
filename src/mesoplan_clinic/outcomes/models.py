"""What comes after a session: follow-ups that are due, adverse events, outcome scores."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits.models import Session


class FollowUp(ClientRow):
    """A look at a client that is due after a session."""

    class When(models.TextChoices):
        """How long after the session."""

        DAY_1 = "day1", _("day 1")
        DAY_3 = "day3", _("day 3")
        DAY_7 = "day7", _("day 7")
        WEEK_4 = "week4", _("week 4")
        WEEK_12 = "week12", _("week 12")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="follow_ups")
    when = models.CharField(max_length=8, choices=When.choices)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """First due, first."""

        constraints = [models.UniqueConstraint(fields=["session", "when"], name="one_look_each")]
        ordering = ["due_on"]


class AdverseEvent(ClientRow):
    """An adverse event, tied to its session and lot for counting; what was seen stands in the course's record."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="adverse_events")
    entry = models.ForeignKey(CourseEntry, on_delete=models.PROTECT, related_name="adverse_events")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="adverse_events")
    kind = models.CharField(max_length=60)
    severity = models.CharField(max_length=12)
    on = models.DateField(null=True)
