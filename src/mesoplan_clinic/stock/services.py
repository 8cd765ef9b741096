"""Writing the stock: lots that come in, that are blocked, and that a session uses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.stock.models import Lot

FIELDS = ("kind", "item", "lot", "gtin", "expires_on", "received_on", "amount", "unit")


def enter_lot(clinic: Clinic, **values: Any) -> Lot:
    """Enter a lot that came in and return it.

    Raises:
        ValidationError: If it is there already, or the clinic's folder gives this lot another expiry.
    """
    lot = Lot(clinic=clinic, **{name: values[name] for name in FIELDS if name in values})
    _check_folder(lot)
    try:
        with transaction.atomic():
            lot.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(
            _("Lot %(lot)s of this is in stock already. Open it and add to its amount."), params={"lot": lot.lot}
        ) from None
    return lot


def change_lot(row: Lot, seen: int, **values: Any) -> list[str]:
    """Write a lot's values if nobody did since version `seen`; return the names of those that changed.

    Raises:
        Stale: If somebody did.
        ValidationError: If another row is this lot already, or the clinic's folder gives it another expiry; also if
            what clients received would become something else.
    """
    changed = [name for name in FIELDS if name in values and getattr(row, name) != values[name]]
    fixed = [name for name in changed if name in ("kind", "item", "lot")]
    if fixed and row.uses.exists():
        raise ValidationError(
            _("Clients received this lot: what it is and its number stay. Block it and enter the right one anew.")
        )
    for name in changed:
        setattr(row, name, values[name])
    _check_folder(row)
    try:
        with transaction.atomic():
            row.save_as(seen, changed)
    except IntegrityError:
        raise ValidationError(_("Lot %(lot)s of this is in stock already."), params={"lot": values["lot"]}) from None
    return changed


def block_lot(lot: Lot, seen: int, why: str) -> None:
    """Block a lot: from now on no session may use it.

    Raises:
        Stale: If somebody changed it since version `seen`.
    """
    lot.blocked, lot.blocked_why = True, why
    lot.save_as(seen, ["blocked", "blocked_why"])


def lot_in_session(clinic: Clinic, kind: str, item: str, number: str, expires_on: date, gtin: str, on: date) -> Lot:
    """Return a lot that a session names and the stock does not know: entered with no amount, to be completed there."""
    unit = Lot.Unit.PIECES if kind == Lot.Kind.CARTRIDGE else Lot.Unit.MILLILITRES
    values = {"kind": kind, "item": item, "lot": number, "gtin": gtin, "expires_on": expires_on}
    return enter_lot(clinic, **values, received_on=on, amount=Decimal(0), unit=unit)


def _check_folder(lot: Lot) -> None:
    """Refuse another expiry than the clinic's own list of products states for the same lot."""
    product = folder_of(lot.clinic).products.get(lot.item) if lot.kind == Lot.Kind.PRODUCT else None
    known = {one.number: one.expires_on for one in product.lots} if product else {}
    if known.get(lot.lot, lot.expires_on) != lot.expires_on:
        raise ValidationError(
            {
                "expires_on": ValidationError(
                    _("The clinic's list of products says %(day)s for this lot. Read the package again."),
                    params={"day": date_format(known[lot.lot], "j E Y")},
                )
            }
        )
