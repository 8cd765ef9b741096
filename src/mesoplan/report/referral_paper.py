"""referral.pdf: to the doctor; which findings, what sources say, the exact question, and room for the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.report.basis import claim_lines
from mesoplan.report.consent_paper import ingredient_words
from mesoplan.report.context import PaperContext
from mesoplan.report.findings import Group
from mesoplan.report.plan_paper import allergy_panel
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.clinic.model import Product

DECIDES = ("referral.heading", "referral.intro", "referral.planned_title", "referral.back_to")
LOOKS = (
    "referral.heading.refused",
    "referral.intro.refused",
    "referral.planned_title.refused",
    "referral.back_to.refused",
)
"""Heading, opening, title of what is planned, sender: where a doctor decides, and where the treatment is refused."""

HEARD = ("herpes_history",)
"""Questions whose point to observe leaves something to a doctor too: the letter tells of it beside what it asks."""


def referral_context(context: PaperContext) -> dict[str, Any]:
    """Return everything referral.pdf says: one decision for each finding, and what a doctor should look into.

    Raises:
        ValueError: If no doctor has to decide or to look into anything.
    """
    if not context.doctors and not context.referred:
        raise ValueError("no finding asks for a doctor")
    words = context.words
    heading, intro, planned, back = DECIDES if context.doctors else LOOKS
    return {
        **context.frame("referral"),
        "heading": words(heading),
        "intro": words(intro, name=context.client_name(), born=context.born(), how=_how(context)),
        "planned_title": words(planned),
        "planned": _planned(context),
        "allergies": allergy_panel(context),
        "referred": [_referred(context, group) for group in context.referred],
        "decisions": [_decision(context, group) for group in context.doctors],
        "signature": [words(f"referral.signature.{one}") for one in ("doctor", "signed", "day", "valid_until")],
        "back": words(back),
        "clinic": _clinic(context),
    }


def _how(context: PaperContext) -> str:
    """Return whether needles are used; a letter without a technique speaks of needles, the more cautious."""
    found = context.knowledge.techniques.get(context.technique or "")
    without = found is not None and "needles" not in found.tags
    return context.words("referral.without_needles" if without else "referral.with_needles")


def _planned(context: PaperContext) -> list[dict[str, str]]:
    """Return what is planned, as far as a doctor needs it; nothing that the plan does not hold."""
    words, rows = context.words, []
    if context.technique is not None:
        rows.append(("referral.technique", sentence(context.names.technique(context.technique))))
    zones = [cell.zone for cell in context.cells if cell.zone]
    rows.append(("referral.zones", sentence(context.names.zones(zones)) or words("client.no_goals")))
    goals = dict.fromkeys(goal.indication for goal in context.plan.intake.goals)
    rows.append(("referral.goals", sentence(", ".join(context.names.indication(one) for one in goals)) or "\u2013"))
    depths = [zone.depth.ceiling_mm for zone in context.plan.prescription.zones if zone.depth is not None]
    if depths:
        rows.append(("referral.depth", words("referral.depth_value", depth=words.measure(max(depths), "mm"))))
    rows += [("referral.product", _composition(context, product)) for product in context.chosen_products]
    medicines = context.plan.intake.answers.get("regular_medicines")
    if medicines is not None:
        said = context.say.answer("regular_medicines", context.plan.intake)
        none = medicines.state == "no"
        rows.append(("referral.medicines", words("referral.medicines_none") if none else printable(said)))
    observed = {question for group in context.cautions for question in group.first.questions}
    if context.doctors:
        rows += [("referral.also", words(f"referral.also.{one}")) for one in HEARD if one in observed]
    return [{"label": words(key), "value": value} for key, value in rows]


def _composition(context: PaperContext, product: Product) -> str:
    """Return a product with all its ingredients, for a doctor who has to judge it."""
    parts = "; ".join(ingredient_words(context, one) for one in product.ingredients)
    return context.words("referral.product_value", name=printable(product.name), ingredients=parts)


def _decision(context: PaperContext, group: Group) -> dict[str, Any]:
    words, finding = context.words, group.first
    fact = context.knowledge.facts.get(finding.fact)
    rule = context.knowledge.rules.get(finding.rule)
    where = context.names.zones(group.zones)
    answers = [
        words("basis.answer", question=context.names.question(one), answer=_answer(context, one))
        for one in finding.questions
        if one in context.knowledge.questions
    ]
    question = "referral.question_zone" if where else "referral.question"
    technique = context.names.technique(context.technique) if context.technique else words("referral.any_technique")
    return {
        **context.badge(group.verdict),
        "says": sentence(context.say.says(finding)).rstrip("."),
        "where": where,
        "answers": " ".join(answers),
        "claims": [] if fact is None else claim_lines(context, fact),
        "choice": "" if fact is None else words("basis.choice", choice=context.say.choice(fact)),
        "reason": "" if fact is None else words.text(fact.resolution.reason),
        "question": words(question, technique=technique, zones=where),
        "asks": "" if rule is None else words.text(rule.doctor),
        "ids": ", ".join(one.id for one in group.findings),
    }


def _referred(context: PaperContext, group: Group) -> dict[str, Any]:
    """Return what a doctor should look into, with the answer and the sources; nothing is asked that could lift it."""
    decision, rule = _decision(context, group), context.knowledge.rules[group.first.rule]
    return {**decision, "asks": context.words.text(rule.refer)}


def _answer(context: PaperContext, question: str) -> str:
    return printable(context.say.answer(question, context.plan.intake))


def _clinic(context: PaperContext) -> str:
    clinic = context.clinic
    if clinic is None:
        return ""
    parts = [printable(clinic.name), printable(clinic.address), printable(clinic.telephone)]
    return ", ".join(part for part in parts if part)
