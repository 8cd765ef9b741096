"""What stands whatever the answers say: missing goals or dates, stale answers, a stale or empty knowledge base."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mesoplan.intake.model import AnswerValue
from mesoplan.knowledge.verdict import Verdict
from mesoplan.screening.engine import Screener
from mesoplan.units import add_duration
from screening.cases import KNOWLEDGE, ON, intake

SCREENER = Screener(KNOWLEDGE)
CLEAR = intake({})
VALIDITY = KNOWLEDGE.fact_quantity("screening.validity")


def headline(client, on=ON, screener=SCREENER):
    screening = screener.screen(client, on)
    assert not screening.may_treat or screening.headline in (Verdict.CLEARED, Verdict.CAUTION)
    return screening.headline


def test_the_baseline_may_be_treated():
    assert headline(CLEAR) is Verdict.CLEARED


def test_without_goals_the_goals_are_asked_for():
    screening = SCREENER.screen(replace(CLEAR, goals=()), ON)
    assert not screening.may_treat
    assert screening.headline is Verdict.NEEDS_INFO
    assert "goals" in screening.missing
    assert {cell.zone for cell in screening.cells} == {None}


def test_without_a_visit_date_nobody_is_cleared():
    assert headline(replace(CLEAR, visit_date=None)) is Verdict.NEEDS_INFO


def test_answers_go_stale_on_the_first_day_after_their_validity():
    end = add_duration(ON, VALIDITY.high, VALIDITY.unit)
    after_menses = {"menstruates": "no"}
    client = intake(after_menses)
    assert headline(client, end - timedelta(days=1)) is Verdict.CLEARED
    assert headline(client, end) is Verdict.NEEDS_INFO


def test_a_knowledge_base_past_its_review_date_clears_nobody():
    release = KNOWLEDGE.release
    for review_by, expected in ((ON, Verdict.CLEARED), (ON - timedelta(days=1), Verdict.NEEDS_INFO)):
        stale = replace(KNOWLEDGE, release=release.model_copy(update={"review_by": review_by}))
        assert headline(CLEAR, screener=Screener(stale)) is expected


def test_an_empty_knowledge_base_clears_nobody():
    for empty in (replace(KNOWLEDGE, rules={}), replace(KNOWLEDGE, questions={}, rules={})):
        assert headline(CLEAR, screener=Screener(empty)) is Verdict.NEEDS_INFO


@pytest.mark.parametrize("question", KNOWLEDGE.questions)
@pytest.mark.parametrize("odd", [AnswerValue("given", code="banana"), AnswerValue("yes", code="banana"), None, "no"])
def test_an_answer_that_no_parser_lets_through_clears_nobody_either(question, odd):
    """Answers handed in by a program: an unknown code, or no answer object at all."""
    client = replace(CLEAR, answers={**CLEAR.answers, question: odd})
    asked = KNOWLEDGE.questions[question]
    in_play = CLEAR.answers[question].state != "unknown"
    if in_play and asked.rules and asked.kind in ("yes_no", "choice"):
        assert not SCREENER.screen(client, ON).may_treat
    else:
        SCREENER.screen(client, ON)


def test_a_screening_names_what_it_is_bound_to():
    screening = SCREENER.screen(CLEAR, ON)
    assert screening.intake_hash == CLEAR.intake_hash
    assert screening.knowledge_version == KNOWLEDGE.version
    assert screening.valid_until >= ON
