"""Patients with a known contraindication, screened before the first plan: if one may be treated, planning stops."""

from __future__ import annotations

from datetime import date

from mesoplan.errors import Problems
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question
from mesoplan.knowledge.verdict import SEVERITY
from mesoplan.screening.engine import Screener
from mesoplan.units import add_months

_ADULT_MONTHS = 40 * 12
_latest: list[tuple[Knowledge, Screener]] = []
"""The knowledge base whose canaries were refused last, and its screener: a process plans with one of them."""


def verified_screener(knowledge: Knowledge) -> Screener:
    """Return the screener of a knowledge base whose canaries are all refused.

    A knowledge base does not change after loading: the same object is compiled and verified once.

    Raises:
        ProblemError: If a canary patient may be treated; the next call looks again.
    """
    for verified, screener in _latest:
        if verified is knowledge:
            return screener
    screener = Screener(knowledge)
    verify_canaries(knowledge, screener)
    _latest[:] = [(knowledge, screener)]
    return screener


def safe_answers(knowledge: Knowledge, on: date) -> dict[str, object]:
    """Return an intake's answers with every question at its safe side, for an adult on that day."""
    return {question.id: _safe(question, on) for question in knowledge.questions.values()}


def _safe(question: Question, on: date) -> object:
    if question.id == "birth_date":
        return add_months(on, -_ADULT_MONTHS).isoformat()
    if question.kind in ("yes_no", "choice"):
        return question.order[0]
    return "unknown" if question.kind in ("date", "number") else "no"


def verify_canaries(knowledge: Knowledge, screener: Screener) -> None:
    """Screen every canary of the knowledge.

    Raises:
        ProblemError: If one is judged milder than it must be, or may be treated, or if there is no canary at all.
    """
    problems = Problems()
    on = knowledge.release.released
    if not knowledge.canaries:
        problems.add("canaries.yaml", "", "there is no canary patient", "Restore the knowledge base; do not plan.")
    for canary in knowledge.canaries.values():
        data = {
            "client": {"name": "canary", "identifier": canary.id},
            "visit_date": on,
            "goals": [{"indication": next(iter(knowledge.indications)), "zones": ["face"]}],
            "answers": {**safe_answers(knowledge, on), **canary.answers},
        }
        screening = screener.screen(parse_intake(data, knowledge, place=f"canary {canary.id}"), on)
        if screening.may_treat or SEVERITY[screening.headline] < SEVERITY[canary.expect]:
            problems.add(
                f"canary {canary.id}",
                screening.headline,
                f"a patient with a known contraindication is not judged {canary.expect} or stricter",
                "The rules are damaged: restore the knowledge base, plan nobody.",
            )
    problems.raise_if_any()
