"""From what was typed in a session to what the core records: the draft's fields as a session file, and its judgement.

The draft keeps every field as it was typed, step by step. Here it becomes the mapping that the core reads; what was
left empty is unknown there, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mesoplan import Clinic as Folder
from mesoplan.clinic.model import Lot as FolderLot
from mesoplan.errors import Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.record.enter import cover_limit
from mesoplan.record.judge import judge, unexplained
from mesoplan.record.model import NUMBERS, Delivered, Mark, PlannedSession, SessionDone
from mesoplan.record.session_file import parse_session
from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.stock.selectors import lot_by_key

Draft = Mapping[str, Mapping[str, Any]]
UNKNOWN = "unknown"
WHOLE = ("passes", "rounds", "placements", "points")


@dataclass(frozen=True)
class Judged:
    """A session held against its plan before it is signed.

    Attributes:
        delivered: What was done.
        done: With covers and marks.
        open: What must still be given a reason: departures, and every limit that stops and was broken.
    """

    delivered: Delivered
    done: SessionDone
    open: tuple[Mark, ...]


def slots(folder: Folder, planned: PlannedSession) -> list[tuple[str, str]]:
    """Return (kind, item) of everything whose lot is asked: the products, the cartridge, a stamp or roller."""
    found = [(Lot.Kind.PRODUCT.value, one) for one in planned.products]
    device = planned.device if planned.device in {**folder.stamps, **folder.rollers} else None
    return [*found, *((Lot.Kind.CARTRIDGE.value, one) for one in (planned.cartridge, device) if one is not None)]


def lots_in(clinic: Clinic, draft: Draft) -> dict[str, Lot]:
    """Return field -> lot of everything chosen in a draft, within the clinic."""
    every = {**draft.get("skin", {}), **draft.get("work", {})}
    found = {name: lot_by_key(clinic, value) for name, value in every.items() if name.startswith("lot.")}
    return {name: lot for name, lot in found.items() if lot is not None}


def folder_with_stock(clinic: Clinic, chosen: Mapping[str, Lot]) -> Folder:
    """Return the clinic's folder, its list of lots completed by those of the stock that were chosen."""
    folder = folder_of(clinic)
    products = dict(folder.products)
    for lot in chosen.values():
        product = products.get(lot.item) if lot.kind == Lot.Kind.PRODUCT else None
        if product is not None and lot.lot not in {one.number for one in product.lots}:
            added = FolderLot(number=lot.lot, expires_on=lot.expires_on)
            products[lot.item] = product.model_copy(update={"lots": (*product.lots, added)})
    return folder.model_copy(update={"products": products})


def as_file(draft: Draft, planned: PlannedSession, clinic: Clinic, on: date, by: str) -> dict[str, Any]:
    """Return a draft as the mapping of a session file."""
    chosen, finish = lots_in(clinic, draft), draft.get("finish", {})
    reasons = draft.get("sign", {})
    work = draft.get("work", {})
    return {
        "client": planned.client,
        "session": planned.number,
        "date": on,
        "practitioner": by,
        "device": planned.device or UNKNOWN,
        "cartridge": _cartridge(chosen, planned),
        "products": list(_products(work, chosen, planned)),
        **_skin(draft, chosen),
        "zones": [_zone(one.zone, draft.get("work", {})) for one in planned.zones],
        "endpoint": finish.get("endpoint") or UNKNOWN,
        "reactions": finish.get("reactions") or UNKNOWN,
        "stopped_early": finish.get("stopped_early") or UNKNOWN,
        "deviations": [
            {"item": name.split(".")[1], "zone": name.split(".")[2] or UNKNOWN, "reason": reason}
            for name, reason in reasons.items()
            if name.startswith("reason.") and str(reason).strip()
        ],
        "notes": finish.get("notes") or "",
    }


def _cartridge(chosen: Mapping[str, Lot], planned: PlannedSession) -> dict[str, Any]:
    lot = chosen.get(f"lot.{Lot.Kind.CARTRIDGE.value}.{planned.cartridge}")
    if lot is None:
        return {"id": planned.cartridge or UNKNOWN}
    return {"id": lot.item, "lot": lot.lot, "expires_on": lot.expires_on}


def _products(work: Mapping[str, Any], chosen: Mapping[str, Lot], planned: PlannedSession) -> Iterator[dict[str, Any]]:
    for product in planned.products:
        lot, volume = chosen.get(f"lot.{Lot.Kind.PRODUCT.value}.{product}"), number(work.get(f"volume.{product}"))
        if lot is None:
            yield {"product": product, "volume_ml": volume}
        else:
            yield {"product": lot.item, "lot": lot.lot, "expires_on": lot.expires_on, "volume_ml": volume}


def _skin(draft: Draft, chosen: Mapping[str, Lot]) -> dict[str, Any]:
    skin, finish = draft.get("skin", {}), draft.get("finish", {})
    antiseptic, anaesthetic = chosen.get("lot.antiseptic."), chosen.get("lot.anaesthetic.")
    used = skin.get("anaesthetic") or UNKNOWN
    numbed: dict[str, Any] = {"used": used}
    if used == "yes":
        numbed |= {"product": anaesthetic.item, "lot": anaesthetic.lot} if anaesthetic else {}
        numbed |= {key: skin.get(key) or UNKNOWN for key in ("amount", "applied_at", "removed_at")}
    return {
        "antiseptic": {
            "product": antiseptic.item if antiseptic else UNKNOWN,
            "lot": antiseptic.lot if antiseptic else UNKNOWN,
            "before_at": skin.get("before_at") or UNKNOWN,
            "after_at": finish.get("after_at") or UNKNOWN,
        },
        "anaesthetic": numbed,
    }


def _zone(zone: str, work: Mapping[str, Any]) -> dict[str, Any]:
    def typed(key: str) -> Any:
        return work.get(f"zone.{zone}.{key}")

    state = typed("delivered") or UNKNOWN
    found: dict[str, Any] = {"zone": zone, "delivered": state, "remark": typed("remark") or ""}
    if state == "part":
        found["share"] = number(typed("share"), 0.01)
    if state in ("yes", "part"):
        found |= {key: number(typed(key)) for key in NUMBERS}
    return found


def number(text: object, times: float = 1.0) -> float | str | None:
    """Return a typed number, with a comma or a point; None for nothing, the text itself where it is none."""
    typed = str(text or "").strip().replace(",", ".").replace("\u00a0", "")
    if not typed:
        return None
    try:
        return round(float(typed) * times, 6)
    except ValueError:
        return str(text)


def judged(draft: Draft, planned: PlannedSession, clinic: Clinic, knowledge: Knowledge, on: date, by: str) -> Judged:
    """Return a draft held against its plan and the limits.

    Raises:
        ProblemError: If a value cannot be used at all.
    """
    delivered = parse_session(as_file(draft, planned, clinic, on, by), knowledge, "session")
    folder, most = folder_with_stock(clinic, lots_in(clinic, draft)), cover_limit(knowledge)
    done = judge(planned, delivered, folder, Problems(), "session", most)
    unsaid = [one for one in done.marks if one.stops and not one.reason]
    return Judged(delivered, done, tuple(_each_once((*unsaid, *unexplained(planned, delivered, folder, most)))))


def _each_once(marks: tuple[Mark, ...]) -> Iterator[Mark]:
    seen: set[tuple[str, str]] = set()
    for one in marks:
        if (one.item, one.zone) not in seen:
            seen.add((one.item, one.zone))
            yield one
