"""Reading intakes: the answers of a client as the core reads them, with all that was added since."""

from __future__ import annotations

from datetime import date
from typing import Any

from mesoplan import Intake as CoreIntake
from mesoplan.intake.model import AllergyTest as CoreTest
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import reader_of
from mesoplan_clinic.intakes.models import AllergyTest, Decision, Intake
from mesoplan_clinic.kernel.reading import once


@once
def latest_signed(client: Client) -> Intake | None:
    """Return the client's newest signed intake, None without one."""
    return next(iter(Intake.of(client, most=1, state=Intake.State.SIGNED)), None)


@once
def open_intake(client: Client) -> Intake | None:
    """Return the client's intake that is being filled in, None without one."""
    return next(iter(Intake.of(client, most=1, state=Intake.State.OPEN)), None)


def as_file(intake: Intake, *, sessions_done: int = 0) -> dict[str, Any]:
    """Return an intake as the mapping of an intake file, with the decisions and allergy tests that count today.

    Args:
        intake: The answers.
        sessions_done: Sessions of the course already delivered.
    """
    client = intake.client
    answers = dict(intake.answers.get("answers", {}))
    answers["birth_date"] = client.birth_date or answers.get("birth_date", "unknown")
    return {
        "client": {
            "name": client.name,
            "identifier": client.identifier,
            "language": client.language,
            "telephone": client.telephone or "unknown",
        },
        "visit_date": intake.visit_date.isoformat(),
        "goals": intake.answers.get("goals") or "unknown",
        "answers": answers,
        "signatures": [decision_as_file(one) for one in decisions_of(client) if one.withdrawn_at is None],
        "allergy_tests": [test_as_file(one) for one in tests_of(client)],
        "sessions_done": sessions_done,
    }


@once
def parsed(intake: Intake, *, sessions_done: int = 0) -> CoreIntake:
    """Return an intake as the core reads it.

    Raises:
        ProblemError: If anything in it cannot be used; all problems at once.
    """
    data = as_file(intake, sessions_done=sessions_done)
    return reader_of(intake.client.clinic).read(data, "intake")


@once
def decisions_of(client: Client) -> tuple[Decision, ...]:
    """Return the doctors' decisions on a client, those that were withdrawn too."""
    return tuple(client.decisions.all())


@once
def tests_of(client: Client) -> tuple[AllergyTest, ...]:
    """Return a client's allergy tests."""
    return tuple(client.allergytests.all())


def core_tests(client: Client) -> tuple[CoreTest, ...]:
    """Return a client's allergy tests as the core reads them."""
    somebody = {"name": "somebody", "identifier": "somebody"}
    tests = [test_as_file(one) for one in tests_of(client)]
    return reader_of(client.clinic).read({"client": somebody, "allergy_tests": tests}, "intake").allergy_tests


def decision_as_file(one: Decision) -> dict[str, Any]:
    """Return a doctor's decision as an intake file holds it."""
    return {
        "finding": one.finding,
        "physician": one.physician,
        "signed_on": one.signed_on.isoformat(),
        "valid_until": _day(one.valid_until),
        "answer": one.answer,
        "decision": one.decision,
    }


def test_as_file(one: AllergyTest) -> dict[str, Any]:
    """Return an allergy test as an intake file holds it."""
    return {
        "product": one.product,
        "placed_on": one.placed_on.isoformat(),
        "method": one.method,
        "readings": [{"date": day, "result": result} for day, result in one.readings],
    }


def _day(day: date | None) -> str:
    return "unknown" if day is None else day.isoformat()
