"""Events drawn together for reading: what one person did within a minute, each thing once with how often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mesoplan_clinic.audit.models import AuditEvent


@dataclass
class Minute:
    """What one person did within a minute; every event is in it.

    Attributes:
        at: When it was, to the minute.
        row: The first of its events.
        same: (page, method, status) -> its events, in their order.
    """

    at: datetime
    row: AuditEvent
    same: dict[tuple[str, str, int], list[AuditEvent]] = field(default_factory=dict)

    @property
    def events(self) -> list[tuple[AuditEvent, int]]:
        """The different events, each with how often it was."""
        return [(rows[0], len(rows)) for rows in self.same.values()]


def minutes(rows: Iterable[AuditEvent]) -> list[Minute]:
    """Return events, in their order, drawn together by person and minute."""
    found: list[Minute] = []
    for row in rows:
        at = row.at.replace(second=0, microsecond=0)
        last = found[-1] if found else None
        if last is None or (last.at, last.row.actor, last.row.role) != (at, row.actor, row.role):
            last = Minute(at, row)
            found.append(last)
        last.same.setdefault((row.action, row.method, row.status), []).append(row)
    return found
