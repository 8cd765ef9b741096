"""The application's part: owner."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class Config(AppConfig):
    """The clinic as a whole: figures, re-screening, members, one client's data taken out or erased."""

    name = "mesoplan_clinic.owner"
    label = "owner"

    def ready(self) -> None:
        """Judge a client's open plans anew whenever what they were made from changes."""
        from mesoplan_clinic.intakes.signals import answers_changed

        answers_changed.connect(_judge, dispatch_uid="open plans of the client")


def _judge(client: Any, **_said: Any) -> None:
    from mesoplan_clinic.owner.rescreen import judge_client

    judge_client(client)
