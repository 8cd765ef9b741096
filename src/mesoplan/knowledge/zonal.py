"""Whether a rule speaks of single zones or of the whole person."""

from __future__ import annotations

from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.conditions import All, Any_, ConditionModel, Event, Goal, Here, Not, Zone


def is_zonal(condition: ConditionModel, knowledge: Knowledge) -> bool:
    """Return whether the condition can differ from zone to zone."""
    match condition:
        case All(all=parts) | Any_(any=parts):
            return any(is_zonal(part, knowledge) for part in parts)
        case Not(not_=part):
            return is_zonal(part, knowledge)
        case Event():
            return knowledge.questions[condition.event].zonal and not condition.anywhere
        case Here() | Goal() | Zone():
            return True
        case _:
            return False
