"""The comparison of two plans as a paper: one or two pages, what makes them hard to compare on top."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from mesoplan.report.compare_words import ComparisonWords
from mesoplan.report.typeset import printable, typeset
from mesoplan.report.words import within

if TYPE_CHECKING:
    from mesoplan.report.compare import Comparison
    from mesoplan.report.compare_words import ShownPart
    from mesoplan.report.context import PaperContext


def comparison_paper(comparison: Comparison, context: PaperContext) -> bytes:
    """Return the PDF of a comparison, in the language of the context's plan."""
    return typeset("compare", comparison_context(comparison, context))


def comparison_context(comparison: Comparison, context: PaperContext) -> dict[str, Any]:
    """Return everything the paper says."""
    say, words, frame = ComparisonWords(context), context.words, context.frame("compare")
    sides, parts = (comparison.first, comparison.second), say.parts(comparison)
    letters = [words(f"compare.letter.{one}") for one in ("first", "second")]
    clinics = dict.fromkeys(printable(one.clinic) if one.clinic else words("clinic.none") for one in sides)
    versions = dict.fromkeys(words("foot.knowledge", version=one.knowledge_version) for one in sides)
    days = dict.fromkeys(words.day(one.on) for one in sides)
    example = any(one.clinic_is_example for one in sides)
    return {
        **frame,
        "clinic_line": " \u00b7 ".join((" / ".join(clinics), " / ".join(days))),
        "example": words("example.mark") if example else "",
        "foot": [words("foot.compare"), "; ".join(versions)],
        "warnings": say.warnings(comparison),
        "sides": say.sides(comparison),
        "count": say.count(parts),
        "parts": [_part(context, part, letters) for part in parts],
    }


def _part(context: PaperContext, part: ShownPart, letters: list[str]) -> dict[str, Any]:
    """Return one part: the rows that differ, under their zones, and in one paragraph what both plans say alike."""
    words = context.words
    differing = [row for row in part.rows if not row.same]
    alike = [f"{within(row.label)}: {row.inside}" for row in part.rows if row.same and not row.where]
    alike += [f"{within(row.label)} ({within(row.where)}): {row.inside}" for row in part.rows if row.same and row.where]
    return {
        "head": [part.title, *letters, words("compare.difference")],
        "groups": [
            {"where": where, "rows": [[row.label, row.first, row.second, row.difference] for row in rows]}
            for where, rows in groupby(differing, key=lambda row: row.where)
        ],
        "alike": words("compare.alike", rows="; ".join(alike)) if alike else "",
    }
