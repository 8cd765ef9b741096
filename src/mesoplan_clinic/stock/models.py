"""Lots: what came in, when it expires, and who received it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.texts import day_in_words


class Lot(Versioned):
    """A lot in the clinic's stock.

    Attributes:
        item: Id of the product or cartridge in the clinic's folder; free text for other materials.
        gtin: The number of its package by GS1, "" where none was scanned; it names the item when it is scanned again.
        amount, unit: What came in.
        blocked: Never to be used again (recalled, damaged), whatever its expiry.
        blocked_why: The reason, as whoever blocked it wrote it.
        name, state: What pages call it and say of it, set by `selectors.with_names`.
    """

    name: str
    state: str

    class Kind(models.TextChoices):
        """What it is a lot of."""

        PRODUCT = "product", _("product")
        CARTRIDGE = "cartridge", _("cartridge")
        ANTISEPTIC = "antiseptic", _("antiseptic")
        ANAESTHETIC = "anaesthetic", _("anaesthetic")

    class Unit(models.TextChoices):
        """What its amount is counted in."""

        MILLILITRES = "ml", _("ml")
        PIECES = "pcs", _("pieces")
        GRAMS = "g", _("g")

    DAYS = ("expires_on", "received_on")
    CHOICES: ClassVar = {"unit": Unit.choices}
    SEPARATED = ":"
    """Between the kind and the id of an item in the field of a form."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="lots")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    item = models.CharField(max_length=120)
    lot = models.CharField(max_length=60)
    gtin = models.CharField(max_length=14, blank=True)
    expires_on = models.DateField()
    received_on = models.DateField()
    amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.MILLILITRES)
    blocked = models.BooleanField(default=False)
    blocked_why = models.CharField(max_length=300, blank=True)

    class Meta(Versioned.Meta):
        """First to expire, first."""

        abstract = False

        constraints = [models.UniqueConstraint(fields=["clinic", "kind", "item", "lot"], name="one_lot")]
        ordering = ["expires_on", "item", "lot"]

    def __str__(self) -> str:
        return f"lot {self.pk}"

    def is_expired(self, on: date) -> bool:
        """Return whether it may not be used on a day because its expiry lies before it."""
        return self.expires_on < on

    @property
    def is_free(self) -> bool:
        """Whether it is called by its own name, and stands in no list of the clinic."""
        return self.kind in (self.Kind.ANTISEPTIC, self.Kind.ANAESTHETIC)

    def shown_fields(self) -> dict[str, tuple[str, str]]:
        """Return field -> (label, value as a form sends it), for the page that shows two versions."""
        item = "" if self.is_free else self.item
        return {
            "what": (str(_("What")), f"{self.kind}{self.SEPARATED}{item}"),
            "called": (str(_("Name on the package")), self.item if self.is_free else ""),
            "lot": (str(_("Lot")), self.lot),
            "expires_on": (str(_("Expiry")), self.expires_on.isoformat()),
            "received_on": (str(_("Received on")), self.received_on.isoformat()),
            "amount": (str(_("Amount")), f"{self.amount.normalize():f}"),
            "unit": (str(_("Unit")), self.unit),
            "why": (str(_("Blocked because")), self.blocked_why),
        }

    def in_words(self, name: str, value: str) -> tuple[str, str]:
        """Return what a field is called and what a value of it says."""
        label = self.shown_fields().get(name, ("", ""))[0]
        if name in self.DAYS:
            return label, day_in_words(value)
        if name == "unit":
            return label, str(dict(self.Unit.choices).get(value, value))
        return label, self._what(value) if name == "what" else value

    def _what(self, value: str) -> str:
        from mesoplan_clinic.stock.selectors import item_name

        kind, _sep, item = value.partition(self.SEPARATED)
        return item_name(self.clinic, kind, item) if item else str(dict(self.Kind.choices).get(kind, kind))


class LotUse(ClientRow):
    """A lot given to a client in a session: the one query that a recall asks.

    Attributes:
        amount: How much, None where nobody measured it.
        corrected: A later correction says that it was another lot; the row stays, for a recall rather asks once more.
        item_name: What the page of a recall calls the item.
    """

    item_name: str

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses")
    session = models.ForeignKey("visits.Session", on_delete=models.CASCADE, related_name="lot_uses")
    on = models.DateField()
    amount = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    corrected = models.BooleanField(default=False)

    class Meta:
        """In order of days."""

        indexes = [models.Index(fields=["lot", "corrected", "amount"], name="uses_by_lot")]
        ordering = ["-on"]
