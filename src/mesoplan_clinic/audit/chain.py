"""The audit's chain: each event is sealed with a key together with the seal of the one before it.

Who has the database but not the key can neither change an event nor remove, add or move one unnoticed. A chain cut at
its end shows by the head, and by any head that was exported before.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import models

from mesoplan_clinic.accounts.roles import SERVER
from mesoplan_clinic.kernel import clock

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Clinic
    from mesoplan_clinic.accounts.request import Actor
    from mesoplan_clinic.audit.models import AuditEvent, AuditHead

FIRST = "0" * 64
_SEALED = ("number", "at", "actor", "actor_name", "role", "action", "method", "status", "client", "subject", "detail")


@dataclass(frozen=True)
class Server:
    """Whoever runs the server, as the actor of an event.

    Attributes:
        pk: Their name on the machine.
        clinic_id: The clinic whose log holds it.
    """

    pk: str
    clinic_id: UUID
    role: str = SERVER

    def __str__(self) -> str:
        return self.pk


@dataclass
class Event:
    """An event being made.

    Attributes:
        action: What is done: the route's name.
        method: How.
        status: What was answered.
        client: Whose data, None where it is nobody's own.
        subject: What else the address names.
        detail: Names of fields, counts, versions; no content.
    """

    action: str
    method: str
    status: int = 0
    client: UUID | None = None
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def note(self, **detail: Any) -> None:
        """Add what the event should say."""
        self.detail.update(detail)

    def about(self, found: dict[str, Any], status: int) -> Event:
        """Return the event with whom and what it is about."""
        client = found.get("client")
        self.client = self.client or getattr(client, "pk", None)
        rows = [f"{name} {getattr(row, 'pk', row)}" for name, row in found.items() if name != "client"]
        self.subject = ", ".join(rows)[:200]
        self.status = status
        return self


def append(actor: Actor | Server, event: Event) -> AuditEvent:
    """Append an event to the chain of the actor's clinic; call it inside a transaction.

    Args:
        actor: A member, or the client of a link.
        event: What happened.
    """
    from mesoplan_clinic.audit.models import AuditEvent, AuditHead

    heads = AuditHead.objects.select_for_update()
    head = heads.filter(clinic_id=actor.clinic_id).first()
    if head is None:
        AuditHead.objects.get_or_create(clinic_id=actor.clinic_id)
        head = heads.get(clinic_id=actor.clinic_id)
    row = AuditEvent(
        clinic_id=actor.clinic_id,
        number=head.number + 1,
        at=clock.now(),
        actor=f"{type(actor).__name__.lower()} {actor.pk}",
        actor_name=str(actor)[:200],
        role=actor.role,
        action=event.action,
        method=event.method,
        status=event.status,
        client=event.client,
        subject=event.subject,
        detail=event.detail,
        previous=head.mac,
    )
    row.mac = mac_of(row)
    row.save()
    head.number, head.mac = row.number, row.mac
    head.seal = seal_of_head(head)
    head.save()
    return row


def mac_of(row: AuditEvent) -> str:
    """Return the seal of an event, over everything it says and the seal before it."""
    said = {name: getattr(row, name) for name in _SEALED}
    said |= {"at": row.at.isoformat(), "client": str(row.client or ""), "clinic": str(row.clinic_id)}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return _mac(f"{row.previous}|{text}")


def seal_of_head(head: AuditHead) -> str:
    """Return the seal of a head."""
    return _mac(f"head|{head.clinic_id}|{head.number}|{head.mac}")


def _mac(text: str) -> str:
    return hmac.new(settings.KEYS.audit, text.encode(), hashlib.sha256).hexdigest()


def export_head(clinic: Clinic) -> dict[str, Any]:
    """Return the head as it is to be kept elsewhere: a chain that no longer contains it was tampered with."""
    from mesoplan_clinic.audit.models import AuditHead

    head = AuditHead.objects.filter(clinic=clinic).first() or AuditHead(clinic=clinic)
    return {
        "clinic": str(clinic.pk),
        "number": head.number,
        "mac": head.mac,
        "seal": seal_of_head(head),
        "at": clock.now().isoformat(),
    }


def verify(clinic: Clinic, exported: Iterable[dict[str, Any]] = ()) -> list[str]:
    """Return everything in a clinic's chain that is not as it was written; nothing for a whole one.

    Args:
        clinic: Whose chain.
        exported: Heads exported earlier.
    """
    from mesoplan_clinic.audit.models import AuditHead

    problems: list[str] = []
    previous, number = FIRST, 0
    macs = {0: FIRST}
    for row in _rows(clinic):
        number += 1
        if row.number != number:
            problems.append(f"event {row.number} stands where event {number} belongs: removed, added or moved")
            number = row.number
        if row.previous != previous:
            problems.append(f"event {row.number} does not follow the one before it")
        if not hmac.compare_digest(mac_of(row), row.mac):
            problems.append(f"event {row.number} was changed")
        previous = row.mac
        macs[row.number] = row.mac
    head = AuditHead.objects.filter(clinic=clinic).first() or AuditHead(clinic=clinic)
    if head.number and head.seal != seal_of_head(head):
        problems.append("the head was changed")
    if (head.number, head.mac) != (number, previous):
        problems.append(f"{head.number} events were written, the chain ends at {number}: cut short or added to")
    for one in exported:
        sealed = AuditHead(clinic_id=one["clinic"], number=one["number"], mac=one["mac"])
        if one.get("seal") != seal_of_head(sealed):
            problems.append(f"the exported head {one['number']} is not one of this clinic's keys")
        elif macs.get(one["number"]) != one["mac"]:
            problems.append(f"the exported head {one['number']} is not in the chain: it was rewritten")
    return problems


def _rows(clinic: Clinic) -> Iterator[AuditEvent]:
    from mesoplan_clinic.audit.models import AuditEvent

    rows: models.QuerySet[AuditEvent] = AuditEvent.objects.filter(clinic=clinic).order_by("number", "id")
    return rows.iterator(chunk_size=2_000)
