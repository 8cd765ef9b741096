"""One client's case as `screen` and `plan` take it in: intake, day, language, clinic, each wrong one told at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan.cli.common import day_for, load_knowledge, parse_day, stop
from mesoplan.cli.questions import check_language
from mesoplan.errors import Problems

if TYPE_CHECKING:
    from mesoplan.clinic.model import Clinic
    from mesoplan.intake.model import Intake
    from mesoplan.knowledge.load import Knowledge


@dataclass(frozen=True, slots=True)
class Case:
    """What was handed in for one client, without a problem of its own.

    Attributes:
        knowledge: The knowledge base, with the clinic's own limits laid over it.
        clinic: The clinic's folder, None without one.
        intake: As parsed.
        when: The day it is for.
        language: Language of what is printed.
    """

    knowledge: Knowledge
    clinic: Clinic | None
    intake: Intake
    when: date
    language: str


def read_case(
    problems: Problems, path: Path, *, on: str | None, technique: str | None, lang: str | None, clinic: str | None
) -> Case | None:
    """Return a client's case; None where something is wrong with it, all of which is noted in `problems`.

    Raises:
        ProblemError: If the knowledge base itself cannot be used.
    """
    from mesoplan.clinic.load import load_clinic
    from mesoplan.clinic.tighten import tighten
    from mesoplan.intake.parse import read_intake

    knowledge = load_knowledge()
    before = len(problems.found)
    problems.attempt(lambda: _check_technique(technique, tuple(knowledge.techniques)))
    problems.attempt(lambda: None if lang is None else check_language(lang, knowledge.languages))
    day = problems.attempt(lambda: parse_day(on, "--on"))
    practice = None if clinic is None else problems.attempt(lambda: load_clinic(clinic, knowledge))
    intake = problems.attempt(lambda: read_intake(path, knowledge))
    if intake is None or (on is not None and day is None):
        return None
    when = problems.attempt(lambda: day_for(intake, day, path.name))
    if when is None or len(problems.found) > before:
        return None
    language = intake.client.language if lang is None else lang
    return Case(tighten(knowledge, practice), practice, intake, when, language)


def _check_technique(technique: str | None, known: tuple[str, ...]) -> None:
    if technique is not None and technique not in known:
        stop("--technique", technique, "not a technique of the knowledge", f"Known are: {', '.join(known)}.")
