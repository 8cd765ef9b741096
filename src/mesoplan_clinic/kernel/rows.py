"""What the rows of a client's record have in common: a key made here, the client, when and by whom they were made."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel.prepared import rows


class ClientRow(models.Model):
    """A row that belongs to one client; pages find it within that client only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="%(class)ss")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    @classmethod
    def of(cls, client: Client, *, most: int | None = None, without: tuple[str, ...] = (), **equal: Any) -> list[Self]:
        """Return a client's rows in their order, those only whose columns equal these values; see `prepared.rows`."""
        found = rows(cls, most=most, without=without, client=client.pk, **equal)
        for one in found:
            one.client = client
        return found

    class Meta:
        """No table of its own."""

        abstract = True
