"""Hypothesis strategies over the questions of the real knowledge: any intake a person could fill in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from mesoplan.knowledge.model import Question
from screening.cases import KNOWLEDGE, ON, ZONES

_PAST = st.integers(0, 500).map(lambda days: (ON - timedelta(days=days)).isoformat())
_FUTURE = st.integers(0, 200).map(lambda days: (ON + timedelta(days=days)).isoformat())
_ZONES = st.lists(st.sampled_from([*ZONES, "chin", "face"]), min_size=1, max_size=2)
UNKNOWN = st.just("unknown")


def answer_to(question: Question) -> st.SearchStrategy[Any]:
    """Return every form of answer that the question accepts."""
    match question.kind:
        case "yes_no":
            return st.sampled_from(["yes", "no", "unknown"])
        case "choice":
            return st.sampled_from([*(choice.code for choice in question.choices), "unknown"])
        case "date":
            if question.id == "birth_date":
                return st.dates(date(1930, 1, 1), ON).map(date.isoformat) | UNKNOWN
            return (_FUTURE if question.planned else _PAST) | UNKNOWN
        case "number":
            limits = KNOWLEDGE.fact_quantity(question.plausible)
            return st.integers(int(limits.low), int(limits.high)) | UNKNOWN
        case "zones":
            return st.sampled_from(["no", "yes", "unknown"]) | _ZONES.map(lambda zones: {"zones": zones})
        case "list":
            names = [
                "birch pollen",
                "lidocaine",
                "nickel",
                "something else",
                "warfarin",
                "took aspirin",
                "isotretinoin",
            ]
            return st.sampled_from(["no", "unknown"]) | st.lists(st.sampled_from(names), min_size=1, max_size=2)
    event = {"date": (_FUTURE if question.planned else _PAST) | UNKNOWN}
    if question.choices:
        event["kind"] = st.sampled_from([*(choice.code for choice in question.choices), "unknown"])
    if question.zonal:
        event["zones"] = _ZONES | UNKNOWN
    return st.sampled_from(["no", "unknown"]) | st.lists(st.fixed_dictionaries(event), min_size=1, max_size=2)


QUESTIONS = list(KNOWLEDGE.questions.values())
CHANGES = st.lists(st.sampled_from(QUESTIONS), max_size=6, unique_by=lambda question: question.id).flatmap(
    lambda chosen: st.fixed_dictionaries({question.id: answer_to(question) for question in chosen})
)
