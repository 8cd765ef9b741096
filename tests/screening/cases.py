"""Builds intakes for the screening tests: the oracle's baseline with some answers changed."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from mesoplan.intake.model import Intake
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.load import load

CASES = Path(__file__).parent.parent / "cases"
KNOWLEDGE = load()
ORACLE = yaml.safe_load((CASES / "oracle.yaml").read_text(encoding="utf-8"))
MUST_PROCEED = yaml.safe_load((CASES / "must_proceed.yaml").read_text(encoding="utf-8"))
DATED = yaml.safe_load((CASES / "dated.yaml").read_text(encoding="utf-8"))
BASELINE: dict[str, Any] = ORACLE["baseline"]
ON = date.fromisoformat(str(BASELINE["visit_date"]))
TECHNIQUES = tuple(KNOWLEDGE.techniques)
ZONES = ("forehead", "cheek_upper_left", "cheek_upper_right")


def raw(changes: dict[str, Any], *, goals: Any = None, visit: Any = None) -> dict[str, Any]:
    """Return the baseline as an intake file holds it, with the changed answers."""
    answers = {**copy.deepcopy(BASELINE["answers"]), **changes}
    if answers["menstruates"] == "no":
        answers |= dict.fromkeys(
            ("menstruation_start", "cycle_regular", "cycle_length_days", "bleeding_days"), "unknown"
        )
    return {
        "client": {"name": "Test Client", "identifier": "T-1"},
        "visit_date": visit or BASELINE["visit_date"],
        "goals": copy.deepcopy(goals or BASELINE["goals"]),
        "answers": answers,
    }


def intake(changes: dict[str, Any], *, goals: Any = None, visit: Any = None) -> Intake:
    """Return the parsed baseline with the changed answers."""
    return parse_intake(raw(changes, goals=goals, visit=visit), KNOWLEDGE)


def checked(row: dict[str, Any]) -> list[tuple[date, dict[str, Any]]]:
    """Return (day, expectation) of a dated row."""
    return [(date.fromisoformat(day["day"]), day) for day in row["days"]]
