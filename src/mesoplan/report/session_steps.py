"""session.pdf, the steps: checks, anaesthetic and antiseptic with their times, the work, finishing; with sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.knowledge.model import Claim, Fact
    from mesoplan.knowledge.technique import Technique
    from mesoplan.report.context import PaperContext

CHECKS = ("identity", "side", "photo", "kit")
_BEFORE_START = "before_start"
_ON_THE_FRONT = ("step.consultation", "allergy_test.read_second")
"""Steps that have a place of their own on the front: what has changed, and the readings."""
_RULES = ("anaesthesia", "antisepsis_product")
_WAIT = ("session.anaesthetic.wait", "anaesthesia_wait")
_MOST = ("session.anaesthetic.most", "lidocaine_max")
_DRYING = ("session.antiseptic.drying", "antisepsis_drying")
_TIMES = (_WAIT, _MOST, _DRYING)


def techniques_used(context: PaperContext) -> list[Technique]:
    """Return the techniques that the zones are planned with, in their order."""
    names = dict.fromkeys(zone.technique for zone in context.plan.prescription.zones)
    return [context.knowledge.techniques[name] for name in names]


def before_title(context: PaperContext) -> str:
    """Return the heading of the checks, with the source of those on the client."""
    return _sourced(context, context.words("session.before_title"), _role(context, _BEFORE_START))


def before_start(context: PaperContext) -> list[str]:
    """Return the checks on the client, then the technique's own steps ahead of anything on the skin."""
    checks = [context.words(f"session.check.{one}") for one in CHECKS]
    return [*checks, *_steps(context, "before", _ON_THE_FRONT)]


def anaesthesia(context: PaperContext) -> list[str]:
    """Return when an anaesthetic is offered, how it is used, how long it stays on and how much there may be of it."""
    words = context.words
    need = _role(context, "anaesthesia")
    if need is None:
        return [words("session.anaesthetic.none")]
    rule = _sourced(context, words.text(need.resolution.reason), need)
    wait = _timed(context, *_WAIT)
    most = _timed(context, *_MOST)
    return [f"{one.rstrip('.')}." for one in (rule, *_steps(context, "anaesthesia"), wait, most) if one]


def antisepsis(context: PaperContext) -> list[str]:
    """Return how the skin is disinfected before the treatment, with what not, and how long it dries."""
    product = _role(context, "antisepsis_product")
    rule = [] if product is None else [_sourced(context, context.words.text(product.resolution.reason), product)]
    drying = _timed(context, *_DRYING)
    return [f"{one.rstrip('.')}." for one in (*_steps(context, "antisepsis"), *rule, drying) if one]


def during(context: PaperContext) -> list[str]:
    """Return how it is worked; the signs to stop at stand on the front, in red."""
    harms = tuple(harm.fact for harm in context.knowledge.harms.values())
    return [f"{one.rstrip('.')}." for one in _steps(context, "treatment", harms)]


def finishing(context: PaperContext) -> list[str]:
    """Return the steps after the treatment, in their order: antiseptic again first, the leaflet last."""
    return [*_steps(context, "finish"), *_steps(context, "after")]


def claims_behind(context: PaperContext) -> dict[str, Claim]:
    """Return line -> the reading of a source that decides it, for every line of the sheet that names a source.

    A line stands here without its full stop: some places of the sheet add one.
    """
    words = context.words
    found: dict[str, Fact] = {}
    for technique in techniques_used(context):
        for step in technique.steps:
            fact = context.knowledge.facts.get(step.fact or "")
            if fact is not None:
                found[_sourced(context, words.text(step.text), fact)] = fact
    for role in _RULES:
        fact = _role(context, role)
        if fact is not None:
            found[_sourced(context, words.text(fact.resolution.reason), fact)] = fact
    for key, role in _TIMES:
        fact, line = _role(context, role), _timed(context, key, role)
        if fact is not None and line:
            found[line] = fact
    return {line.rstrip("."): _deciding(fact) for line, fact in found.items()}


def _steps(context: PaperContext, phase: str, without: tuple[str, ...] = ()) -> list[str]:
    """Return the steps of a phase of every technique used, each once, with the source that decides."""
    every = (step for technique in techniques_used(context) for step in technique.steps if step.phase == phase)
    found = [
        _sourced(context, context.words.text(step.text), context.knowledge.facts.get(step.fact or ""))
        for step in every
        if step.fact not in without
    ]
    return list(dict.fromkeys(found))


def _role(context: PaperContext, role: str) -> Fact | None:
    """Return the fact of a role of the first technique used that has it."""
    names = (technique.facts.get(role) for technique in techniques_used(context))
    name = next((one for one in names if one is not None), None)
    return None if name is None else context.knowledge.facts[name]


def _timed(context: PaperContext, key: str, role: str) -> str:
    """Return a time or an amount with its source and what to know of it; empty where no fact gives one."""
    fact = _role(context, role)
    if fact is None or fact.resolution.quantity is None:
        return ""
    words = context.words
    time, reason = words.quantity(fact.resolution.quantity), words.text(fact.resolution.reason)
    return words(key, time=time, source=_source(fact), reason=reason)


def _sourced(context: PaperContext, text: str, fact: Fact | None) -> str:
    """Return a sentence with the source that decides it."""
    if fact is None:
        return sentence(text)
    return context.words("session.step", text=sentence(text.rstrip(".")), source=_source(fact))


def _source(fact: Fact) -> str:
    return _deciding(fact).source


def _deciding(fact: Fact) -> Claim:
    return next((one for one in fact.claims if one.id == fact.resolution.claim), fact.claims[0])
