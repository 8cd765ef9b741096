"""How the consent to the treatment stands for a course's plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesoplan.report.consent_paper import has_consent
from mesoplan.report.consent_text import treatment_consent
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans.models import Consent, Course
from mesoplan_clinic.plans.shown import context_of

if TYPE_CHECKING:
    from mesoplan import Plan as CorePlan


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How a consent stands.

    Attributes:
        state: "signed"; "changed": another text was signed; "missing"; "none": nothing can be consented to yet.
        consent: The consent that was signed, None without one.
    """

    state: str
    consent: Consent | None


def consent_state(course: Course, plan: CorePlan) -> ConsentState:
    """Return whether the client has agreed to what the plan proposes, in the text of today."""
    client = course.client
    signed = consents.given(client, Consent.Kind.TREATMENT, course)
    context = context_of(client, plan, client.language if signed is None else signed.language)
    if not has_consent(context):
        return ConsentState("none", signed)
    if signed is None:
        return ConsentState("missing", None)
    return ConsentState("signed" if consents.holds(signed, treatment_consent(context)) else "changed", signed)
