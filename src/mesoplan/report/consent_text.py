"""The consents to be read and signed on a screen: the words of consent.pdf under their version, and those to photos."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mesoplan.report.consent_paper import PHOTOS, consent_context, consents_of
from mesoplan.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesoplan.knowledge.base import Knowledge
    from mesoplan.report.context import PaperContext

_DATED = frozenset({"first", "course"})
_OF_THE_TEXT = ("kinds", "evidence", "about_risks", "risks", "instead", "duties", "rights", "statements")
_PHOTO_WORDS = ("consent.photos_title", "consent.photos_note", *(f"consent.photo.{one}" for one in PHOTOS))


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A consent as somebody reads it before signing.

    Attributes:
        version: Ids and versions of the wording, `pen 1` or `pen 1, injection 2`; raised with the wording.
        language: In which it is read.
        sha256: Of the wording in this language and of what it is given for (techniques, goals, zones, product); dates
            do not belong to it, so that another date asks nobody to sign anew.
        parts: Everything consent.pdf says; of a consent to photos `title`, `note`, and `points` by their id.
    """

    version: str
    language: str
    sha256: str
    parts: Mapping[str, Any]


def treatment_consent(context: PaperContext) -> ConsentText:
    """Return the consent to what a plan proposes.

    Raises:
        ValueError: If the plan does not allow one (`has_consent`).
    """
    parts = consent_context(context)
    proposal = [row for row, key in zip(parts["proposal"], _row_keys(parts), strict=True) if key not in _DATED]
    text = {"proposal": proposal, **{key: parts[key] for key in _OF_THE_TEXT}}
    version = ", ".join(f"{one.id} {one.version}" for one in consents_of(context))
    return ConsentText(version, context.plan.language, _digest(text), parts)


def photo_consent(knowledge: Knowledge, language: str) -> ConsentText:
    """Return the consent to photographs, which is asked for apart from any treatment."""
    words = Words(knowledge, language)
    every = [knowledge.words(one).get(key, "") for one in sorted(knowledge.languages) for key in _PHOTO_WORDS]
    parts = {
        "title": words("consent.photos_title"),
        "note": words("consent.photos_note"),
        "points": {one: words(f"consent.photo.{one}") for one in PHOTOS},
    }
    return ConsentText(f"photos {_digest(every)[:12]}", language, _digest(parts), parts)


def _row_keys(parts: Mapping[str, Any]) -> list[str]:
    """Return what each row of the proposal is about, in order."""
    labels = {parts["w"][f"consent.row.{key}"]: key for key in _ROWS}
    return [labels[row["label"]] for row in parts["proposal"]]


_ROWS = ("technique", "goals", "zones", "product", "status", "course", "first")


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
