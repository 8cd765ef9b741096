"""What comes after a session: follow-ups that are due, adverse events, outcome scores."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedText
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits.models import Session


class FollowUp(ClientRow):
    """A look at a client that is due after a session.

    Attributes:
        found: What came of it, "" while it is due.
        notes: What was told or seen, beyond what stands in the course's record.
        wants_photo: Whether a photo is to be taken at the next visit.
        entry: Its entry in the course's record, None where nothing was to be recorded.
        words, late: How long after its session it is, and whether its day has passed, where a page says so.
    """

    words: str
    late: bool

    class When(models.TextChoices):
        """How long after the session."""

        DAY_1 = "day1", _("day 1")
        DAY_3 = "day3", _("day 3")
        DAY_7 = "day7", _("day 7")
        WEEK_4 = "week4", _("week 4")
        WEEK_12 = "week12", _("week 12")

    class Found(models.TextChoices):
        """What came of it."""

        NOTHING = "nothing", _("nothing unusual")
        REACTIONS = "reactions", _("reactions as expected")
        EVENT = "event", _("an adverse event")
        NOT_REACHED = "not_reached", _("client not reached")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="follow_ups")
    when = models.CharField(max_length=8, choices=When.choices)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    found = models.CharField(max_length=12, choices=Found.choices, blank=True)
    notes = SealedText(null=True)
    wants_photo = models.BooleanField(default=False)
    entry = models.ForeignKey(CourseEntry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """First due, first."""

        constraints = [models.UniqueConstraint(fields=["session", "when"], name="one_look_each")]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=models.Q(done_at=None), name="looks_due"),
            models.Index(fields=["session"], condition=models.Q(done_at__isnull=False), name="looks_done"),
        ]
        ordering = ["due_on"]


class AdverseEvent(ClientRow):
    """An adverse event, tied to its session and lot for counting; what was seen stands in the course's record.

    Attributes:
        entry: Where it was first recorded.
        number: Which of that entry's events it is, 1 for the first.
        kind: The harm's id in the knowledge, or "other".
        holds_back: Whether no further session may be prepared, as the core says of the event as it is known now.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="adverse_events")
    entry = models.ForeignKey(CourseEntry, on_delete=models.PROTECT, related_name="adverse_events")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="adverse_events")
    holds_back = models.BooleanField(default=False)
    number = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=60)
    severity = models.CharField(max_length=12)
    on = models.DateField(null=True)
