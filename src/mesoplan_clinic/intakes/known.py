"""What is known of a client beside what they signed: parts further along the line add it, and are not imported here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from mesoplan import Intake as CoreIntake
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import parsed

Adds = Callable[[Client, CoreIntake, date | None], CoreIntake]
"""Takes the client, the answers and the last day that counts, None for every day; returns the answers with more."""
_ADDED: dict[str, Adds] = {}


def let_add(name: str, adds: Adds) -> None:
    """Let a part of the application add what it knows; called once, when the application starts."""
    _ADDED[name] = adds


def known(intake: Intake) -> CoreIntake:
    """Return signed answers with all that is known beside them, as every screening of the client reads them.

    Raises:
        BrokenRecord: If a course's record is not as it was written.
        ProblemError: If anything in them cannot be used.
    """
    return with_known(intake.client, parsed(intake))


def with_known(client: Client, answers: CoreIntake, until: date | None = None) -> CoreIntake:
    """Return answers that were read already with all that is known beside them, up to a day.

    Raises:
        BrokenRecord: If a course's record is not as it was written.
    """
    for adds in _ADDED.values():
        answers = adds(client, answers, until)
    return answers
