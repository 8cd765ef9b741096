"""Consents by version: what is read, who signed it and when, and that it was withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mesoplan.report.consent_text import ConsentText, photo_consent
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.plans.models import Consent, Course

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Member
    from mesoplan_clinic.clients.models import Client

RECORD = "record"
"""The point of the consent to photos without which none is taken."""


def photo_text(client: Client) -> ConsentText:
    """Return the consent to photos in the client's language."""
    return photo_consent(knowledge_of(client.clinic), client.language)


@once
def given(client: Client, kind: str, course: Course | None = None) -> Consent | None:
    """Return the newest consent of a kind that was not withdrawn, whatever its version; None without one."""
    of_course: dict[str, Any] = {} if course is None else {"course": course.pk}
    return next(iter(Consent.of(client, most=1, kind=kind, withdrawn_at=None, **of_course)), None)


def holds(one: Consent, text: ConsentText) -> bool:
    """Return whether a consent still holds: its version and what it was given for are those of today's text.

    Args:
        one: The consent.
        text: Today's text in the language in which it was signed.
    """
    return (one.text_version, one.language, one.text_sha256) == (text.version, text.language, text.sha256)


def photos_allowed(client: Client) -> bool:
    """Return whether photos of the client may be taken: agreed to in the text of today, and not withdrawn."""
    one = given(client, Consent.Kind.PHOTO)
    if one is None or RECORD not in one.agreed:
        return False
    return holds(one, photo_consent(knowledge_of(client.clinic), one.language))


def sign(
    client: Client,
    member: Member | None,
    kind: str,
    text: ConsentText,
    *,
    signed_as: str,
    signature: bytes | None,
    agreed: Sequence[str] = (),
    course: Course | None = None,
    technique: str = "",
) -> Consent:
    """Keep a consent as it was signed and return it."""
    one = Consent(
        client=client,
        made_at=clock.now(),
        made_by=member,
        course=course,
        kind=kind,
        technique=technique,
        text_version=text.version,
        text_sha256=text.sha256,
        language=text.language,
        agreed=list(agreed),
        signed_on=clock.today(client.clinic),
    )
    one.signature, one.signed_as = signature, signed_as
    one.save(force_insert=True)
    return one


def withdraw(client: Client, kind: str, course: Course | None = None) -> int:
    """Withdraw every consent of a kind that still holds, with today's date; return how many those were."""
    found = Consent.objects.filter(client=client, kind=kind, withdrawn_at=None)
    found = found if course is None else found.filter(course=course)
    return found.update(withdrawn_at=clock.now(), withdrawn_on=clock.today(client.clinic))
