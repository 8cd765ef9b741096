"""Reading the stock: what is there, what may be used, what is left, and who received a lot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, TypedDict, TypeVar
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from mesoplan.clinic.devices import Cartridge, Roller, Stamp
from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.stock.gs1 import Scanned
from mesoplan_clinic.stock.models import Lot, LotUse

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from mesoplan_clinic.visits.models import Session

    class _Counted(TypedDict):
        left: Decimal

    CountedLot: TypeAlias = WithAnnotations[Lot, _Counted]

_Lot = TypeVar("_Lot", bound=Lot)
SOON = timedelta(days=60)
"""From when on the list says that a lot is about to expire; it forbids nothing."""
_AMOUNT = DecimalField(max_digits=12, decimal_places=3)


def lots(clinic: Clinic) -> QuerySet[CountedLot]:
    """Return a clinic's lots with `left`: what came in without what sessions used, first to expire first."""
    used = LotUse.objects.filter(lot=OuterRef("pk"), corrected=False).order_by().values("lot")
    total = used.annotate(total=Sum("amount")).values("total")
    left = F("amount") - Coalesce(Subquery(total), Value(Decimal(0)), output_field=_AMOUNT)
    return Lot.objects.filter(clinic=clinic).annotate(left=left)


def lot_by_key(clinic: Clinic, key: object) -> Lot | None:
    """Return a clinic's lot by its key, None where a form sent something else."""
    try:
        return Lot.objects.filter(clinic=clinic, pk=UUID(str(key))).first()
    except ValueError:
        return None


def usable(clinic: Clinic, kind: str, item: str, on: date) -> list[CountedLot]:
    """Return the lots of an item that may be used on a day; "" for every item of the kind."""
    found = lots(clinic).filter(kind=kind, blocked=False, expires_on__gte=on)
    return list(found.filter(item=item) if item else found)


def state_of(lot: Lot, on: date) -> str:
    """Return blocked, expired, expiring or good."""
    if lot.blocked:
        return "blocked"
    if lot.is_expired(on):
        return "expired"
    return "expiring" if lot.expires_on <= on + SOON else "good"


def expired_or_soon(clinic: Clinic, on: date) -> list[CountedLot]:
    """Return the lots that have expired or soon will and of which something is left, as a page shows them.

    A lot that is blocked or used up is left out: there is nothing to put aside.
    """
    found = lots(clinic).filter(blocked=False, expires_on__lte=on + SOON)
    return with_names(clinic, [one for one in found if one.left != 0], on)


def received(clinic: Clinic, number: str) -> QuerySet[LotUse]:
    """Return who received a lot, by its number on the package: one query, whatever it is a lot of."""
    found = LotUse.objects.filter(lot__clinic=clinic, lot__lot__iexact=number.strip())
    return found.select_related("lot", "client", "session", "session__signed_by__user").order_by("-on", "pk")


def chosen_in_open_sessions(clinic: Clinic, number: str) -> list[Session]:
    """Return the sessions under way in which a lot was chosen: they are counted only once they are signed."""
    from mesoplan_clinic.visits.delivered import lots_in
    from mesoplan_clinic.visits.models import Session

    rows = Session.objects.filter(client__clinic=clinic, state=Session.State.OPEN).select_related("client")
    wanted = number.strip().casefold()
    return [one for one in rows if any(lot.lot.casefold() == wanted for lot in lots_in(clinic, one.draft).values())]


def known_package(clinic: Clinic, scanned: Scanned) -> Lot | None:
    """Return a lot that came in the same kind of package before, which says what it is a lot of."""
    if not scanned.gtin:
        return None
    return Lot.objects.filter(clinic=clinic, gtin=scanned.gtin).order_by("-received_on").first()


def item_names(clinic: Clinic) -> dict[tuple[str, str], str]:
    """Return (kind, id) -> name of everything in the clinic's folder that has lots."""
    folder = folder_of(clinic)
    found = {(Lot.Kind.PRODUCT.value, one.id): one.name for one in folder.products.values()}
    tools: tuple[Cartridge | Stamp | Roller, ...] = (
        *folder.cartridges.values(),
        *folder.stamps.values(),
        *folder.rollers.values(),
    )
    return found | {(Lot.Kind.CARTRIDGE.value, one.id): one.name for one in tools}


def item_name(clinic: Clinic, kind: str, item: str) -> str:
    """Return what an item is called; a free text is its own name."""
    return item_names(clinic).get((kind, item), item)


def find_lot(clinic: Clinic, kind: str, item: str, number: str) -> Lot | None:
    """Return the lot of an item by the number on its package."""
    wanted = Q(lot__iexact=number) & (Q(item=item) if item else Q())
    return Lot.objects.filter(wanted, clinic=clinic, kind=kind).first()


def with_names(clinic: Clinic, found: Iterable[_Lot], on: date) -> list[_Lot]:
    """Return the lots, each with `name` and `state` for a page."""
    names, every = item_names(clinic), list(found)
    for one in every:
        one.name = names.get((one.kind, one.item), one.item)
        one.state = state_of(one, on)
    return every
