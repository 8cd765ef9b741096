import pytest

from mesoplan.intake.interview import asked_anew
from mesoplan.knowledge.load import load
from mesoplan.knowledge.verdict import Verdict

KNOWLEDGE = load()


@pytest.mark.parametrize(
    "question",
    ["pregnancy", "menstruation_start", "regular_medicines", "clotting_medicines", "fever", "vaccination", "wounds"],
)
def test_what_changes_from_visit_to_visit_is_asked_anew(question):
    assert asked_anew(KNOWLEDGE.questions[question], KNOWLEDGE)


@pytest.mark.parametrize("question", ["birth_date", "sex", "diabetes", "allergies", "keloid_tendency"])
def test_what_stays_is_shown_to_be_confirmed(question):
    assert not asked_anew(KNOWLEDGE.questions[question], KNOWLEDGE)


def test_whatever_a_rule_defers_for_is_asked_anew():
    for question in KNOWLEDGE.questions.values():
        if any(rule.verdict is Verdict.DEFER for rule in question.rules):
            assert asked_anew(question, KNOWLEDGE), question.id
