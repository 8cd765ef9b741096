"""Writing clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.search import index
from mesoplan_clinic.kernel import clock

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Clinic

FIELDS = ("name", "identifier", "birth_date", "telephone", "language", "notes")


def enter_client(clinic: Clinic, **values: str) -> Client:
    """Enter a new client and return it."""
    now = clock.now()
    client = Client(clinic=clinic, entered_at=now, seen_at=now, **_whole(values))
    client.save(force_insert=True)
    index(client)
    return client


def change_client(client: Client, seen: int, **values: str) -> list[str]:
    """Write a client's values if nobody did since version `seen`; return the names of those that changed.

    Raises:
        Stale: If somebody did; nothing is written.
    """
    whole = _whole(values)
    changed = [name for name in FIELDS if getattr(client, name) != whole[name]]
    for name in changed:
        setattr(client, name, whole[name])
    client.seen_at = clock.now()
    client.save_as(seen, [*changed, "seen_at"])
    index(client)
    return changed


def _whole(values: dict[str, str]) -> dict[str, str]:
    return {name: values.get(name) or ("en" if name == "language" else "") for name in FIELDS}
