"""The only clock of the application; the core knows dates alone, and gets the clinic's local one from here."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Clinic


def now() -> datetime:
    """Return the moment, with its zone."""
    return timezone.now()


def today(clinic: Clinic) -> date:
    """Return the date that the clinic's wall calendar shows."""
    return now().astimezone(ZoneInfo(clinic.time_zone)).date()
