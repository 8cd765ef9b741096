"""consent.pdf: what the client signs: what is proposed, what it cannot promise, what may go wrong, what else there is.

It is printed before a session sheet can be: the sheet asks whether this version was signed, and a consent that is not
signed yet defers the session. So it exists wherever the plan proposes a treatment that the client may have, now or from
a date on; never where a doctor decides first, the treatment is ruled out, or answers are missing: nothing is proposed
then. Without a clinic, or without a product to name, nobody could know what is signed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.report.context import PaperContext
from mesoplan.report.findings import kinds_behind, popular_only
from mesoplan.report.leaflet_paper import harms_here, next_session, telephones, urgent_signs
from mesoplan.report.plan_course import days_of, results
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mesoplan.clinic.model import Ingredient, Product
    from mesoplan.knowledge.consent import Consent, ConsentPoint
    from mesoplan.knowledge.model import Fact, Harm

COMMON_CANNOT = ("promise.results", "duration.face")
FOR_SCARS, SCARS = "alternative.surgery", frozenset({"scars", "post_acne"})
"""The alternative that the documents name for scars alone, and the goals that are scars."""
RENEWAL, RENEWAL_SESSIONS = "coverage.renewal", 5
"""The claim that so many sessions renew all of the skin."""
ABOUT_RISKS = ("complication.rate", "complication.causes")
DUTIES = ("answers", "changes", "medicines", "tendency", "leaflet", "urgent")
STATEMENTS = ("read", "asked", "agree", "copy")
PHOTOS = ("record", "publication")
SIGNERS = ("client", "practitioner", "interpreter", "witness")


def consents_of(context: PaperContext) -> tuple[Consent, ...]:
    """Return the consents of the planned techniques, each once; empty where the knowledge lacks one of them."""
    techniques = dict.fromkeys(zone.technique for zone in context.plan.prescription.zones)
    found = [context.knowledge.consent_for(technique) for technique in techniques]
    known = [one for one in found if one is not None]
    return tuple({one.id: one for one in known}.values()) if len(known) == len(found) else ()


def has_consent(context: PaperContext) -> bool:
    """Return whether consent.pdf is printed: a session may follow, and all that is signed for is known."""
    may_follow = context.headline is Verdict.DEFER or (context.headline in TREATABLE and context.may_treat)
    settled = context.clinic is not None and all(zone.product for zone in context.plan.prescription.zones)
    return may_follow and settled and bool(consents_of(context))


def version_words(context: PaperContext, consent: Consent, key: str) -> str:
    """Return words that name a consent with its version and date."""
    words = context.words
    days = {"day": words.day(consent.issued), "short": words.short_date(consent.issued)}
    return words(key, title=words.text(consent.title), version=words.number(consent.version, 0), **days)


def consent_context(context: PaperContext) -> dict[str, Any]:
    """Return everything consent.pdf says.

    Raises:
        ValueError: If the plan does not allow it.
    """
    if not has_consent(context):
        raise ValueError("there is nothing to consent to yet")
    words, consents = context.words, consents_of(context)
    return {
        **context.frame("consent", " ".join(version_words(context, one, "consent.foot") for one in consents)),
        "w": context.word_family("consent", "leaflet"),
        "kinds": [
            {"title": words.text(one.title), "version": version_words(context, one, "consent.version")}
            for one in consents
        ],
        "provisional": _provisional(context),
        "proposal": _proposal(context, consents),
        "expected": results(context),
        "evidence": _evidence(context),
        "cannot": _cannot(context, consents),
        "about_risks": _about_risks(context, consents),
        "risks": _risks(context),
        "instead": _instead(context, consents),
        "duties": _duties(context, consents),
        "telephone": telephones(context),
        "urgent": urgent_signs(context),
        "rights": _rights(context),
        "statements": [words(f"consent.statement.{one}") for one in STATEMENTS],
        "photos": [words(f"consent.photo.{one}") for one in PHOTOS],
        "signatures": [_signature(context, one) for one in SIGNERS],
    }


def _provisional(context: PaperContext) -> str:
    if context.may_treat:
        return ""
    if context.eligible_from is None:
        return context.words("consent.provisional")
    return context.words("consent.provisional_from", day=context.words.day(context.eligible_from))


# -- what is proposed


def _proposal(context: PaperContext, consents: tuple[Consent, ...]) -> list[dict[str, Any]]:
    """Return label and lines of each part of what is proposed."""
    words, names, zones = context.words, context.names, context.plan.prescription.zones
    goals = dict.fromkeys(goal for zone in zones for goal in zone.indications)
    rows = [
        ("technique", _techniques(context, consents)),
        ("goals", [sentence(", ".join(names.indication(one) for one in goals))]),
        ("zones", [sentence(names.zones(zone.zone for zone in zones))]),
        ("product", [_composition(context, product) for product in context.chosen_products]),
        ("status", [_status(context, product) for product in context.chosen_products]),
        ("course", [_course(context)]),
    ]
    session = next_session(context)
    if session is not None and context.may_treat:
        rows.append(("first", [days_of(context, session)]))
    return [{"label": words(f"consent.row.{key}"), "lines": [line for line in some if line]} for key, some in rows]


def _techniques(context: PaperContext, consents: tuple[Consent, ...]) -> list[str]:
    """Return each planned technique by name, then what it is in plain words."""
    used = dict.fromkeys(zone.technique for zone in context.plan.prescription.zones)
    said = {one.technique: context.words.text(one.text) for consent in consents for one in consent.techniques}
    return [f"{sentence(context.names.technique(one))}. {said[one]}" for one in used]


def _composition(context: PaperContext, product: Product) -> str:
    """Return a product with all its ingredients as its label names them, in the client's language too."""
    maker = f" ({printable(product.manufacturer)})" if product.manufacturer else ""
    parts = "; ".join(ingredient_words(context, one) for one in product.ingredients)
    return f"{printable(product.name)}{maker}: {parts}"


def ingredient_words(context: PaperContext, one: Ingredient) -> str:
    """Return an ingredient as its label names it, in the language of the paper too, with its amount."""
    words, label = context.words, printable(one.name)
    substance = context.knowledge.substances.get(one.substance)
    name = "" if substance is None else words.text(substance.name)
    known = one.name.casefold() in {each.casefold() for each in (name, *(substance.synonyms if substance else ()))}
    if name and not (words.language == "en" and known) and name.casefold() != one.name.casefold():
        label = words("consent.ingredient", label=label, name=name)
    amount = "" if one.amount is None else f" {words.number(one.amount)} {words.unit(one.unit or '')}".rstrip()
    return f"{label}{printable(amount) and ' ' + printable(amount)}"


def _status(context: PaperContext, product: Product) -> str:
    """Return what the clinic's folder says the product is approved for; what it does not say has to be asked."""
    said = context.words.text(product.status) if product.status else context.words("consent.status_unknown")
    return f"{printable(product.name)}: {printable(said)}"


def _course(context: PaperContext) -> str:
    words, course = context.words, context.plan.course
    if context.at_home:
        technique = context.knowledge.techniques[context.plan.prescription.zones[0].technique]
        interval = context.knowledge.fact_quantity(technique.facts["interval"])
        return words("consent.course_home", interval=words.quantity(interval))
    sessions = words.count("count.sessions", course.sessions)
    if course.sessions == 0:
        return words("course.number_unknown")
    if course.sessions == 1:
        return words("consent.course_one", sessions=sessions)
    return words("consent.course", sessions=sessions, interval=words.count("count.days", course.interval_days))


# -- what it may bring, and what not


def _evidence(context: PaperContext) -> str:
    """Return what stands behind the use for these goals: nothing but popular articles, or other sources too."""
    zones = context.plan.prescription.zones
    facts = [context.knowledge.techniques_for(goal).get(zone.technique) for zone in zones for goal in zone.indications]
    kinds = kinds_behind(context.knowledge, [one for one in facts if one is not None])
    return context.words("consent.evidence.popular" if popular_only(kinds.values()) else "consent.evidence.mixed")


def _cannot(context: PaperContext, consents: tuple[Consent, ...]) -> list[str]:
    facts = context.knowledge.facts
    known = [one for one in COMMON_CANNOT if one in facts]
    common = [_with_kinds(context, context.words(f"consent.cannot.{one}"), facts[one]) for one in known]
    return [*common, *_points(context, (point for consent in consents for point in consent.cannot))]


def _points(context: PaperContext, points: Iterable[ConsentPoint]) -> list[str]:
    """Return the sentences, each once, with their fact's number and the kinds of source behind it."""
    return list(dict.fromkeys(_point(context, one) for one in points))


def _point(context: PaperContext, point: ConsentPoint) -> str:
    fact, text = context.knowledge.facts.get(point.fact or ""), _filled(context, point)
    return text if fact is None else _with_kinds(context, text, fact)


def _filled(context: PaperContext, point: ConsentPoint) -> str:
    """Return a sentence with its fact's number in its place."""
    fact, text = context.knowledge.facts.get(point.fact or ""), context.words.text(point.text)
    if fact is None:
        return text
    value = _planned_cover(context, fact) or context.words.quantity(fact.resolution.quantity)
    return text.replace("{value}", value)


def _planned_cover(context: PaperContext, fact: Fact) -> str:
    """Return the cover after five sessions as plan.pdf prints it, empty where it has none."""
    total = context.plan.layout.cumulative
    if fact.id != RENEWAL or total is None or not context.settings_shown or len(total.cover) < RENEWAL_SESSIONS:
        return ""
    return context.words.percent(total.cover[RENEWAL_SESSIONS - 1].mean, 1)


def _with_kinds(context: PaperContext, text: str, fact: Fact) -> str:
    """Return a sentence with the kinds of source behind it: of the claim that decides, else of all that do not sell."""
    claims = [one for one in fact.claims if one.id == fact.resolution.claim] or [
        one for one in fact.claims if not one.marketing
    ]
    kinds = dict.fromkeys(context.knowledge.sources[one.source].kind for one in claims or fact.claims)
    shown = ", ".join(context.words(f"kind.{one}") for one in kinds)
    return f"{text} {context.words('consent.by', kinds=shown)}"


# -- what may go wrong


def _about_risks(context: PaperContext, consents: tuple[Consent, ...]) -> list[str]:
    words = context.words
    own = [one.about_risks for one in consents if one.about_risks is not None]
    common = [words(f"consent.risks.{one}") for one in ABOUT_RISKS if one in context.knowledge.facts]
    return [*(words.text(one.text) for one in own), words("consent.risks.unknown"), *common]


def _risks(context: PaperContext) -> list[dict[str, Any]]:
    """Return the side effects of these techniques in three tables, the serious ones first."""
    words, own = context.words, harms_here(context)
    parts = {
        "serious": [one for one in own if one.serious],
        "other": [one for one in own if not one.serious and one.kind == "complication"],
        "expected": [one for one in own if not one.serious and one.kind == "expected"],
    }
    found = []
    for name, some in parts.items():
        keys = ("what", "often", "until") if name == "expected" else ("what", "often")
        rows = [[_risk(context, one, key) for key in keys] for one in some]
        columns = ["1", "1", "auto"] if name == "expected" else ["1", "1"]
        head = [words(f"consent.risks.head.{key}") for key in keys]
        if rows:
            title = words(f"consent.risks.{name}")
            found.append({"title": title, "table": {"head": head, "columns": columns, "rows": rows}})
    return found


def _risk(context: PaperContext, harm: Harm, key: str) -> str:
    words, facts = context.words, context.knowledge.facts
    if key == "what":
        return sentence(words.text(harm.title))
    if key == "until":
        until = facts.get(harm.until or "")
        return words.quantity(until.resolution.quantity if until else None) or "\u2013"
    fact = facts[harm.fact]
    claim = next((one for one in fact.claims if one.id == harm.counted), None)
    if claim is None:
        return words("consent.risks.not_known")
    counted = words("consent.risks.counted", says=words.text(claim.says), source=claim.source)
    own_choice = fact.resolution.method == "project"  # counted after something else: the reason says so
    return f"{counted} {words.text(fact.resolution.reason)}" if own_choice else counted


# -- what else, duties, rights, signatures


def _instead(context: PaperContext, consents: tuple[Consent, ...]) -> list[str]:
    words = context.words
    goals = {goal for zone in context.plan.prescription.zones for goal in zone.indications}
    named = [
        fact
        for fact in context.knowledge.facts.values()
        if f"consent.instead.{fact.id}" in words and (fact.id != FOR_SCARS or goals & SCARS)
    ]
    common = [_with_kinds(context, words(f"consent.instead.{fact.id}"), fact) for fact in named]
    return [
        words("consent.instead.nothing"),
        *common,
        *_points(context, (point for consent in consents for point in consent.instead)),
    ]


def _duties(context: PaperContext, consents: tuple[Consent, ...]) -> list[str]:
    own = [_filled(context, point) for consent in consents for point in consent.duties]
    return [*(context.words(f"consent.duty.{one}") for one in DUTIES[:-1]), *own, context.words("consent.duty.urgent")]


def _rights(context: PaperContext) -> list[str]:
    keys = ("stop_home" if context.at_home else "stop", "withdraw", "copy")
    return [context.words(f"consent.right.{one}") for one in keys]


def _signature(context: PaperContext, who: str) -> list[str]:
    words = context.words
    name = words("consent.sign.name", who=words(f"consent.signature.{who}"))
    return [name, words("consent.sign.signed"), words("consent.sign.time")]
