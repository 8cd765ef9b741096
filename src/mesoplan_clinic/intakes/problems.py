"""What is wrong with an answer, in the page's language: what was given, why it is unusable, what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.errors import Problem
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.model import Question
    from mesoplan.report.words import Words

_SAID = {
    "not one of the answers": gettext_noop("this is not one of the answers"),
    "not a date": gettext_noop("this is not a date"),
    "not a plausible date": gettext_noop("this cannot be the date: check the year"),
    "this lies after the visit": gettext_noop("this lies after the day of the visit"),
    "this end lies before the visit": gettext_noop("this end lies before the visit: if it is over, answer no"),
    "not a number": gettext_noop("this is not a number"),
    "days are counted whole": gettext_noop("days are counted whole"),
    "not a plausible number": gettext_noop("this number is not plausible"),
    "not a zone": gettext_noop("this is not a zone"),
    "not one of the kinds": gettext_noop("this is not one of the kinds"),
    "which ones is missing": gettext_noop("write which ones"),
    "not a list of names": gettext_noop("these are not names as on a package: one a line, not too long"),
    "far too many entries": gettext_noop("these are far too many entries"),
    "a goal needs its zones": gettext_noop("choose at least one zone"),
    "not an indication of the knowledge": gettext_noop("this is not one of the wishes"),
    "no source gives a course of so many sessions": gettext_noop("no source gives a course of so many sessions"),
}
_SHOWN = 60


def said(problem: Problem, question: Question | None, knowledge: Knowledge, words: Words) -> str:
    """Return a problem of the core in one sentence of the page's language; its own words where it is not known here."""
    what = _(_SAID[problem.message]) if problem.message in _SAID else _("this cannot be used")
    value = problem.value if len(problem.value) <= _SHOWN else f"{problem.value[:_SHOWN]}…"
    named = value and problem.message != "which ones is missing"
    shown = _("“%(value)s”: %(what)s.") % {"value": value, "what": what} if named else sentence(f"{what}.")
    return f"{shown} {_expected(problem, question, knowledge, words)}".strip()


def _expected(problem: Problem, question: Question | None, knowledge: Knowledge, words: Words) -> str:
    if problem.message not in _SAID:
        return problem.remedy
    if question is None:
        return problem.remedy if "session" in problem.message and words.language == "en" else ""
    if question.kind == "number" and question.plausible is not None:
        plausible = words.quantity(knowledge.fact_quantity(question.plausible))
        return _("Expected is a number, usually %(range)s; or “I do not know”.") % {"range": plausible}
    if problem.message == "not a date":
        return _("Expected is a date as year-month-day, for example 2026-03-31; or “I do not know”.")
    return _("Correct it, or choose “I do not know”; until then it counts as not known.")
