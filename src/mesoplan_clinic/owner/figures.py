"""The clinic's figures: complications with their denominator, and what the documents claim beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from mesoplan.report.names import Names
from mesoplan.report.words import Words, sentence
from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel.broken import OtherKnowledge
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.plans.book import BrokenRecord
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import kept_plan, latest_plan
from mesoplan_clinic.visits import selectors
from mesoplan_clinic.visits.models import Session

RATE_FACT = "complication.rate"


@dataclass(frozen=True)
class Complications:
    """How often complications were recorded.

    Attributes:
        sessions: Signed sessions: the denominator.
        followed: Sessions after which somebody looked at least once.
        with_event: Sessions with at least one adverse event.
        by_severity: Severity -> number of events.
    """

    sessions: int
    followed: int
    with_event: int
    by_severity: dict[str, int]

    @property
    def rate(self) -> float | None:
        """Sessions with an event over all signed sessions, None without a session."""
        return self.with_event / self.sessions if self.sessions else None

    @property
    def rate_of_followed(self) -> float | None:
        """Sessions with an event over those that were followed up, None without one."""
        return self.with_event / self.followed if self.followed else None


def complications(clinic: Clinic) -> Complications:
    """Return a clinic's complications over all signed sessions."""
    signed = Session.objects.filter(client__clinic=clinic, state=Session.State.SIGNED)
    events = AdverseEvent.objects.filter(client__clinic=clinic, session__state=Session.State.SIGNED)
    severities = events.order_by().values_list("severity").annotate(Count("id"))
    return Complications(
        signed.count(),
        _followed(clinic, signed),
        events.values("session").distinct().count(),
        dict(sorted(severities)),
    )


def _followed(clinic: Clinic, signed: QuerySet[Session]) -> int:
    """Return after how many of the signed sessions somebody looked; only they have follow-ups."""
    done = FollowUp.objects.filter(done_at__isnull=False)
    if not Clinic.objects.exclude(pk=clinic.pk).exists():  # all are this clinic's: an index alone tells
        return done.order_by().values("session").distinct().count()
    return signed.filter(Exists(done.filter(session=OuterRef("pk")))).count()


def claimed_rate(clinic: Clinic, language: str) -> dict[str, object]:
    """Return what the documents claim of the rate, each with its source, and why no such rate is printed."""
    knowledge = knowledge_of(clinic)
    fact = knowledge.facts[RATE_FACT]
    shown = "en" if language not in knowledge.languages else language
    claims = [
        {"says": one.says[shown], "source": knowledge.source_title(one.source, shown), "locator": one.locator}
        for one in fact.claims
        if one.says and one.quantity is not None
    ]
    return {"claims": claims, "reason": fact.resolution.reason[shown]}


def treated_courses(clinic: Clinic) -> QuerySet[Course]:
    """Return the courses with a signed session, the one treated last first."""
    last = Max("sessions__on", filter=Q(sessions__state=Session.State.SIGNED))
    found = Course.objects.filter(client__clinic=clinic).annotate(treated_on=last)
    return found.filter(treated_on__isnull=False).select_related("client__clinic").order_by("-treated_on", "pk")


def cover_of(course: Course) -> dict[str, Any]:
    """Return a course with planned, delivered and cumulative cover.

    `broken` says that its record cannot be read, `other` that its plan is of another knowledge base.
    """
    plan, language = latest_plan(course), (get_language() or "en")[:2]
    knowledge = knowledge_of(course.client.clinic)
    names = Names(knowledge, Words(knowledge, language if language in knowledge.languages else "en"))
    used = {} if plan is None else dict.fromkeys(one.technique for one in kept_plan(plan).prescription.zones)
    technique = sentence(", ".join(names.technique(one) for one in used if one in knowledge.techniques))
    found = {"course": course, "technique": technique, "broken": False, "other": False, "cover": {}}
    try:
        return found | {"cover": selectors.covers(course)}
    except BrokenRecord:
        return found | {"broken": True}
    except OtherKnowledge:
        return found | {"other": True}
