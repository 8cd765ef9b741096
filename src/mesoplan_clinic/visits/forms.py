"""What the steps of a session take: the fields that are kept as typed, and what must stand in them to go on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from mesoplan.record.model import NUMBERS, PlannedSession
from mesoplan.record.session_file import ITEMS, REACTIONS
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits.delivered import WHOLE, number, slots
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.services import pick_lot

LONGEST = 2000
_NAMES = {
    "identity": re.compile(r"confirmed"),
    "before": re.compile(r"changes"),
    "skin": re.compile(
        r"(?:lot|code|expiry|name)\.(?:antiseptic|anaesthetic)\.|before_at|anaesthetic|amount|applied_at|removed_at"
    ),
    "work": re.compile(
        r"(?:lot|code|expiry)\.(?:product|cartridge)\.[\w.-]{1,120}|volume\.[\w.-]{1,120}|zone\.\w+\.\w+"
    ),
    "finish": re.compile(r"reactions|stopped_early|after_at|endpoint|notes"),
    "sign": re.compile(rf"reason\.(?:{'|'.join(ITEMS)})\.\w*"),
}
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
Errors = dict[str, str]


def typed_fields(step: str, data: QueryDict) -> dict[str, Any]:
    """Return the fields of a step that a form sent, as they were typed; anything else is passed over."""
    found: dict[str, Any] = {}
    for name in data:
        if _NAMES[step].fullmatch(name):
            found[name] = (data.get(name) or "")[:LONGEST]
    if step == "finish" and "reactions" in data:
        found["reactions"] = [one[:40] for one in data.getlist("reactions")]
    return found


def settled(
    session: Session, step: str, fields: dict[str, Any], planned: PlannedSession
) -> tuple[dict[str, Any], Errors]:
    """Return the fields of a completed step, scanned lots as chosen ones, and what must be put right first."""
    check = {"identity": _identity, "before": _before, "skin": _skin, "work": _work, "finish": _finish}[step]
    errors: Errors = {}
    found = dict(fields)
    for name, message in check(session, found, planned):
        errors.setdefault(name, message)
    return found, errors


Found = Iterator[tuple[str, str]]


def _identity(_session: Session, fields: dict[str, Any], _planned: PlannedSession) -> Found:
    if fields.get("confirmed") != "yes":
        yield "confirmed", _("Ask for name and birth date, and confirm that this is the client.")


def _before(_session: Session, fields: dict[str, Any], _planned: PlannedSession) -> Found:
    if fields.get("changes") != "none":
        yield "changes", _("Ask what has changed since the answers were signed.")


def _skin(session: Session, fields: dict[str, Any], _planned: PlannedSession) -> Found:
    yield from _lot(session, fields, Lot.Kind.ANTISEPTIC.value, "")
    yield from _times(fields, "before_at")
    if fields.get("anaesthetic") not in ("yes", "no"):
        yield "anaesthetic", _("Answer whether an anaesthetic was used.")
    if fields.get("anaesthetic") == "yes":
        yield from _lot(session, fields, Lot.Kind.ANAESTHETIC.value, "")
        yield from _times(fields, "applied_at", "removed_at")
        if fields.get("applied_at") and fields.get("removed_at", "") and fields["removed_at"] < fields["applied_at"]:
            yield "removed_at", _("This lies before it was applied. Check both times.")


def _work(session: Session, fields: dict[str, Any], planned: PlannedSession) -> Found:
    for zone in planned.zones:
        yield from _zone(zone.zone, fields)
    nothing = all(fields.get(f"zone.{one.zone}.delivered") == "no" for one in planned.zones)
    for kind, item in slots(folder_of(session.client.clinic), planned):
        if nothing and not fields.get(f"lot.{kind}.{item}") and not fields.get(f"code.{kind}.{item}"):
            fields[f"lot.{kind}.{item}"] = "unknown"
        yield from _lot(session, fields, kind, item)
    for name in [one for one in fields if one.startswith("volume.")]:
        yield from _number(fields, name)


def _zone(zone: str, fields: dict[str, Any]) -> Found:
    state = fields.get(f"zone.{zone}.delivered")
    if state not in ("yes", "part", "no"):
        yield f"zone.{zone}.delivered", _("Say whether this zone was done.")
    if state == "part":
        share = number(fields.get(f"zone.{zone}.share"))
        if not isinstance(share, float) or not 0 <= share <= 100:
            yield f"zone.{zone}.share", _("Enter which part of its area was done, in percent.")
    if state in ("yes", "part"):
        for key in NUMBERS:
            yield from _number(fields, f"zone.{zone}.{key}", whole=key in WHOLE)


def _number(fields: Mapping[str, Any], name: str, *, whole: bool = False) -> Found:
    value = number(fields.get(name))
    if value is None:
        return
    if not isinstance(value, float) or not 0 <= value < 1e6:
        yield name, _("“%(value)s” is no number. Leave it empty where it is not known.") % {"value": fields.get(name)}
    elif whole and value != int(value):
        yield name, _("Enter a whole number, or leave it empty where it is not known.")


def _finish(session: Session, fields: dict[str, Any], _planned: PlannedSession) -> Found:
    reactions = fields.get("reactions") or []
    if not reactions:
        yield "reactions", _("Say what was seen, or that there was none.")
    if not set(reactions) <= set(REACTIONS):
        yield "reactions", _("Choose from the list.")
    if "none" in reactions and len(reactions) > 1:
        yield "reactions", _("“None” stands beside another. Take one out.")
    if fields.get("stopped_early") not in ("yes", "no"):
        yield "stopped_early", _("Answer whether it was stopped before its end.")
    yield from _times(fields, "after_at")
    before = str(session.draft.get("skin", {}).get("before_at") or "") if session.state == Session.State.OPEN else ""
    if fields.get("after_at") and str(fields["after_at"]) < before:
        yield "after_at", _("This lies before it was applied. Check both times.")


def _times(fields: Mapping[str, Any], *names: str) -> Found:
    for name in names:
        if fields.get(name) and not _TIME.fullmatch(str(fields[name])):
            yield name, _("Enter the time as hours and minutes, or leave it empty where it is not known.")


def _lot(session: Session, fields: dict[str, Any], kind: str, item: str) -> Found:
    """Put the chosen lot in the place of what was scanned or typed."""
    name = f"{kind}.{item}"
    try:
        lot = pick_lot(session.client.clinic, kind, item, fields, session.on)
    except ValidationError as error:
        yield f"lot.{name}", " ".join(error.messages)
        return
    fields[f"lot.{name}"] = "unknown" if lot is None else str(lot.pk)
    for part in ("code", "expiry", "name"):
        fields.pop(f"{part}.{name}", None)
