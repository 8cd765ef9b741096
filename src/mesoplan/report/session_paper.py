"""session.pdf: the sheet of the next session, two sides; what was checked, what is set, what was really done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.clinic.model import EMERGENCY_EVENTS
from mesoplan.report.consent_paper import consents_of, version_words
from mesoplan.report.context import PaperContext
from mesoplan.report.leaflet_paper import harms_here, next_session
from mesoplan.report.names import side_warning
from mesoplan.report.plan_paper import allergy_panel, finding_row
from mesoplan.report.plan_zones import mode_lines, settings
from mesoplan.report.progress_text import progress_notes
from mesoplan.report.session_delivered import delivered_tables, layout_kinds
from mesoplan.report.session_steps import (
    anaesthesia,
    antisepsis,
    before_start,
    before_title,
    during,
    finishing,
    techniques_used,
)
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.intake.model import AllergyTest

CHANGES = ("health", "medicines", "pregnancy", "allergies", "skin", "treatments", "sun")
REACTIONS = ("none", "redness", "bleeding", "blanching", "pain", "faintness", "other")
_NOT_NEEDED = ("area", "cover", "cover_estimate", "density")
_WIDTHS = {"zone": "1", "manner": "0.5", "energy": "3"}
"""Shares of the columns whose words may break; the others are as wide as they have to be."""
BLANK = "_" * 12
SHARPS = {
    "gliding_pen": ("cartridge", "count"),
    "points": ("needles", "count"),
    "stamp": ("stamp", "count"),
    "roller": ("roller", "count"),
    "needle_free": ("tip",),
}
"""What is thrown away, by kind of layout."""


def session_context(context: PaperContext, map_svg: str) -> dict[str, Any]:
    """Return everything session.pdf says.

    Raises:
        ValueError: If the plan does not allow the sheet; it is never drawn then.
    """
    if not context.sheet_ready or context.clinic is None:
        raise ValueError(f"no session sheet may be printed: {', '.join(context.sheet_reasons)}")
    words, session = context.words, next_session(context)
    number = context.plan.intake.sessions_done + 1 if session is None else session.number
    return {
        **context.frame("session"),
        "heading": words("session.heading", number=number, sessions=context.plan.course.sessions),
        "validity": words("session.validity", day=words.weekday(context.plan.on)),
        "map": map_svg,
        "map_alt": words("session.map_alt"),
        "side_warning": side_warning(context.plan.surface, words),
        "photo_place": "" if context.thumbnail else words("session.photo_place"),
        "changes": [words(f"session.change.{one}") for one in CHANGES],
        "allergies": allergy_panel(context),
        "readings": _readings(context),
        "consents": _consents(context),
        "stop": _stop_rules(context),
        "observe": _observe(context),
        "protocols": _protocols(context),
        "before_title": before_title(context),
        "before": before_start(context),
        "materials": _materials(context),
        "antisepsis": antisepsis(context),
        "anaesthesia": anaesthesia(context),
        "during": during(context),
        "finishing": finishing(context),
        "lots": _lots(context),
        "mode": " ".join(mode_lines(context)),
        "settings": _settings(context),
        "progress": progress_notes(context.names, context.plan, short=True),
        "delivered": delivered_tables(context),
        "endpoint": _endpoint(context),
        "reactions": [words(f"session.reaction.{one}") for one in REACTIONS],
        "sharps": _sharps(context),
        "sharps_title": words(
            "session.tools_title" if layout_kinds(context) == ["needle_free"] else "session.sharps_title"
        ),
        "antiseptic": [words(f"session.antiseptic.{one}") for one in ("product", "lot", "before", "after")],
        "anaesthetic": _anaesthetic_blanks(context),
        "signature": [words(f"session.signature.{one}") for one in ("name", "signed", "time")],
    }


def _materials(context: PaperContext) -> list[str]:
    every = (context.words.text(one) for technique in techniques_used(context) for one in technique.materials)
    return [sentence(one) for one in dict.fromkeys(every)]


def _anaesthetic_blanks(context: PaperContext) -> list[str]:
    """Return what to write down of the anaesthetic; nothing for a technique without one."""
    if not any("anaesthesia" in technique.facts for technique in techniques_used(context)):
        return []
    return [context.words(f"session.anaesthetic.{one}") for one in ("product", "amount", "applied", "removed")]


def _sharps(context: PaperContext) -> list[str]:
    keys = dict.fromkeys(key for kind in layout_kinds(context) for key in SHARPS[kind])
    return [context.words(f"session.sharps.{key}") for key in sorted(keys, key=lambda key: key == "count")]


def _readings(context: PaperContext) -> list[str]:
    """Return the allergy test of each chosen product with its readings."""
    words, found = context.words, []
    tests: dict[str, list[AllergyTest]] = {}
    for test in context.plan.intake.allergy_tests:
        tests.setdefault(test.product, []).append(test)
    for product in context.chosen_products:
        for test in tests.get(product.id, ())[-1:]:
            readings = ", ".join(
                words("session.reading", day=words.short_date(day), result=words(f"session.result.{result}"))
                for day, result in test.readings
            )
            placed = words.short_date(test.placed_on)
            found.append(words("session.test", product=printable(product.name), placed=placed, readings=readings))
    return found


def _consents(context: PaperContext) -> list[str]:
    """Return what has to be signed: each consent by its version, or the clinic's own where the knowledge has none."""
    consents = consents_of(context)
    if consents:
        return [version_words(context, one, "session.consent") for one in consents]
    techniques = dict.fromkeys(zone.technique for zone in context.plan.prescription.zones)
    named = context.words.joined(context.names.technique(one) for one in techniques)
    return [context.words("session.consent_own", technique=named)]


def _protocols(context: PaperContext) -> list[dict[str, str]]:
    """Return the clinic's own emergency protocols, word for word."""
    words, found = context.words, []
    protocols = context.clinic.emergency_protocols if context.clinic else {}
    for event in EMERGENCY_EVENTS:
        protocol = protocols.get(event)
        if protocol is not None:
            by = printable(protocol.approved_by)
            approved = words("session.approved", by=by, day=words.short_date(protocol.approved_on))
            text = printable(words.text(protocol.text))
            found.append({"title": words(f"emergency.{event}"), "text": text, "approved": approved})
    return found


def _lots(context: PaperContext) -> dict[str, Any]:
    """Return the lots of the chosen products with their expiry; an expired lot says so."""
    words, rows, kinds = context.words, list[list[Any]](), layout_kinds(context)
    amount = f"\u2610 {words('session.lots.amount', blank='_' * 6)}"
    for product in context.chosen_products:
        for lot in product.lots:
            expiry: Any = words.short_date(lot.expires_on)
            if lot.expires_on < context.plan.on:
                expiry = {"tone": "no", "sign": "\u2717", "label": words("session.expired", day=expiry)}
            rows.append([printable(product.name), printable(lot.number), expiry, amount])
        if not product.lots:
            rows.append([printable(product.name), BLANK, BLANK, amount])
    tools: dict[str, str] = {}
    if context.clinic is not None:
        tools = {one.id: one.name for one in context.clinic.cartridges.values()}
        tools |= {one.id: one.name for one in context.clinic.stamps.values()}
        tools |= {one.id: one.name for one in context.clinic.rollers.values()}
    used = dict.fromkeys(one for zone in context.plan.prescription.zones for one in (zone.cartridge, zone.device))
    rows += [[printable(tools[one]), BLANK, BLANK, "\u2610"] for one in used if one in tools]
    if "points" in kinds:
        rows.append([words("session.lots.needles"), BLANK, BLANK, "\u2610"])
    what = words(f"session.lots.what.{kinds[0] if len(kinds) == 1 else 'mixed'}")
    head = [what, *(words(f"session.lots.{one}") for one in ("lot", "expiry", "used"))]
    return {"head": head, "columns": ["1.6", "1", "auto", "auto"], "rows": rows}


def _stop_rules(context: PaperContext) -> list[str]:
    """Return the signs at which the session stops at once, as the knowledge titles them; then the client's wish."""
    words = context.words
    found = [sentence(words.text(harm.title)) for harm in harms_here(context) if harm.stops]
    return [*found, words("session.stop_wish")]


def _observe(context: PaperContext) -> list[dict[str, str]]:
    """Return every point to observe in this session with what to do about it; a doctor's conditions come first."""
    return [finding_row(context, group) for group in context.cautions]


def _settings(context: PaperContext) -> list[dict[str, Any]]:
    """Return the settings of the zones, without what the hand does not need."""
    tables: list[dict[str, Any]] = settings(context)["tables"]
    for table in tables:
        keep = [number for number, key in enumerate(table["keys"]) if key not in _NOT_NEEDED]
        table["head"] = [table["head"][number] for number in keep]
        table["columns"] = [_WIDTHS.get(table["keys"][number], "auto") for number in keep]
        rows = [[row[number] for number in keep] for row in table["rows"]]
        table["rows"] = _both_sides(rows)
        if len(table["rows"]) < len(rows) and "volume" in table["keys"]:
            table["short_note"] = f"{context.words('settings.each_side')} {table['short_note']}"
    return tables


def _both_sides(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with right and left of a zone as one where their settings are the same."""
    found: list[list[str]] = []
    for row in rows:
        number, _, name = row[0].partition(" ")
        last = found[-1] if found else None
        if last is not None and last[0].partition(" ")[2] == name and last[2:] == row[2:]:
            last[0] = f"{last[0].partition(' ')[0]}\u00a0+\u00a0{number} {name}"
            last[1] = f"{last[1]}, {row[1]}"
        else:
            found.append(list(row))
    return found


def _endpoint(context: PaperContext) -> str:
    """Return the endpoint of the manner of injection, empty for a device."""
    for zone in context.plan.prescription.zones:
        for manner in context.knowledge.techniques[zone.technique].manners:
            if manner.id == zone.manner:
                return context.words.text(manner.endpoint)
    return ""
