"""Words of the owner's pages."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.owner.rescreen import BROKEN, NO_ANSWERS, UNREADABLE
from mesoplan_clinic.plans.aim import GONE
from mesoplan_clinic.plans.models import Plan

register = template.Library()


@register.simple_tag
def finding_words(plan: Plan) -> str:
    """Return why a plan must be looked at: the titles of the facts behind its findings, each once."""
    knowledge = knowledge_of(plan.client.clinic)
    language = get_language() or "en"
    shown = language if language in knowledge.languages else "en"
    own = {
        GONE: _("a zone or technique is no longer wished"),
        UNREADABLE: _("the answers cannot be read"),
        BROKEN: _("a course’s record is not as it was written"),
        NO_ANSWERS: _("there are no signed answers"),
    }
    titles = []
    for name in plan.affected:
        rule = knowledge.rules.get(name.partition("@")[0])
        fact = None if rule is None else knowledge.facts.get(rule.fact)
        titles.append(own.get(name) or (fact.title[shown] if fact else name))
    return ", ".join(dict.fromkeys(titles))


@register.filter
def percent(share: float | None) -> str:
    """Return a share in per cent with one digit, a dash for none."""
    return "–" if share is None else f"{number_format(share * 100, 1)}\u00a0%"


@register.filter
def severity_word(severity: str) -> str:
    """Return a severity in words."""
    known = {
        "mild": _("mild"),
        "moderate": _("moderate"),
        "severe": _("severe"),
        "serious": _("serious"),
        "unknown": _("severity not known"),
    }
    return known.get(severity, severity)


@register.filter
def permission_word(what: str) -> str:
    """Return what a permission allows in words."""
    known = {
        "be here": _("log in, see one's own account"),
        "see clients and their records": _("see clients and their records"),
        "enter and change clients": _("enter and change clients"),
        "ask a client and enter the answers": _("ask a client and enter the answers"),
        "screen a client": _("screen a client"),
        "decide on what only a doctor may decide": _("decide on what only a doctor may decide"),
        "plan a course": _("plan a course"),
        "carry out a session and sign it": _("carry out a session and sign it"),
        "follow up: reactions, outcomes, photos": _("follow up: reactions, outcomes, photos"),
        "delete a photo": _("delete a photo"),
        "see lots and expiry": _("see lots and expiry"),
        "enter lots": _("enter lots"),
        "see the clinic as a whole, take its data out": _("see the clinic as a whole, take its data out"),
        "say who works here and as what": _("say who works here and as what"),
        "give a new first password, remove a lost second factor": _(
            "give a new first password, remove a lost second factor"
        ),
        "take one client's data out": _("take one client's data out"),
        "erase a client": _("erase a client"),
        "read who saw and changed what": _("read who saw and changed what"),
    }
    return known.get(what, what)
