"""Screening a client, and telling whether an earlier screening still holds."""

from __future__ import annotations

import json
from datetime import date, timedelta

from mesoplan import Intake as CoreIntake
from mesoplan import Screening as CoreScreening
from mesoplan import from_json, to_json
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of, screener_of
from mesoplan_clinic.intakes.known import known, with_known
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import latest_signed, parsed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.screenings.models import Screening


def screen(intake: Intake, member: Member | None, on: date) -> Screening:
    """Screen a signed intake on a day, with the sessions in the client's records, and keep what was found.

    Raises:
        BrokenRecord: If a course's record is not as it was written.
        ProblemError: If the answers cannot be used, or the knowledge base is damaged.
    """
    answers = known(intake)
    return keep(intake, answers, screener_of(intake.client.clinic).screen(answers, on), member)


def keep(intake: Intake, answers: CoreIntake, found: CoreScreening, member: Member | None) -> Screening:
    """Keep a screening as it was found."""
    row = Screening(
        client=intake.client,
        made_at=clock.now(),
        made_by=member,
        intake=intake,
        on=found.on,
        basis=answers.intake_hash,
        knowledge_version=found.knowledge_version,
        headline=found.headline.value,
        may_treat=found.may_treat,
        eligible_from=found.eligible_from,
        valid_until=found.valid_until,
    )
    row.result = json.loads(to_json(found))
    row.save(force_insert=True)
    return row


def found_in(row: Screening) -> CoreScreening:
    """Return a kept screening as the core's value."""
    return from_json(CoreScreening, json.dumps(row.result))


def why_stale(row: Screening, on: date) -> str | None:
    """Return why a kept screening may not be relied on that day, None where it still holds.

    It holds for its own day alone, for the newest signed answers with today's decisions, allergy tests and recorded
    sessions, and for the knowledge it was made with.

    Raises:
        BrokenRecord: If a course's record is not as it was written.
        ProblemError: If the answers cannot be used.
    """
    latest = latest_signed(row.client)
    if row.on != on:
        return "another_day"
    if latest is None or latest.pk != row.intake_id:
        return "newer_answers"
    if known(latest).intake_hash != row.basis:
        return "answers_changed"
    if knowledge_of(row.client.clinic).version != row.knowledge_version:
        return "knowledge_changed"
    return None


def only_sessions_since(row: Screening, on: date) -> bool:
    """Return whether a screening of a day is held up by nothing but the sessions that were recorded on that very day.

    Raises:
        BrokenRecord: If a course's record is not as it was written.
        ProblemError: If the answers cannot be used.
    """
    signed = latest_signed(row.client)
    if row.on != on or signed is None or signed.pk != row.intake_id:
        return False
    if knowledge_of(row.client.clinic).version != row.knowledge_version:
        return False
    before = with_known(row.client, parsed(signed), on - timedelta(days=1))
    return before.intake_hash == row.basis


@once
def latest(client: Client) -> Screening | None:
    """Return the client's newest screening, None without one."""
    return next(iter(Screening.of(client, most=1)), None)


def clearance(client: Client, on: date) -> Screening | None:
    """Return the client's newest screening if it allows anything and still holds on that day, else None."""
    row = latest(client)
    if row is None or not row.may_treat or why_stale(row, on):
        return None
    return row
