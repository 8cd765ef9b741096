"""Lots: what came in, when it expires, and who received it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow


class Lot(Versioned):
    """A lot in the clinic's stock.

    Attributes:
        item: Id of the product or cartridge in the clinic's folder; free text for other materials.
        amount, unit: What came in.
        blocked: Never to be used again (recalled, damaged), whatever its expiry.
    """

    class Kind(models.TextChoices):
        """What it is a lot of."""

        PRODUCT = "product", _("product")
        CARTRIDGE = "cartridge", _("cartridge")
        ANTISEPTIC = "antiseptic", _("antiseptic")
        ANAESTHETIC = "anaesthetic", _("anaesthetic")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="lots")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    item = models.CharField(max_length=120)
    lot = models.CharField(max_length=60)
    expires_on = models.DateField()
    received_on = models.DateField()
    amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=10)
    blocked = models.BooleanField(default=False)

    class Meta:
        """First to expire, first."""

        constraints = [models.UniqueConstraint(fields=["clinic", "kind", "item", "lot"], name="one_lot")]
        ordering = ["expires_on", "item", "lot"]


class LotUse(ClientRow):
    """A lot given to a client in a session: the one query that a recall asks."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses")
    session = models.ForeignKey("visits.Session", on_delete=models.CASCADE, related_name="lot_uses")
    on = models.DateField()
    amount = models.DecimalField(max_digits=10, decimal_places=3, null=True)
