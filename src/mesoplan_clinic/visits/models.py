"""Sessions: filled in step by step while open; signed, they stand in the course's record and are never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedJson
from mesoplan_clinic.plans.models import Course, CourseEntry, Plan


class Session(ClientRow, Versioned):
    """One session of a course.

    Attributes:
        number: Number within the course.
        on: The clinic's date.
        plan: The plan whose sheet it follows; it names the screening that is its clearance.
        draft: What was ticked and entered so far.
        entry: Its entry in the record, from signing on.
    """

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open", _("under way")
        SIGNED = "signed", _("signed")
        ABANDONED = "abandoned", _("not carried out")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sessions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    draft = SealedJson()
    entry = models.OneToOneField(CourseEntry, on_delete=models.PROTECT, null=True, related_name="session")
    signed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ["-on", "-made_at"]
