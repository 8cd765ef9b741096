"""Doctors' decisions: on the finding each names, with a reason, signed; never on anything a doctor does not decide."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mesoplan.knowledge.verdict import Verdict
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import reader_of
from mesoplan_clinic.intakes.models import Decision
from mesoplan_clinic.intakes.selectors import decision_as_file
from mesoplan_clinic.intakes.signals import answers_changed
from mesoplan_clinic.intakes.signing import Signed
from mesoplan_clinic.kernel import clock

if TYPE_CHECKING:
    from mesoplan import Screening as CoreScreening


class NotADoctorsFinding(Exception):
    """The finding is not one on which a doctor decides."""


def decide(
    client: Client,
    member: Member,
    found: CoreScreening,
    finding: str,
    *,
    answer: str,
    reason: str,
    valid_until: date | None,
    signature: Signed,
) -> Decision:
    """Keep a doctor's decision on one finding of a screening; an earlier one on the same finding is withdrawn.

    Raises:
        NotADoctorsFinding: If the screening has no such finding, or its verdict is not a doctor's to lift.
        ProblemError: If the core cannot use it.
    """
    check_decidable(found, finding)
    Client.objects.select_for_update().get(pk=client.pk)
    row = Decision(client=client, made_at=clock.now(), made_by=member, finding=finding, answer=answer)
    row.physician = member.user.shown_name[:200]
    row.decision, row.signature = reason, signature.png
    row.signed_on, row.valid_until = clock.today(client.clinic), valid_until
    somebody = {"name": "somebody", "identifier": "somebody"}
    reader_of(client.clinic).read({"client": somebody, "signatures": [decision_as_file(row)]}, "intake")
    for before in Decision.objects.filter(client=client, finding=finding, withdrawn_at=None):
        withdraw(before, member)
    row.save(force_insert=True)
    answers_changed.send(Decision, client=client)
    return row


def check_decidable(found: CoreScreening, finding: str) -> None:
    """Check that a screening has this finding, and that a doctor decides on it.

    Raises:
        NotADoctorsFinding: If not.
    """
    if not any(one.id == finding and one.verdict is Verdict.PHYSICIAN for one in found.findings):
        raise NotADoctorsFinding(finding)


def withdraw(decision: Decision, member: Member) -> None:
    """Withdraw a decision; it stays on record and counts no more."""
    if decision.withdrawn_at is None:
        decision.withdrawn_at, decision.withdrawn_by = clock.now(), member
        decision.save(update_fields=["withdrawn_at", "withdrawn_by"])
        answers_changed.send(Decision, client=decision.client)
