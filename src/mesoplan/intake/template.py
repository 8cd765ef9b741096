"""Writes an empty intake: every question of the knowledge, in order, answered `unknown`, with its words as comments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mesoplan.intake.parse import SCHEMA
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question, Text


def empty_intake(knowledge: Knowledge, language: str = "en") -> dict[str, Any]:
    """Return an intake without any answer, ready to be filled in; it parses, and screens as NEEDS_INFO."""
    return {
        "schema": SCHEMA,
        "client": {"name": "unknown", "identifier": "unknown", "language": language, "telephone": "unknown"},
        "visit_date": "unknown",
        "goals": "unknown",
        "answers": dict.fromkeys(knowledge.questions, "unknown"),
    }


def empty_intake_text(knowledge: Knowledge, language: str, form: str) -> str:
    """Return the empty intake as text: `json`, or `yaml` with each question's words and answers as comments.

    Raises:
        ValueError: If the form is neither.
    """
    data = empty_intake(knowledge, language)
    if form == "json":
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    if form != "yaml":
        raise ValueError(f"{form}: an intake is written as yaml or json")
    words = knowledge.words(language)
    lines = [f"# {words['intake.title']}", f"# {words['intake.how']}", f"schema: {data['schema']}", "client:"]
    lines += [f"  {key}: {value}" for key, value in data["client"].items()]
    lines += [f"visit_date: unknown  # {words['intake.visit_date']}", *_goals(knowledge, words), "answers:"]
    group = ""
    for question in knowledge.questions.values():
        if question.group != group:
            group = question.group
            lines += ["", f"  # === {_in(knowledge.groups[group].title, language)} ==="]
        lines += [f"  # {_in(question.text, language)}", f"  #   {_answers(question, words, language)}"]
        lines += [f"  {question.id}: unknown"]
    return "\n".join(lines) + "\n"


def _in(text: Text, language: str) -> str:
    return " ".join(text[language].split())


def _goals(knowledge: Knowledge, words: Mapping[str, str]) -> list[str]:
    known = ", ".join(knowledge.indications)
    return [f"# {words['intake.goals']}", f"#   {known}", "goals: unknown"]


def _answers(question: Question, words: Mapping[str, str], language: str) -> str:
    """Return how the question may be answered, in the reader's language."""
    codes = ", ".join(f"{one.code} ({_in(one.text, language)})" for one in question.choices)
    match question.kind:
        case "choice":
            return f"{codes}, unknown"
        case "events":
            fields = ["date: YYYY-MM-DD"] + ["kind: ..."] * bool(question.choices) + ["zones: [...]"] * question.zonal
            return f"no, unknown, [{{{', '.join(fields)}}}]" + (f"; kind: {codes}" if codes else "")
        case "number":
            return f"{words['intake.number']} ({question.unit}), unknown"
        case kind:
            return words[f"intake.form.{kind}"]
