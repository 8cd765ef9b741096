"""plan.pdf, page 1: may she be treated, when, on whose authority; and the pages put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.report.basis import basis_line, basis_page
from mesoplan.report.context import TONES, PaperContext
from mesoplan.report.findings import SYMBOLS, Group, standing
from mesoplan.report.names import side_warning
from mesoplan.report.plan_course import appointment_name, course_page
from mesoplan.report.plan_limits import limits
from mesoplan.report.plan_zones import asked, map_part, settings, techniques, unplanned_lines, zones_table
from mesoplan.report.quality_paper import quality_page
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence, within

if TYPE_CHECKING:
    from mesoplan.course.model import Appointment
    from mesoplan.report.words import Words

SHOWN_STANDING = 6
SHOWN_QUESTIONS = 6
DETAILED_CAUTIONS = 5
_ALLERGY_QUESTIONS = (
    "allergies",
    "drug_allergy",
    "anaphylaxis_history",
    "anaesthetic_reaction",
    "latex_allergy",
    "metal_allergy",
)


def plan_context(context: PaperContext, map_svg: str) -> dict[str, Any]:
    """Return everything plan.pdf says, as words and numbers; `map_svg` is the drawn map."""
    return {
        **context.frame("plan"),
        "verdict": verdict_panel(context),
        "dates": _dates(context),
        "person": _person(context),
        "goals": {"label": context.words("client.label.goals"), "value": _goals(context)},
        "allergies": allergy_panel(context),
        **_standing(context),
        **_open(context),
        "signs": signs(context),
        "sheet": sheet(context),
        "basis_line": basis_line(context),
        "signature": [context.words(f"plan.signature.{one}") for one in ("name", "signed", "day")],
        "side_warning": side_warning(context.plan.surface, context.words),
        "map": map_part(context, map_svg),
        "zones": zones_table(context),
        "settings": settings(context),
        "techniques": techniques(context),
        "asked": asked(context),
        "limits": limits(context),
        "questions": _questions(context),
        **course_page(context),
        "quality": quality_page(context),
        "basis": basis_page(context),
    }


# -- the verdict


def verdict_panel(context: PaperContext) -> dict[str, Any]:
    """Return the headline verdict with its tone, and the sentences that explain it."""
    words, verdict = context.words, context.verdict
    key = verdict.value
    values: dict[str, object] = {}
    if verdict is Verdict.DEFER:
        key = "DEFER.dated" if context.eligible_from else "DEFER.undated"
        values = {"day": words.day(context.eligible_from)} if context.eligible_from else {}
    return {
        "tone": TONES[verdict],
        "sign": SYMBOLS[verdict],
        "code": verdict.value,
        "headline": words(f"verdict.{key}.headline", **values),
        "detail": [line for line in _verdict_detail(context, verdict) if line],
    }


def _verdict_detail(context: PaperContext, verdict: Verdict) -> list[str]:
    words = context.words
    zones = context.zone_cells
    may = [zone for zone, cell in zones.items() if cell.may_treat]
    refused = [zone for zone in zones if zone not in may]
    planned = [zone for zone in may if zone not in context.unplanned]
    nothing = bool(may) and not planned
    lines = [words("verdict.nothing_planned" if nothing else f"verdict.{verdict.value}.meaning")]
    if planned and context.technique:
        names, technique = context.names.zones(planned), sentence(context.names.technique(context.technique))
        lines.append(words("verdict.zones_may", zones=names, technique=technique))
    lines += unplanned_lines(context)
    if may and refused:
        lines.append(words("verdict.zones_not", zones=context.names.zones(refused)))
    if verdict is Verdict.DEFER and context.missing:
        lines.append(words.count("verdict.also_missing", len(context.missing)))
    if verdict is Verdict.DEFER and context.doctors:
        lines.append(words("verdict.also_doctor"))
    return lines


def _dates(context: PaperContext) -> list[dict[str, str]]:
    words, plan = context.words, context.plan
    if context.may_treat:
        eligible = words("dates.now")
    elif context.headline is Verdict.CONTRAINDICATED:
        eligible = words("dates.none")
    elif context.headline is Verdict.PHYSICIAN:
        eligible = words("dates.after_doctor")
    elif context.headline is not Verdict.DEFER:
        eligible = words("dates.after_answers")
    elif context.eligible_from is None:
        eligible = words("dates.unknown")
    elif any(cell.provisional for cell in context.cells if cell.eligible_from == context.eligible_from):
        eligible = words("dates.provisional", day=words.day(context.eligible_from))
    else:
        eligible = words.day(context.eligible_from)
    following = next_appointment(context)
    next_day = words("dates.no_next")
    if following is not None:
        next_day = words("dates.next", day=words.day(following.day), what=within(appointment_name(context, following)))
    return [
        {"label": words("dates.eligible"), "value": eligible},
        {"label": words("dates.next_label"), "value": next_day},
        {"label": words("dates.valid_until"), "value": words.day(plan.screening.valid_until)},
        {"label": words("dates.screened_on"), "value": words.day(plan.screening.on)},
    ]


def next_appointment(context: PaperContext) -> Appointment | None:
    """Return the next date of the course, None while none may be made."""
    if context.headline not in TREATABLE and context.headline is not Verdict.DEFER:
        return None
    days = [one for one in context.plan.course.appointments if one.day >= context.plan.on]
    return min(days, key=lambda one: one.day, default=None)


def _person(context: PaperContext) -> list[dict[str, str]]:
    words, client = context.words, context.plan.intake.client
    rows = [
        ("client.label.name", context.client_name()),
        ("client.label.identifier", context.client_identifier()),
        ("client.label.born", context.born("client.born_value")),
    ]
    if client.telephone and client.telephone != "unknown":
        rows.append(("client.label.telephone", printable(client.telephone)))
    return [{"label": words(key), "value": value} for key, value in rows]


def _goals(context: PaperContext) -> str:
    """Return what is wished, each goal with its zones."""
    names = context.names
    goals = [f"{names.indication(one.indication)}: {names.zones(one.zones)}" for one in context.plan.intake.goals]
    return sentence("; ".join(goals)) or context.words("client.no_goals")


def allergy_panel(context: PaperContext) -> dict[str, str]:
    """Return what is known of allergies; an unasked question is said loudly."""
    words, intake = context.words, context.plan.intake
    named, unknown, told = [], [], []
    for question in _ALLERGY_QUESTIONS:
        answer = intake.answers.get(question)
        if answer is None or question not in context.knowledge.questions:
            continue
        if answer.state == "unknown":
            unknown.append(words(f"allergies.{question}"))
        elif answer.names:
            named.append(printable(", ".join(answer.names)))
        elif answer.state == "yes":
            told.append(words(f"allergies.{question}"))
    found = list(dict.fromkeys(named + told))
    text = "; ".join(found)
    if unknown:
        text = (text + ". " if text else "") + words("allergies.not_known", what=", ".join(unknown))
    if found:
        return _panel(words, "no", "!", "yes", text)
    if unknown:
        return _panel(words, "info", "?", "unknown", text)
    return _panel(words, "none", "\u2013", "none", words("allergies.none_text"))


def _panel(words: Words, tone: str, sign: str, key: str, text: str) -> dict[str, str]:
    """Return a panel, and all of it in one line: what is named follows a colon, a sentence a full stop."""
    title = words(f"allergies.{key}")
    line = f"{title}. {text}" if key == "none" else f"{title}: {text}"
    return {"tone": tone, "sign": sign, "title": title, "text": text, "line": line}


# -- what stands, what is open, who signs


def finding_row(context: PaperContext, group: Group) -> dict[str, str]:
    """Return one finding as a row: badge, what it says, where, until when, what to do."""
    return {
        **context.badge(group.verdict),
        "says": sentence(context.say.says(group.first)),
        "where": sentence(context.names.zones(group.zones)) if group.zones else "",
        "until": context.say.until(group),
        "next": printable(context.say.next_step(group.first, context.plan.intake)),
    }


def _standing(context: PaperContext) -> dict[str, Any]:
    refusing = standing(context.groups, context.knowledge)
    shown, rest = refusing[:SHOWN_STANDING], len(refusing) - SHOWN_STANDING
    more = context.words.count("plan.more_findings", rest) if rest > 0 else ""
    refused = context.headline is Verdict.CONTRAINDICATED  # nothing is done, so there is nothing to observe
    detailed = max(0, DETAILED_CAUTIONS - 2 * len(shown))  # what refuses takes twice the room
    cautions = [] if refused else [finding_row(context, one) for one in context.cautions]
    for row in cautions[detailed:]:
        row["next"] = ""  # the step stands on the session sheet and under what the plan rests on
    return {
        "standing": [finding_row(context, one) for one in shown],
        "standing_more": more,
        "cautions": cautions,
    }


def _open(context: PaperContext) -> dict[str, Any]:
    missing, words = context.missing, context.words
    if len(missing) <= SHOWN_QUESTIONS:
        intro = words("open.some") if missing else ""
        return {"open": {"intro": intro, "questions": [context.asked(one) for one in missing]}}
    return {"open": {"intro": words.count("open.many", len(missing)), "questions": []}}


def _questions(context: PaperContext) -> list[dict[str, Any]]:
    """Return all missing questions under the intake's headings; empty where page 1 lists them."""
    if len(context.missing) <= SHOWN_QUESTIONS:
        return []
    found: dict[str, list[str]] = {}
    for name in context.missing:
        question = context.knowledge.questions.get(name)
        title = context.words("asked.heading") if question is None else context.names.group(question.group)
        found.setdefault(title, []).append(context.asked(name))
    return [{"title": title, "questions": asked} for title, asked in found.items()]


def signs(context: PaperContext) -> list[str]:
    """Return who must sign what before anybody is treated."""
    words = context.words
    if context.headline is Verdict.CONTRAINDICATED:
        return [words("signs.nobody")]
    found = []
    if context.doctors:
        ids = ", ".join(one.id for group in context.doctors for one in group.findings)
        found.append(words("signs.doctor", findings=ids))
    lifted = [one for group in context.groups for one in group.findings if one.lifted_by]
    found += [words("signs.lifted", doctor=printable(one.lifted_by or ""), finding=one.id) for one in lifted]
    found.append(words("signs.client"))
    found.append(words("signs.practitioner"))
    return found


def sheet(context: PaperContext) -> dict[str, Any]:
    """Return whether the next session's sheet is printed, and if not, every reason."""
    words, plan = context.words, context.plan
    if context.sheet_ready:
        return {"ready": True, "intro": words("sheet.ready", day=words.day(plan.on)), "reasons": []}
    reasons = [context.said(key) for key in context.sheet_reasons]
    return {"ready": False, "intro": words("sheet.absent"), "reasons": reasons}
