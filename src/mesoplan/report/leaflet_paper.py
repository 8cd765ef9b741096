"""leaflet.pdf: for the client, in plain words; urgent signs first, then tonight, then what is allowed from when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.report.context import PaperContext
from mesoplan.report.findings import Group, standing
from mesoplan.report.leaflet_undated import bans_after, length_words, undated_before, undated_table
from mesoplan.report.plan_course import EARLY_CHECKS, appointment_name, days_of
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence, within
from mesoplan.units import add_duration

if TYPE_CHECKING:
    from mesoplan.course.model import Appointment, Restriction
    from mesoplan.knowledge.model import Harm

LUMPS = "lumps"
LUMPS_FACT = "followup.week_12"
BODY, SCALP, BODY_DAYS = "body", "scalp", "aftercare.body"
TONIGHT = 7
SUN, HARD, LIGHT = "sun", "exercise_hard", "exercise_light"
SHOWN_QUESTIONS = 14
SHOWN_APPOINTMENTS = 4
SHOWN_AT_HOME = 5
"""The readings of the test are the client's own."""


def leaflet_context(context: PaperContext) -> dict[str, Any]:
    """Return everything leaflet.pdf says: the two sides after a session, or why there is none and from when."""
    treated = context.may_treat and bool(context.plan.prescription.zones)
    frame = context.frame("leaflet")
    if not treated:
        refused = _refused(context)
        return {**frame, "treated": False, "telephone": telephones(context), "refused": refused, **closing(context)}
    session = next_session(context)
    day = None if session is None else session.day
    ahead = day is not None and day > context.plan.on
    following = session if ahead else _session_after(context, session)
    before = undated_before(context) if session is None else _before(context, following, session)
    first = ahead or session is None
    return {
        **frame,
        "treated": True,
        "heading": context.words("leaflet.heading_ahead" if first else "leaflet.heading"),
        "intro": context.words("leaflet.intro", day=context.words.day(day)) if day else context.words("leaflet.no_day"),
        "telephone": telephones(context),
        "urgent": urgent_signs(context),
        "ahead": first,
        "before": before if first else [],
        "before_next": [] if first else before,
        "evening": context.words("leaflet.evening_title" if first else "leaflet.tonight_title"),
        "tonight": _tonight(context, session),
        "test": context.words("leaflet.test") if _is_tested(context) else "",
        "own": own_points(context),
        "table": _table(context, session),
        "normal": normal_table(context, day),
        "lumps": lumps(context, day),
        **closing(context),
    }


def next_session(context: PaperContext) -> Appointment | None:
    """Return the next session of the course, None without a date."""
    sessions = [one for one in context.plan.course.appointments if one.kind == "session"]
    return min(sessions, key=lambda one: one.day, default=None)


def _session_after(context: PaperContext, session: Appointment | None) -> Appointment | None:
    """Return the session after this one, None where there is none."""
    later = [
        one for one in context.plan.course.appointments if session and one.kind == "session" and one.day > session.day
    ]
    return min(later, key=lambda one: one.day, default=None)


def _is_tested(context: PaperContext) -> bool:
    """Return whether an allergy test, or a reading of one, is still to come."""
    return any(one.kind in ("allergy test", "reading") for one in context.plan.course.appointments)


def own_points(context: PaperContext) -> list[str]:
    """Return what is true of this client alone, in the client's words; what a doctor decided stands in the letter."""
    groups = [one for one in context.cautions if one.first.lifted_by is None]
    return list(dict.fromkeys(sentence(context.say.client_says(one.first, at_home=context.at_home)) for one in groups))


def harms_here(context: PaperContext) -> list[Harm]:
    """Return the side effects of the plan's techniques, in the knowledge's order."""
    tags = {"all"}
    for zone in context.plan.prescription.zones:
        tags.update(context.knowledge.techniques[zone.technique].tags)
    return [harm for harm in context.knowledge.harms.values() if not tags.isdisjoint(harm.techniques)]


def urgent_signs(context: PaperContext) -> list[str]:
    """Return the signs at which the client phones at once, each once."""
    return list(dict.fromkeys(context.words.text(harm.leaflet) for harm in harms_here(context) if harm.urgent))


def telephones(context: PaperContext) -> dict[str, str]:
    """Return the clinic's numbers, blanks to be filled in by hand where there is no clinic folder."""
    blank = "_" * 24
    clinic = context.clinic
    return {
        "urgent": printable(clinic.emergency_telephone) if clinic else blank,
        "clinic": printable(clinic.telephone) if clinic else blank,
    }


def closing(context: PaperContext) -> dict[str, Any]:
    """Return what ends every leaflet: the next dates, and that no medicine is stopped."""
    course = context.plan.course
    wanted = context.headline in TREATABLE or context.headline is Verdict.DEFER
    dates = [one for one in course.appointments if wanted and one.day > context.plan.on]
    shown = dates[: SHOWN_AT_HOME if context.at_home else SHOWN_APPOINTMENTS]
    rows = [[days_of(context, one), _what_for(context, one)] for one in shown]
    intro = "leaflet.next_none" if not rows else "leaflet.next_provisional" if course.provisional else ""
    return {
        "next": {
            "intro": context.words(intro) if intro else "",
            "head": [context.words(f"leaflet.next_head.{one}") for one in ("day", "what")],
            "columns": ["auto", "1"],
            "rows": rows,
        },
        "medicines": context.words("leaflet.medicines"),
    }


def _what_for(context: PaperContext, one: Appointment) -> str:
    """Return what an appointment is for; the early checks are no visits, which the client should know."""
    home = f"home.appointment.{one.kind.replace(' ', '_')}"
    if context.at_home and home in context.words:
        return context.words(home)
    early = one.kind == "follow-up" and one.note in EARLY_CHECKS
    return context.words("leaflet.check") if early else appointment_name(context, one)


# -- around a session


def held_by(context: PaperContext, session: Appointment | None) -> list[Restriction]:
    """Return what is left off because of this session, the shortest first."""
    if session is None:
        return []
    found = [one for one in context.plan.course.restrictions if one.first_day <= session.day < one.free_from]
    return sorted(found, key=lambda one: (one.free_from, one.ban))


def _before(context: PaperContext, session: Appointment | None, today: Appointment | None) -> list[str]:
    """Return what to leave off ahead of a session still to come, each with its first day.

    What is left off since today's session already stands in its table.
    """
    if session is None or session.day <= context.plan.on:
        return []
    words, bans = context.words, context.knowledge.bans
    known = held_by(context, today) if today is not session else []
    found = []
    ahead = [held for held in held_by(context, session) if held not in known]
    for one in sorted(ahead, key=lambda held: max(held.first_day, context.plan.on)):
        ban = bans[one.ban]
        if ban.before is not None or ban.after is None:
            first = words.day(max(one.first_day, context.plan.on))
            found.append(words("leaflet.before_from", day=first, what=within(words.text(ban.leaflet))))
    return found


def _tonight(context: PaperContext, session: Appointment | None) -> list[str]:
    """Return what to leave off on the evening of the session, the shortest first."""
    words, bans = context.words, context.knowledge.bans
    held = [bans[one.ban] for one in held_by(context, session)] if session else bans_after(context)
    names = dict.fromkeys(ban.id for ban in held if ban.after is not None)
    first = [one for one in list(names)[:TONIGHT] if one != HARD or LIGHT not in names]  # no sport at all says it too
    first += [SUN] if SUN in names and SUN not in first else []  # it lasts longest, and tells of hat and sun cream
    said = (" ".join(filter(None, map(words.text, (bans[name].leaflet, bans[name].afterwards)))) for name in first)
    return [words("leaflet.tonight_rest"), *said]


def _body_days(context: PaperContext) -> list[str]:
    """Return, where the body is treated, that the same days hold there, and which shorter ones a source gives."""
    knowledge = context.knowledge
    body = set(knowledge.expand(BODY)) - set(knowledge.expand(SCALP))
    fact = knowledge.facts.get(BODY_DAYS)
    if fact is None or not any(zone.zone in body for zone in context.plan.prescription.zones):
        return []
    return [context.words("leaflet.body_days", days=context.words.quantity(fact.resolution.quantity))]


def _table(context: PaperContext, session: Appointment | None) -> dict[str, Any]:
    """Return from when each thing is allowed again, in the order of the days."""
    if session is None:
        table = undated_table(context)
        return table | {"note": " ".join([table["note"], *_body_days(context)])}
    words, bans, rows = context.words, context.knowledge.bans, []
    for one in held_by(context, session):
        if bans[one.ban].after is not None:
            limited = words("leaflet.limited") if one.severity == "limit" else ""
            rows.append([words.text(bans[one.ban].title) + limited, free_words(context, one)])
    return {
        "title": words("leaflet.table_title"),
        "head": [words(f"leaflet.table.{one}") for one in ("what", "again_from")],
        "columns": ["1", "auto"],
        "rows": rows,
        "note": " ".join([words("leaflet.table_note"), *_body_days(context)]),
    }


def free_words(context: PaperContext, held: Restriction) -> str:
    """Return the first free day; where the same thing is left off again ahead of a later session, until when it lasts.

    What is left off only from a session on is told with that session.
    """
    words, course = context.words, context.plan.course
    sessions = {one.day for one in course.appointments if one.kind == "session"}
    later = [one.first_day for one in course.restrictions if one.ban == held.ban and one.first_day >= held.free_from]
    last = min(later, default=None)
    if last is None or last in sessions:
        return words.weekday(held.free_from)
    return words("leaflet.not_again", day=words.short_day(held.free_from), again=words.short_date(last))


def normal_table(context: PaperContext, day: date | None) -> dict[str, Any]:
    """Return what is normal, and until when or, without a date, for how long; later the clinic wants to know."""
    words, rows = context.words, []
    for harm in harms_here(context):
        if harm.kind == "expected":
            until = _end(context, harm.until, day)
            shown = words.weekday(until) if until else length_words(context, harm.until) if day is None else "\u2013"
            rows.append([words.text(harm.leaflet), shown])
    head = [words(f"leaflet.normal.{one}") for one in ("what", "until" if day is not None else "lasts")]
    return {"head": head, "columns": ["1", "auto"], "rows": rows}


def lumps(context: PaperContext, day: date | None) -> str:
    """Return the warning of lumps that may come late, with its last day or, without a date, its length."""
    harm = context.knowledge.harms.get(LUMPS)
    text = "" if harm is None else context.words.text(harm.leaflet)
    if day is None and LUMPS_FACT in context.knowledge.facts:
        return f"{text} {context.words('leaflet.watch_for', length=length_words(context, LUMPS_FACT))}"
    until = _end(context, LUMPS_FACT, day)
    return text if until is None else f"{text} {context.words('leaflet.watch_until', day=context.words.day(until))}"


def _end(context: PaperContext, fact: str | None, day: date | None) -> date | None:
    """Return the day on which a fact's duration, begun on `day`, is over; None where either is not known."""
    if fact is None or day is None or fact not in context.knowledge.facts:
        return None
    quantity = context.knowledge.facts[fact].resolution.quantity
    if quantity is None or quantity.high is None:
        return None
    return add_duration(day, quantity.high, quantity.unit)


# -- no session


def _refused(context: PaperContext) -> dict[str, Any]:
    """Return in kind words what the verdict means and from when; no restrictions."""
    words, verdict = context.words, context.verdict
    key = meaning = "nothing_planned" if verdict in TREATABLE else verdict.value
    values = {}
    if verdict is Verdict.DEFER:
        key = "DEFER.dated" if context.eligible_from else "DEFER.undated"
        values = {"day": words.day(context.eligible_from)} if context.eligible_from else {}
    said = [_reason(context, group) for group in standing(context.groups, context.knowledge)]
    reasons = list(dict.fromkeys(said))
    questions = [context.asked(name) for name in context.missing[:SHOWN_QUESTIONS]]
    more = len(context.missing) - len(questions)
    return {
        "title": words(f"refused.{key}.title", **values),
        "meaning": words(f"refused.{meaning}.meaning"),
        "reasons": reasons,
        "what_next": words(f"refused.{key}.next"),
        "questions": questions,
        "more": words.count("refused.more_questions", more) if more > 0 else "",
    }


def _reason(context: PaperContext, group: Group) -> str:
    text = sentence(context.say.client_says(group.first)).rstrip(".")
    where = context.names.zones(group.zones)
    dated = group.until is not None and context.verdict is not Verdict.CONTRAINDICATED  # no day would be true then
    until = context.words("refused.from", day=context.words.day(group.until)) if dated and group.until else ""
    return f"{text} ({where}). {until}".rstrip() if where else f"{text}. {until}".rstrip()
