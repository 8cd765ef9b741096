"""The cover of a zone over a course, with its spread, for every layout that covers at random."""

from __future__ import annotations

from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Technique
from mesoplan.layout.coverage import cover_spread, sessions_until
from mesoplan.layout.model import Cover, Cumulative

NEARLY_ALL, ALL_BUT_ONE_PERCENT = 0.95, 0.99
"""The two covers for which the number of sessions is printed."""
SIGMA_ROLE = "registration_sigma"
FREE_HAND_SIGMA = "sigma.freehand"


def cumulate(
    knowledge: Knowledge,
    technique: Technique,
    *,
    per_cm2: float,
    microzone_mm: float,
    area_cm2: float,
    spread: float,
    wished: float,
    sessions: int,
    sigma_mm: float | None = None,
    cluster: int = 1,
) -> Cumulative:
    """Return the cover after each session, its spread from the zone's size and how unevenly the hand works.

    Args:
        knowledge: Where the registration error comes from unless the clinic measured its own.
        technique: The technique.
        per_cm2: Punctures of one session.
        microzone_mm: Diameter of the zone that one puncture acts on.
        area_cm2: Area of the zone.
        spread: Relative spread of the time or the passes spent on each area.
        wished: Wished cover of one session, for the documents' addition.
        sessions: Sessions of the course.
        sigma_mm: The clinic's measured registration error, None without one.
        cluster: Needles that strike together.
    """
    covers = []
    for number in range(1, sessions + 1):
        one = cover_spread(per_cm2, microzone_mm, area_cm2, spread, number, cluster)
        covers.append(Cover(one.mean, one.sd, one.low, one.high))
    each = covers[0].mean
    sigma = technique.facts.get(SIGMA_ROLE, FREE_HAND_SIGMA)
    return Cumulative(
        sessions=tuple(range(1, sessions + 1)),
        cover=tuple(covers),
        claimed=tuple(min(1.0, number * wished) for number in range(1, sessions + 1)),
        sessions_for_95=sessions_until(each, NEARLY_ALL),
        sessions_for_99=sessions_until(each, ALL_BUT_ONE_PERCENT),
        sigma_mm=sigma_mm if sigma_mm is not None else low_end(knowledge, sigma, "mm"),
    )


def low_end(knowledge: Knowledge, fact: str, unit: str) -> float:
    """Return the lower end of a fact, or its only end."""
    low, high = knowledge.limits(fact, unit)
    return low if low is not None else high or 0.0
