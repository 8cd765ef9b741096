"""What the fields of a session's steps are called, where they are shown by themselves."""

from __future__ import annotations

from django.utils.translation import gettext as _

from mesoplan.report.context import PaperContext
from mesoplan.report.words import sentence
from mesoplan_clinic.stock.selectors import lot_by_key
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.sheet import item_words


def of_field(paper: PaperContext, name: str) -> str:
    """Return what a field is called: a zone's number by zone and word, a lot by what it is a lot of."""
    first, _dot, rest = name.partition(".")
    if first == "zone":
        zone, _dot, key = rest.rpartition(".")
        own = {"delivered": _("Carried out"), "share": _("Part done, %"), "remark": _("Remark")}
        return f"{sentence(paper.names.zone(zone))}: {own.get(key) or item_words(paper, key)}"
    if first == "reason":
        item, _dot, zone = rest.partition(".")
        where = f"{sentence(paper.names.zone(zone))}: " if zone else ""
        return f"{where}{item_words(paper, item)}"
    known = {
        "lot": _("Lot"),
        "code": _("Code or lot"),
        "expiry": _("Expiry, if the code does not say it"),
        "name": _("What it is"),
        "volume": _("Volume used"),
        "before_at": _("Put on at"),
        "anaesthetic": _("Anaesthetic"),
        "amount": _("Amount and area"),
        "applied_at": _("Applied at"),
        "removed_at": _("Removed at"),
        "reactions": _("Reactions"),
        "stopped_early": _("Stopped early"),
        "after_at": _("Antiseptic again at"),
        "endpoint": _("Endpoint"),
        "notes": _("Notes"),
    }
    called = known.get(first, first)
    return f"{called}: {rest.strip('.')}" if rest.strip(".") else called


def of_value(session: Session, value: object) -> str:
    """Return a typed value as it is shown: a lot by its number, nothing as a dash."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value or "").strip()
    lot = lot_by_key(session.client.clinic, text)
    return lot.lot if lot else text or "–"
