"""How many sessions a practitioner may decide on for a goal: never more than a source gives."""

from __future__ import annotations

import math

from mesoplan.knowledge.load import Knowledge

SESSIONS_ROLE = "sessions"


def sourced_sessions(knowledge: Knowledge, indication: str) -> tuple[int, int] | None:
    """Return the range of sessions that the sources give for a goal, in whole sessions; None where none does."""
    fact = knowledge.indications[indication].facts.get(SESSIONS_ROLE)
    if fact is None:
        return None
    low, high = knowledge.limits(fact, "sessions")
    ends = [end for end in (low, high) if end is not None]
    return math.floor(min(ends)), math.ceil(max(ends))


def sessions_within(knowledge: Knowledge, indication: str) -> tuple[int, int]:
    """Return between which numbers the practitioner decides: the goal's sources, else one to the most of any goal's."""
    own = sourced_sessions(knowledge, indication)
    every = (sourced_sessions(knowledge, name) for name in knowledge.indications)
    return own or (1, max((high for _, high in filter(None, every)), default=1))
