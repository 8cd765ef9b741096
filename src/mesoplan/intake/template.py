"""Writes an empty intake: every question of the knowledge, in order, answered `unknown`, with its words as comments."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from mesoplan.intake.parse import SCHEMA
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question, Text

_WIDTH = 110


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
    lines += ["", *_optional(words)]
    return "\n".join(lines) + "\n"


def _in(text: Text, language: str) -> str:
    return " ".join(text[language].split())


def _goals(knowledge: Knowledge, words: Mapping[str, str]) -> list[str]:
    zones = [f"{zone.id}*" if zone.paired else zone.id for zone in knowledge.zones.values()]
    lists = (("goals", knowledge.indications), ("zones", zones), ("zone_groups", knowledge.zone_groups))
    lines = []
    for key, names in lists:
        lines += [f"# {words[f'intake.{key}']}"]
        lines += textwrap.wrap(", ".join(names), _WIDTH, initial_indent="#   ", subsequent_indent="#   ")
    return [*lines, "goals: unknown"]


def _optional(words: Mapping[str, str]) -> list[str]:
    """Return what an intake may hold besides answers, each as a comment to be filled in."""
    shapes = {
        "allergy_tests": (
            "allergy_tests:",
            "  - product: my-product",
            "    placed_on: YYYY-MM-DD",
            "    method: test injection",
            "    readings: [{date: YYYY-MM-DD, result: negative}, {date: YYYY-MM-DD, result: negative}]",
        ),
        "signatures": (
            "signatures:",
            "  - finding: clotting_medicines.yes",
            "    physician: ...",
            "    signed_on: YYYY-MM-DD",
            "    valid_until: YYYY-MM-DD",
            "    answer: yes | conditions | no",
            "    decision: ...",
        ),
        "sessions_done": ("sessions_done: 0",),
        "notes": ('notes: "..."',),
    }
    lines = [f"# {words['intake.optional']}"]
    for key, shape in shapes.items():
        lines += ["", f"# {words[f'intake.{key}']}", *(f"#{line}" for line in shape)]
    return lines


def _answers(question: Question, words: Mapping[str, str], language: str) -> str:
    """Return how the question may be answered, in the reader's language."""
    codes = ", ".join(f"{one.code} ({_in(one.text, language)})" for one in question.choices)
    match question.kind:
        case "choice":
            return f"{codes}, unknown"
        case "events":
            fields = [f"date: {words['intake.day']}"] + ["kind: ..."] * bool(question.choices)
            fields += ["zones: [...]"] * question.zonal
            events = f"{words['intake.form.events']}, [{{{', '.join(fields)}}}]"
            return events + (f"; kind: {codes}" if codes else "")
        case "number":
            plain = f"{words['intake.number']} ({question.unit})"
            return f"{words.get(f'intake.number.{question.unit}', plain)}, unknown"
        case kind:
            return words[f"intake.form.{kind}"]
