"""A screening with what it rests on: the answers it read, and of every fact behind it each source's reading."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mesoplan.intake.model import AnswerValue, Intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.explain import Explanation, explain
from mesoplan.screening.model import Screening


@dataclass(frozen=True, slots=True)
class ExplainedScreening(Screening):
    """A screening that can be judged by itself, as screening.json holds it.

    Attributes:
        answers: Question id -> the answer that a finding read, in the intake's order.
        facts: The facts that the findings rest on, each once, in the order of the findings.
    """

    answers: dict[str, AnswerValue]
    facts: tuple[Explanation, ...]


def explained(screening: Screening, intake: Intake, knowledge: Knowledge, language: str) -> ExplainedScreening:
    """Return the screening with its answers, and every source's reading, kind, choice and reason for each finding.

    Args:
        screening: The screening.
        intake: What it read.
        knowledge: The knowledge base it was made with.
        language: Language of the sentences.

    Raises:
        ProblemError: If the knowledge base is not written in this language.
    """
    read = {question for finding in screening.findings for question in finding.questions}
    facts = dict.fromkeys(finding.fact for finding in screening.findings if finding.fact in knowledge.facts)
    return ExplainedScreening(
        **{one.name: getattr(screening, one.name) for one in fields(Screening)},
        answers={question: answer for question, answer in intake.answers.items() if question in read},
        facts=tuple(explain(knowledge, fact, language) for fact in facts),
    )
