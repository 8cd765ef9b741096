"""plan.pdf, page 3: cocktail, calendar, price, expected results and harms, and the cover with its spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.course.earlier import PER_YEAR_ROLE
from mesoplan.prescription.allergy_test import counted_methods, counts_until, reading_days
from mesoplan.prescription.cocktail import suits
from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.progress_text import progress_part
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence, within

if TYPE_CHECKING:
    from mesoplan.course.model import Appointment
    from mesoplan.knowledge.model import Fact
    from mesoplan.layout.model import Cumulative
    from mesoplan.prescription.model import ProductOption

CALENDAR_ROWS = 24
MINUTES_ROLE = "session_minutes"
GAPS = ("gap.peel", "gap.resurfacing", "gap.threads", "gap.surgery")
"""The procedures that documents name together with mesotherapy, and whose gap has a number."""
PRICE_COLUMNS = ["1", "auto", "auto", "auto", "auto"]
EARLY_CHECKS = ("followup.day_1", "followup.day_3", "followup.day_7")


def course_page(context: PaperContext) -> dict[str, Any]:
    """Return page 3; its parts stay empty while answers are missing, a doctor decides, or the client is refused."""
    shown = context.headline in SETTINGS_FOR and bool(context.plan.prescription.zones)
    return {
        "course_shown": shown,
        "course_intro": context.words("course.provisional") if shown and context.provisional else "",
        "cocktail": cocktail(context),
        "calendar": calendar(context),
        "price": price(context),
        "results": results(context),
        "other_ways": other_ways(context),
        "harms": harms(context),
        "cover": cover(context),
        "progress": progress_part(context.names, context.plan),
    }


# -- cocktail


def cocktail(context: PaperContext) -> dict[str, Any]:
    """Return the chosen products with their checks first, then others for the same technique, then those refused."""
    words, prescription = context.words, context.plan.prescription
    if context.clinic is None:
        return {"intro": words("cocktail.no_clinic"), "products": []}
    chosen = {zone.product for zone in prescription.zones if zone.product}
    techniques = [context.knowledge.techniques[zone.technique] for zone in prescription.zones]
    shown = [
        one for one in prescription.products if not one.usable or any(suits(technique, one) for technique in techniques)
    ]
    products = sorted(shown, key=lambda one: (one.product not in chosen, not one.usable, one.name))
    intro = words("cocktail.first_one") if chosen else words("cocktail.none")
    return {"intro": intro, "products": [_product(context, one, one.product in chosen) for one in products]}


def _product(context: PaperContext, product: ProductOption, chosen: bool) -> dict[str, str]:
    words, parts = context.words, []
    fits = ", ".join(context.names.indication(one) for one in product.fits)
    if fits:
        parts.append(words("cocktail.fits", goals=fits))
    if chosen or product.test in ("positive", "waiting", "expired"):
        parts.append(words(f"cocktail.test.{product.test}", day=_test_counts_until(context, product)))
    for allergy, ingredient in product.allergens:
        parts.append(words("cocktail.allergen", allergy=printable(allergy), ingredient=printable(ingredient)))
    for allergy in product.unmatched_allergies:
        parts.append(words("cocktail.unmatched", allergy=printable(allergy)))
    parts += [sentence(context.said(key)) + "." for key in product.refusals]
    state = "chosen" if chosen else "usable" if product.usable else "refused"
    tone, sign = {"chosen": ("treat", "\u2713"), "usable": ("none", "\u2013"), "refused": ("no", "\u2717")}[state]
    return {
        "tone": tone,
        "sign": sign,
        "state": words(f"cocktail.state.{state}"),
        "name": printable(product.name),
        "text": " ".join(parts),
    }


def _test_counts_until(context: PaperContext, product: ProductOption) -> str:
    """Return the last day on which the product's latest complete test counts, empty without one."""
    plan = context.plan
    methods, days = counted_methods(product.routes), reading_days(context.knowledge)
    last = counts_until(plan.intake.allergy_tests, product.product, methods, days, plan.on)
    return "" if last is None else context.words.day(last)


# -- calendar


def appointment_name(context: PaperContext, one: Appointment) -> str:
    """Return what an appointment is for, with the number of its session."""
    key = one.kind.replace(" ", "_").replace("-", "_")
    if one.kind == "session" and context.at_home:  # how many there are at home no source says
        return context.words("appointment.session_home")
    return context.words(f"appointment.{key}", number=one.number, sessions=context.plan.course.sessions)


def days_of(context: PaperContext, one: Appointment) -> str:
    """Return an appointment's day, or its window."""
    return context.words.short_days(one.day, one.last_day)


def calendar(context: PaperContext) -> dict[str, Any]:
    """Return the dates of the course with what moved them, and what the numbers rest on."""
    words, course = context.words, context.plan.course
    checks = _early_checks(course.appointments)
    single = [one for one in course.appointments if one not in {check for some in checks.values() for check in some}]
    rows = []
    for one in single[:CALENDAR_ROWS]:
        remarks = [words(one.note)] if one.note else []
        if one.moved:
            remarks.append(words("calendar.moved", why=", ".join(words(key) for key in one.moved)))
        if one.kind == "session" and one.number in checks:
            days = words.days_of_months(check.day for check in checks[one.number])
            remarks.append(words("calendar.checks", days=days))
            remarks += _unattended(context, checks[one.number])
        rows.append([days_of(context, one), appointment_name(context, one), sentence("; ".join(remarks))])
    notes = []
    if len(single) > CALENDAR_ROWS:
        notes.append(words.count("calendar.more", len(single) - CALENDAR_ROWS))
    if course.next_course_from is not None:
        notes.append(
            " ".join([words("calendar.next_course", day=words.day(course.next_course_from)), *_per_year(context)])
        )
    return {
        "intro": _course_line(context) if rows else words("calendar.no_dates"),
        "head": [words(f"calendar.head.{one}") for one in ("day", "what", "note")],
        "columns": ["auto", "auto", "1"],
        "rows": rows,
        "notes": notes,
    }


def _early_checks(appointments: tuple[Appointment, ...]) -> dict[int, list[Appointment]]:
    """Return session number -> its early checks by telephone, which stand beside their session."""
    found: dict[int, list[Appointment]] = {}
    for one in appointments:
        if one.kind == "follow-up" and one.note in EARLY_CHECKS:
            found.setdefault(one.number, []).append(one)
    return found


def _per_year(context: PaperContext) -> list[str]:
    """Return how many courses a year the technique allows, where a fact says so."""
    facts = context.knowledge.techniques[context.technique].facts if context.technique else {}
    fact = context.knowledge.facts.get(facts.get(PER_YEAR_ROLE, ""))
    if fact is None:
        return []
    return [context.words("calendar.per_year", most=context.words.quantity(fact.resolution.quantity))]


def _unattended(context: PaperContext, checks: list[Appointment]) -> list[str]:
    """Return a word on the checks that fall into a closure: somebody has to take them all the same."""
    closures = context.clinic.closed if context.clinic else ()
    shut = [one.day for one in checks if any(closure.first_day <= one.day <= closure.last_day for closure in closures)]
    return [context.words("calendar.unattended", days=context.words.days_of_months(shut))] if shut else []


def _course_line(context: PaperContext) -> str:
    words, course = context.words, context.plan.course
    line = words(
        "calendar.course" if course.sessions > 1 else "calendar.course_single",
        sessions=words.count("count.sessions", course.sessions),
        interval=words.count("count.days", course.interval_days),
        minimum=words.count("count.days", course.interval_minimum_days),
    )
    if any(name == "sessions" and basis.kind == "intake" for name, basis in course.bases):
        sourced = any(name == "sessions_low" for name, _ in course.bases)
        line += " " + words("calendar.decided_within" if sourced else "calendar.decided")
    if course.sessions_low != course.sessions_high:
        line += " " + words("calendar.range", span=words.span(course.sessions_low, course.sessions_high, 0))
    if course.deciding_indication is not None and len({goal.indication for goal in context.plan.intake.goals}) > 1:
        line += " " + words("calendar.deciding", goal=context.names.indication(course.deciding_indication))
    minutes = _session_minutes(context)
    if minutes is not None:
        line += " " + words("calendar.minutes", minutes=words.number(minutes, 0))
    if course.sessions_done:
        line += " " + words("calendar.done", sessions=words.count("count.sessions", course.sessions_done))
    return line


def _session_minutes(context: PaperContext) -> float | None:
    """Return how long a session takes by the facts of its goals, else of its techniques; the longest counts."""
    knowledge, found = context.knowledge, []
    for zone in context.plan.prescription.zones:
        of_goals = [knowledge.indications[goal].facts.get(MINUTES_ROLE) for goal in zone.indications]
        own = knowledge.techniques[zone.technique].facts.get(MINUTES_ROLE)
        facts = [one for one in of_goals if one is not None] or ([] if own is None else [own])
        found += [knowledge.limits(fact, "min")[1] for fact in facts]
    return max((one for one in found if one is not None), default=None)


# -- price


def price(context: PaperContext) -> dict[str, Any]:
    """Return the quote from the clinic's own list, or why there is none."""
    words, quote = context.words, context.plan.course.quote
    head = [words(f"price.head.{one}") for one in ("what", "per", "quantity", "unit", "amount")]
    if quote is None:
        key = "price.no_clinic" if context.clinic is None else "price.none"
        return {"intro": words(key), "head": head, "columns": PRICE_COLUMNS, "rows": [], "notes": []}
    rows = [
        [
            sentence(position_name(context, line.what)),
            words(f"price.per.{line.per}"),
            words.number(line.quantity, 0),
            words.money(line.unit_price, quote.currency),
            words.money(line.amount, quote.currency),
        ]
        for line in quote.lines
    ]
    note = words("price.basis", day=words.day(quote.valid_from))
    if quote.factors_used:
        note += " " + words("price.used", factors=_factors(context, quote.factors_used))
    if quote.factors_unused:
        note += " " + words("price.unused", factors=_factors(context, quote.factors_unused))
    intro = words(
        "price.sums",
        session=words.money(quote.per_session, quote.currency),
        sessions=words.count("count.sessions", quote.sessions),
        total=words.money(quote.total, quote.currency),
    )
    if "asked.price" in context.plan.course.asked:
        intro = f"{words('price.incomplete')} {intro}"
    return {"intro": intro, "head": head, "columns": PRICE_COLUMNS, "rows": rows, "notes": [note]}


def position_name(context: PaperContext, position_id: str) -> str:
    """Return what the clinic calls a line of its price list."""
    prices = None if context.clinic is None else context.clinic.prices
    for position in prices.positions if prices else ():
        if position.id == position_id:
            return printable(context.words.text(position.name))
    return printable(position_id)


def _factors(context: PaperContext, names: tuple[str, ...]) -> str:
    return ", ".join(context.words(f"factor.{name}") for name in names)


# -- results and harms


def results(context: PaperContext) -> list[str]:
    """Return what may be expected of each goal, in the knowledge's modest words."""
    words, names, indications = context.words, context.names, context.knowledge.indications
    goals = dict.fromkeys(goal for zone in context.plan.prescription.zones for goal in zone.indications)
    return [_result(context, names.indication(one), words.text(indications[one].result)) for one in goals]


def _result(context: PaperContext, goal: str, result: str) -> str:
    """Return what may be expected with the goal's name before it, unless it begins with that name itself."""
    if result.split()[:1] == sentence(goal).split()[:1]:
        return result
    return context.words("results.item", goal=sentence(goal), result=within(result))


def other_ways(context: PaperContext) -> list[str]:
    """Return what the documents name instead, and the gaps to other procedures, each with its source."""
    words, facts = context.words, context.knowledge.facts
    ways = [_sourced(context, fact) for fact in facts.values() if fact.topic == "alternative"]
    gaps = [
        f"{words(f'other_ways.{name}')} {words.quantity(facts[name].resolution.quantity)}"
        for name in GAPS
        if name in facts and facts[name].resolution.quantity is not None
    ]
    parts = [words("other_ways.instead", ways="; ".join(ways))] if ways else []
    parts += [words("other_ways.gaps", gaps="; ".join(gaps))] if gaps else []
    return [" ".join(parts)] if parts else []


def _sourced(context: PaperContext, fact: Fact) -> str:
    """Return a fact's title with the source of its deciding claim."""
    claim = next((one for one in fact.claims if one.id == fact.resolution.claim), fact.claims[0])
    title = context.words.text(fact.title)
    return f"{title} ({claim.source})"


def harms(context: PaperContext) -> list[dict[str, Any]]:
    """Return complications and side effects, the serious ones first."""
    tags = {"all"}
    for zone in context.plan.prescription.zones:
        tags.update(context.knowledge.techniques[zone.technique].tags)
    own = [harm for harm in context.knowledge.harms.values() if not tags.isdisjoint(harm.techniques)]
    parts = [
        ("harms.serious", [one for one in own if one.serious]),
        ("harms.other", [one for one in own if not one.serious and one.kind == "complication"]),
        ("harms.expected", [one for one in own if not one.serious and one.kind == "expected"]),
    ]
    return [
        {"title": context.words(key), "text": sentence("; ".join(context.words.text(one.title) for one in some)) + "."}
        for key, some in parts
        if some
    ]


# -- cover

MANY_SESSIONS = 6


def cover(context: PaperContext) -> dict[str, Any]:
    """Return the cumulative cover with its spread, beside the documents' addition, which is refuted."""
    words, layout = context.words, context.plan.layout
    total = layout.cumulative
    if total is None or layout.cumulative_zone is None or not context.settings_shown:
        return {"shown": False, "intro": "", "head": [], "columns": [], "rows": [], "notes": []}
    plain = [words.percent(one) for one in total.claimed]
    claimed = [
        one if number == 1 else words("cover.refuted", value=one)
        for number, one in zip(total.sessions, plain, strict=True)
    ]
    many = len(total.sessions) > MANY_SESSIONS  # then the columns are too narrow for words and signs of percent
    mean = [words.percent(one.mean, 0 if many else 1) for one in total.cover]
    spread = [
        words.span(one.low * 100, one.high * 100, 0) if many else words.percent_span(one.low, one.high)
        for one in total.cover
    ]
    rows = [
        [words("cover.mean"), *mean],
        [words("cover.spread_percent" if many else "cover.spread"), *spread],
        [words("cover.claimed"), *claimed],
    ]
    after = [str(number) if many else words("cover.after", number=number) for number in total.sessions]
    return {
        "shown": True,
        "intro": words("cover.intro", zone=context.names.zone(layout.cumulative_zone)),
        "head": [words("cover.session") if many else "", *after],
        "columns": ["1.7", *("1" for _ in total.sessions)],
        "rows": rows,
        "notes": _cover_notes(context, total),
    }


def _cover_notes(context: PaperContext, total: Cumulative) -> list[str]:
    words = context.words
    notes = [words("cover.why_refuted"), words("cover.sigma", sigma=words.measure(total.sigma_mm, "mm"))]
    if total.sessions_for_95 is not None and total.sessions_for_99 is not None:
        most = words.count("count.sessions", total.sessions_for_99)
        notes.append(words("cover.renewal", n95=words.number(total.sessions_for_95, 0), n99=most))
    return notes
