"""Sessions: filled in step by step while open; signed, they stand in the course's record and are never changed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedJson, SealedText
from mesoplan_clinic.plans.models import Course, CourseEntry, Plan


class Closed(Exception):
    """A session that was signed or abandoned is never changed."""


class Session(ClientRow, Versioned):
    """One session of a course.

    Attributes:
        number: Number within the course.
        on: The clinic's date.
        plan: The plan whose sheet it follows; it names the screening that is its clearance.
        draft: What was ticked and entered so far.
        begun_at: When the skin was prepared and the work began, the clearance looked at once more.
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
    draft: SealedJson[dict[str, Any]] = SealedJson()
    begun_at = models.DateTimeField(null=True)
    entry = models.OneToOneField(CourseEntry, on_delete=models.PROTECT, null=True, related_name="session")
    signed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        constraints = [
            models.UniqueConstraint(fields=["course"], condition=models.Q(state="open"), name="one_open_session"),
        ]
        indexes = [models.Index(fields=["client", "state"], name="sessions_by_client")]
        ordering = ["-on", "-made_at"]

    def __str__(self) -> str:
        return f"session {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it, as long as it is open.

        Raises:
            Closed: If it was signed or abandoned; what is known better then is added, never written over.
        """
        self._refuse_closed()
        super().save(*args, **kwargs)

    def save_as(self, seen: int, fields: list[str]) -> None:
        """Save these columns if it is open and at the version that was seen.

        Raises:
            Closed: If it was signed or abandoned.
            Stale: If somebody else saved in between.
        """
        self._refuse_closed()
        super().save_as(seen, fields)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a session goes only with its client."""
        raise Closed(f"session {self.pk} is never deleted by itself")

    def shown_fields(self) -> dict[str, tuple[str, str]]:
        """Return nothing that could be compared by itself: what was typed is shown as it was sent."""
        return {}

    def _refuse_closed(self) -> None:
        stored = Session.objects.filter(pk=self.pk).exclude(state=Session.State.OPEN)
        if not self._state.adding and stored.exists():
            raise Closed(f"session {self.pk} is not open")


class Addition(ClientRow):
    """A correction of a signed session: a later and better account, which stands beside it in the course's record.

    Attributes:
        draft: Everything as it was really done, in the form of a session's draft.
        reason: Why.
        entry: Its entry in the record.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="additions")
    draft: SealedJson[dict[str, Any]] = SealedJson()
    reason = SealedText()
    entry = models.OneToOneField(CourseEntry, on_delete=models.PROTECT, related_name="addition")

    class Meta:
        """Newest first."""

        ordering = ["-made_at"]
