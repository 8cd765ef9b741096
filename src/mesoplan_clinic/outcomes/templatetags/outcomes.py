"""What other pages show of outcomes: `{% events_of client as events %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.outcomes import selectors
from mesoplan_clinic.outcomes.models import FollowUp
from mesoplan_clinic.visits.models import Session

register = template.Library()


@register.simple_tag
def events_of(client: Client) -> list[dict[str, Any]]:
    """Return a client's adverse events, those that hold back first."""
    return selectors.events_of(client, (get_language() or "en")[:2])


@register.simple_tag
def due_for(client: Client) -> list[FollowUp]:
    """Return a client's follow-ups that are not done."""
    return _worded(client, list(selectors.waiting(client)))


@register.simple_tag
def follow_ups_of(session: Session) -> list[FollowUp]:
    """Return the follow-ups of a session."""
    return _worded(session.client, list(session.follow_ups.all()))


def _worded(client: Client, rows: list[FollowUp]) -> list[FollowUp]:
    today, language = clock.today(client.clinic), (get_language() or "en")[:2]
    for one in rows:
        one.words = selectors.when_words(client.clinic, one.when, language)
        one.late = one.done_at is None and one.due_on < today
    return rows
