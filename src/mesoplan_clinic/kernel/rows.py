"""What the rows of a client's record have in common: a key made here, the client, when and by whom they were made."""

from __future__ import annotations

import uuid

from django.db import models

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client


class ClientRow(models.Model):
    """A row that belongs to one client; pages find it within that client only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="%(class)ss")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """No table of its own."""

        abstract = True
