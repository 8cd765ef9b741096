"""Reading what is due and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.outcomes.services import FACTS, OTHER, entered
from mesoplan_clinic.plans.book import BrokenRecord
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.selectors import sessions_of

COMING = timedelta(days=14)
"""How far ahead the work list looks."""
SHOWN = 50
"""How many of each kind the work list shows."""
COUNTED = 1_000
"""How far those that are not shown are counted."""
_LISTED = (
    *("when", "due_on", "client__name_sealed", "client__identifier_sealed", "client__telephone_sealed"),
    "session__number",
)


@dataclass(frozen=True)
class Due:
    """Follow-ups of the work list.

    Attributes:
        rows: The first of them, at most `SHOWN`.
        count: How many there are, `COUNTED` where there are that many or more.
    """

    rows: list[FollowUp]
    count: int

    @property
    def more(self) -> int:
        """How many are not among the rows."""
        return self.count - len(self.rows)


def due(clinic: Clinic, today: date) -> dict[str, Due]:
    """Return the follow-ups that are not done, over all clients: overdue, today, coming; first due, first."""
    waiting = FollowUp.objects.filter(client__clinic=clinic, client__erased_at=None, done_at=None)
    groups = {
        "overdue": waiting.filter(due_on__lt=today),
        "today": waiting.filter(due_on=today),
        "coming": waiting.filter(due_on__gt=today, due_on__lte=today + COMING),
    }
    return {name: _first(found) for name, found in groups.items()}


def _first(found: QuerySet[FollowUp]) -> Due:
    rows = list(found.select_related("client", "session").only(*_LISTED).order_by("due_on", "pk")[: SHOWN + 1])
    return Due(rows[:SHOWN], len(rows) if len(rows) <= SHOWN else found.order_by()[:COUNTED].count())


def under_way(clinic: Clinic) -> QuerySet[Session]:
    """Return the sessions that were begun and not signed."""
    found = Session.objects.filter(client__clinic=clinic, client__erased_at=None, state=Session.State.OPEN)
    return found.select_related("client").order_by("on")


def when_words(clinic: Clinic, when: str, language: str) -> str:
    """Return how long after its session a follow-up is, in the words of the knowledge."""
    return knowledge_of(clinic).words(language)[FACTS[FollowUp.When(when)]]


@once
def waiting(client: Client) -> tuple[FollowUp, ...]:
    """Return a client's follow-ups that are not done."""
    sessions, found = {one.pk: one for one in sessions_of(client)}, FollowUp.of(client, done_at=None)
    for one in found:
        one.session = sessions[one.session_id]
    return tuple(found)


@once
def events_of(client: Client, language: str) -> list[dict[str, Any]]:
    """Return a client's adverse events as they are known now, those that hold back first."""
    rows = sorted(AdverseEvent.of(client), key=lambda one: (one.holds_back, one.made_at), reverse=True)
    return [{"row": one, **event_words(one, language)} for one in rows]


def event_words(row: AdverseEvent, language: str) -> dict[str, Any]:
    """Return an event as the record holds it, in words."""
    knowledge = knowledge_of(row.client.clinic)
    try:
        event = entered(row)[0][row.number - 1]
    except BrokenRecord:  # the page that begins a session says so; here stands what was counted
        event = {"what": row.kind, "severity": row.severity, "resolved": "unknown"}
    harm = knowledge.harms.get(event["what"]) if row.kind != OTHER else None
    title = event["what"] if harm is None else harm.title.get(language) or harm.title["en"]
    severity = knowledge.words(language)[f"record.severity.{event['severity']}"]
    return {"event": event, "title": title[:1].upper() + title[1:], "severity": severity}
