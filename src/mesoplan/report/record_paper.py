"""course-report.pdf: planned, delivered and cumulative, lots, reactions, outcomes, and whether the record is whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mesoplan.record.model import NUMBERS, SessionDone
from mesoplan.report.context import PaperContext
from mesoplan.report.names import zone_order
from mesoplan.report.record_text import mark_text
from mesoplan.report.typeset import printable, typeset
from mesoplan.report.words import EN_DASH, sentence
from mesoplan.serial import to_json

if TYPE_CHECKING:
    from datetime import date

    from mesoplan.clinic.model import Clinic
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.plan import Plan
    from mesoplan.record.model import AdverseEvent
    from mesoplan.record.summary import CourseReport, ZoneCourse

FILES = ("report.json", "course-report.pdf")
"""What a report writes, in the order in which it is named to the user."""
PER_TABLE = 5
"""Sessions side by side in one table."""
_DIGITS = {"depth_mm": 2, "frequency_hz": 1, "hand_speed_mm_s": 1, "minutes": 1, "volume_ml": 2}
_SEVERITY_TONES = {"mild": "info", "moderate": "defer", "severe": "no", "serious": "no", "unknown": "defer"}
_SIGNS = {"info": "·", "defer": "!", "no": "✗"}


def make_report(
    report: CourseReport, plan: Plan, knowledge: Knowledge, clinic: Clinic | None, language: str
) -> dict[str, bytes]:
    """Return the files of a report by their names.

    Args:
        report: The report.
        plan: The plan in the course's folder: who it is.
        knowledge: Where names and words come from.
        clinic: For the names of devices and products, None: their ids are printed.
        language: Language of the paper.
    """
    context = PaperContext(replace(plan, language=language, on=report.on), knowledge, clinic)
    paper = typeset("record", record_context(context, report))
    return {"report.json": to_json(report).encode(), "course-report.pdf": paper}


def record_context(context: PaperContext, report: CourseReport) -> dict[str, Any]:
    """Return everything course-report.pdf says."""
    words = context.words
    frame = context.frame("record")
    if report.simulated:
        frame["example"] = words("record.simulated")
    return {
        **frame,
        "heading": words("record.heading", done=report.sessions_done, sessions=report.sessions_planned),
        "figures": _figures(context, report),
        "broken": _broken(context, report),
        "covers": _covers(context, report),
        "sessions": [_session(context, one, entry) for entry, one in zip(report.entries, report.sessions, strict=True)],
        "lots": _lots(context, report),
        "events": _events(context, report),
        "scores": _scores(context, report),
        "integrity": _integrity(context, report),
    }


def _figures(context: PaperContext, report: CourseReport) -> list[dict[str, str]]:
    words = context.words
    days = [one.delivered.date for one in report.sessions]
    span = EN_DASH if not days else words.short_day(days[0])
    if len(days) > 1:
        span = f"{span} {EN_DASH} {words.short_day(days[-1])}"
    open_events = sum(event.resolved != "yes" for event in report.adverse_events)
    found = (
        ("sessions", words("record.of", first=report.sessions_done, all=report.sessions_planned)),
        ("days", span),
        ("limits", str(sum(len(one.limits_broken) for one in report.sessions))),
        ("events", words("record.open_of", all=len(report.adverse_events), open=open_events)),
    )
    return [{"label": words(f"record.figure.{key}"), "value": value} for key, value in found]


def _broken(context: PaperContext, report: CourseReport) -> list[str]:
    """Return every limit that stops and was broken, with its session."""
    words = context.words
    return [
        words("record.in_session", session=one.delivered.session, text=printable(mark_text(context.names, mark)))
        for one in report.sessions
        for mark in one.limits_broken
    ]


def _covers(context: PaperContext, report: CourseReport) -> list[dict[str, Any]]:
    """Return tables of delivered (planned) cover, so many sessions side by side; nothing without a device."""
    words = context.words
    zones = {one.zone: one for one in report.zones if any(cover is not None for cover in one.planned)}
    numbers = [one.delivered.session for one in report.sessions]
    tables = []
    for start in range(0, len(numbers) if zones else 0, PER_TABLE):
        part = slice(start, start + PER_TABLE)
        last = min(start + PER_TABLE, len(numbers))
        rows = [_cover_row(context, zones[zone], part, last) for zone in zone_order(context.knowledge, zones)]
        heads = [words("record.session_head", number=number) for number in numbers[part]]
        tables.append(
            {
                "head": [words("record.head.zone"), *heads, words("record.head.together")],
                "columns": ["2", *("1" for _ in heads), "1.2"],
                "rows": rows,
            }
        )
    return tables


def _cover_row(context: PaperContext, zone: ZoneCourse, part: slice, last: int) -> list[str]:
    words = context.words
    pairs = zip(zone.delivered[part], zone.planned[part], strict=True)
    cells = [_pair(context, _share(context, done), planned) for done, planned in pairs]
    together = _share(context, zone.delivered_after[last - 1])
    if zone.delivered_after[last - 1] is None and last == len(zone.delivered):
        together = words("range.at_least", value=words.percent(zone.at_least))
    return [sentence(context.names.zone(zone.zone)), *cells, _pair(context, together, zone.planned_after[last - 1])]


def _pair(context: PaperContext, delivered: str, planned: float | None) -> str:
    return context.words("progress.pair", first=delivered, all=_share(context, planned))


def _share(context: PaperContext, cover: float | None) -> str:
    return EN_DASH if cover is None else context.words.percent(cover)


def _session(context: PaperContext, done: SessionDone, entry: int) -> dict[str, Any]:
    words, delivered = context.words, done.delivered
    reactions = [words(f"session.reaction.{one}") for one in delivered.reactions or ()]
    facts = (
        ("practitioner", delivered.practitioner),
        ("device", _device(context, delivered.device)),
        ("cartridge", _cartridge(context, delivered.cartridge.id)),
        ("anaesthetic", _anaesthetic(context, done)),
        ("endpoint", delivered.endpoint),
        ("reactions", ", ".join(reactions) or None),
        ("stopped", None if delivered.stopped_early == "unknown" else words(f"session.{delivered.stopped_early}")),
        ("notes", delivered.notes or None),
    )
    unknown = words("record.unknown")
    return {
        "title": words("record.session", number=delivered.session, day=words.day(delivered.date), entry=entry),
        "simulated": words("record.simulated") if delivered.simulated else "",
        "facts": [
            {"label": words(f"record.fact.{key}"), "value": unknown if value is None else printable(value)}
            for key, value in facts
            if key != "notes" or value is not None
        ],
        "table": _settings(context, done),
        "marks": [
            {"tone": "no" if one.stops else "info", "text": printable(mark_text(context.names, one))}
            for one in done.marks
        ],
    }


def _settings(context: PaperContext, done: SessionDone) -> dict[str, Any]:
    """Return what was set in each zone, the planned value in brackets where it differs."""
    words, zones = context.words, {one.zone: one for one in done.delivered.zones}
    planned = {one.zone: one for one in done.planned.zones}
    used = [
        name for name in NUMBERS if any(getattr(one, name) is not None for one in (*zones.values(), *planned.values()))
    ]
    rows = []
    for name in zone_order(context.knowledge, zones):
        zone, plan = zones[name], planned.get(name)
        state = words(f"record.state.{zone.delivered}")
        if zone.delivered == "part" and zone.share is not None:
            state = f"{state}, {words.percent(zone.share)}"
        cells = [_value(context, item, zone.number(item), getattr(plan, item, None)) for item in used]
        if zone.delivered == "no":
            cells = [EN_DASH for _ in used]
        rows.append([sentence(context.names.zone(name)), state, *cells])
    names = {one: words(f"record.column.{one}") for one in used}
    if context.plan.layout.roller:  # a roller has a length of needles and promises no depth
        names["depth_mm"] = words("zones.needles")
    head = [words("record.head.zone"), words("record.head.done"), *(names[one] for one in used)]
    return {"head": head, "columns": ["2.2", "1.1", *("1" for _ in used)], "rows": rows}


def _value(context: PaperContext, item: str, value: float | None, planned: float | None) -> str:
    words, digits = context.words, _DIGITS.get(item, 0)
    shown = words("record.unknown") if value is None else words.number(value, digits)
    if planned is None or (value is not None and words.number(value, digits) == words.number(planned, digits)):
        return shown
    return words("progress.pair", first=shown, all=words.number(planned, digits))


def _device(context: PaperContext, device: str | None) -> str | None:
    found = context.clinic.tools.get(device or "") if context.clinic else None
    return device if found is None else found.name


def _cartridge(context: PaperContext, cartridge: str | None) -> str | None:
    found = context.clinic.cartridges.get(cartridge or "") if context.clinic else None
    return cartridge if found is None else found.name


def _product(context: PaperContext, name: str) -> str:
    found = context.clinic.products.get(name) if context.clinic else None
    return _cartridge(context, name) or name if found is None else found.name


def _anaesthetic(context: PaperContext, done: SessionDone) -> str | None:
    used = done.delivered.anaesthetic
    if used.used != "yes":
        return None if used.used == "unknown" else context.words("session.no")
    times = [one for one in (used.applied_at, used.removed_at) if one is not None]
    parts = [used.product or context.words("session.yes"), used.amount, EN_DASH.join(times) or None]
    return ", ".join(part for part in parts if part is not None)


def _lots(context: PaperContext, report: CourseReport) -> dict[str, Any]:
    words, unknown = context.words, context.words("record.unknown")
    rows = [
        [
            printable(_product(context, one.what)),
            printable(one.lot or unknown),
            unknown if one.expires_on is None else words.short_day(one.expires_on),
            EN_DASH if one.volume_ml is None else words.measure(one.volume_ml, "ml"),
            str(one.session),
        ]
        for one in report.lots
    ]
    head = [words(f"record.lots.{key}") for key in ("what", "lot", "expiry", "volume", "session")]
    return {"head": head, "columns": ["2", "1.2", "auto", "auto", "auto"], "rows": rows}


def _events(context: PaperContext, report: CourseReport) -> dict[str, Any]:
    rows = [_event(context, one) for one in report.adverse_events]
    head = [context.words(f"record.events.{key}") for key in ("what", "severity", "onset", "where", "action", "over")]
    return {"head": head, "columns": ["1.3", "auto", "auto", "1.2", "1.3", "1"], "rows": rows}


def _event(context: PaperContext, event: AdverseEvent) -> list[Any]:
    words, unknown = context.words, context.words("record.unknown")
    tone = _SEVERITY_TONES[event.severity]
    harm = context.knowledge.harms.get(event.what)
    where = [context.names.zone(event.zone)] if event.zone else []
    where += [words("record.session_head", number=event.session)] if event.session is not None else []
    where += [words("record.lot", lot=printable(event.lot))] if event.lot is not None else []
    over = words(f"record.over.{event.resolved}")
    if event.resolved_on is not None:
        over = f"{over}, {words.short_day(event.resolved_on)}"
    return [
        printable(event.what) if harm is None else sentence(words.text(harm.title)),
        {"tone": tone, "sign": _SIGNS[tone], "label": words(f"record.severity.{event.severity}")},
        _day(context, event.onset),
        ", ".join(where) or unknown,
        printable(event.action or unknown),
        over,
    ]


def _day(context: PaperContext, day: date | None) -> str:
    return context.words("record.unknown") if day is None else context.words.short_day(day)


def _scores(context: PaperContext, report: CourseReport) -> dict[str, Any]:
    words, rows = context.words, []
    for one in sorted(report.scores, key=lambda score: (score.scale, score.zone, score.scored_on)):
        fact = context.knowledge.facts.get(f"scale.{one.scale}")
        quantity = None if fact is None else fact.resolution.quantity
        value = words.number(one.value, 1)
        if quantity is not None:
            value = words("progress.pair", first=value, all=words.span(quantity.low, quantity.high, 1))
        role = words(f"record.role.{one.role}")
        rows.append(
            [
                one.scale if fact is None else words.text(fact.title),
                value,
                words.short_day(one.scored_on),
                sentence(context.names.zone(one.zone)) if one.zone else EN_DASH,
                f"{role}: {printable(one.scored_by)}" if one.scored_by else role,
            ]
        )
    head = [words(f"record.scores.{key}") for key in ("scale", "value", "day", "zone", "who")]
    return {"head": head, "columns": ["2.2", "auto", "auto", "1", "1.2"], "rows": rows}


def _integrity(context: PaperContext, report: CourseReport) -> list[str]:
    words, found = context.words, report.integrity
    lines = [words("record.whole", entries=found.entries), words("record.head", head=_hash(found.head))]
    for number, corrects, reason, day in found.corrections:
        shown = words.short_day(day)
        text = words("record.correction", entry=number, corrects=corrects, day=shown, reason=printable(reason))
        lines.append(text)
    return [*lines, words("record.not_detected")]


def _hash(head: str) -> str:
    """Return a hash in groups of eight, which may break over lines and can be compared by eye."""
    return " ".join(head[start : start + 8] for start in range(0, len(head), 8))
