"""The application's part: plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import AppConfig


class Config(AppConfig):
    """plans."""

    name = "mesoplan_clinic.plans"
    label = "plans"

    def ready(self) -> None:
        """Let every screening of a client know the sessions that the records of their courses hold."""
        from mesoplan_clinic.intakes.known import let_add

        let_add("courses", _sessions)


def _sessions(client: Any, answers: Any, until: date | None) -> Any:
    from mesoplan_clinic.plans.services import with_courses

    return with_courses(client, answers, until=until)
