"""What an extension adds must not loosen what the base states: no deeper skin, no technique or goal past a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mesoplan.errors import Problem
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Indication, Quantity
from mesoplan.knowledge.resolve import in_unit, shown
from mesoplan.knowledge.skin_rows import SkinValue, chart_end, mean_full_skin, thin_end
from mesoplan.knowledge.stricter import WAITS
from mesoplan.knowledge.technique import Layout, Technique
from mesoplan.knowledge.verdict import SEVERITY, Verdict

_LAYOUT_TAGS: dict[Layout, frozenset[str]] = {
    "gliding_pen": frozenset({"needles", "device"}),
    "stamp": frozenset({"needles", "device"}),
    "roller": frozenset({"needles", "device"}),
    "points": frozenset({"needles", "syringe"}),
    "needle_free": frozenset({"needle_free"}),
}
"""The tags by which rules find the techniques of a layout."""
FACE = "face"
_WIDER = (*WAITS, "eye_margin")
"""Roles of facts that are stricter when longer or wider."""
_WINDOW = "allergy_test_second"
_LIMITS = (*_WIDER, _WINDOW, "volume_session_max", "depth_hard_limit", "depth", "passes")
"""Roles whose facts limit a technique; what every technique of the base with the same layout names is not left out."""
_GOAL_WAITS = ("interval", "repeat")
_GOAL_LIMITS = (*_GOAL_WAITS, "sessions")
"""Roles in which a goal's own fact comes before a technique's, and so could loosen a course."""
_DOSE = "volume_per_point"
_LOOKUPS: tuple[tuple[Callable[[Knowledge, str], SkinValue | None], str], ...] = (
    (thin_end, "skin at its thinnest"),
    (mean_full_skin, "mean thickness of the skin"),
    (chart_end, "depth by a vendor's chart"),
)


def addition_problems(base: Knowledge, merged: Knowledge) -> tuple[Problem, ...]:
    """Return everything by which extensions would loosen the base; empty where nothing does.

    Items of the base cannot be replaced at all. Looked at are the additions that could reach past a limit: techniques
    (tags of their layout, facts that limit them, classes they never bring in, doses of a point), goals (interval and
    number of sessions, classes of products that a doctor decides about), zones (none that may be treated on the face,
    which the base divides up), measured thickness and vendors' charts (no zone of the base becomes deeper).

    Args:
        base: The knowledge base that ships.
        merged: The same with the extensions.
    """
    techniques = [one for name, one in merged.techniques.items() if name not in base.techniques]
    goals = [one for name, one in merged.indications.items() if name not in base.indications]
    return (
        *(problem for one in techniques for problem in _technique(base, merged, one)),
        *(problem for one in goals for problem in _goal(base, merged, one)),
        *_zones(base, merged),
        *_skin(base, merged),
        *_groups(base, merged),
    )


def _technique(base: Knowledge, merged: Knowledge, technique: Technique) -> Iterator[Problem]:
    yield from _tags(base, merged, technique)
    alike = [
        one for one in base.techniques.values() if (one.layout, one.at_home) == (technique.layout, technique.at_home)
    ]
    if not alike:
        place = merged.places.of("techniques", technique.id, ("tags",))
        message = f"no technique of the base with layout {technique.layout} is done at home: nothing limits this one"
        remedy = "Take `home` out of `tags:`, or choose another layout."
        yield Problem(place, ", ".join(technique.tags), message, remedy)
        return
    yield from _classes(merged, technique, alike)
    yield from _doses(base, merged, technique)
    for role in _LIMITS:
        known = [one.facts[role] for one in alike if role in one.facts]
        own = technique.facts.get(role)
        if len(known) == len(alike) and own is None:
            place = merged.places.of("techniques", technique.id, ("facts",))
            message = f"a technique of layout {technique.layout} without its {role}"
            remedy = f"Name {known[0]} under `facts: {role}:`, or take everything over with `like: {alike[0].id}`."
            yield Problem(place, technique.id, message, remedy)
        elif known and own is not None and own not in known:
            place = merged.places.of("techniques", technique.id, ("facts", role))
            yield from _looser_fact(merged, place, role, own, known)


def _tags(base: Knowledge, merged: Knowledge, technique: Technique) -> Iterator[Problem]:
    """Yield the tags that a technique lacks and rules would find it by: of its layout, and of what it works by."""
    place, own = merged.places.of("techniques", technique.id, ("tags",)), frozenset(technique.tags)
    lacking = sorted(_LAYOUT_TAGS[technique.layout] - own)
    if lacking:
        message = f"a technique of layout {technique.layout} without the tag {', '.join(lacking)} escapes rules"
        yield Problem(place, ", ".join(technique.tags), message, f"Add {', '.join(lacking)} to `tags:`.")
        return
    alike = [frozenset(one.tags) for one in base.techniques.values() if one.layout == technique.layout]
    energies = sorted(frozenset[str]().union(*alike) - frozenset.intersection(*alike))
    if technique.layout == "needle_free" and own.isdisjoint(energies):
        remedy = f"Add what it works by to `tags:`; known are {', '.join(energies)}."
        yield Problem(place, ", ".join(technique.tags), "a needle-free technique that names no energy", remedy)


def _zones(base: Knowledge, merged: Knowledge) -> Iterator[Problem]:
    """Yield the new zones of the face that may be treated: under a new name, rules on closed places miss them."""
    face = set(base.zone_groups[FACE].members)
    parts = {FACE, *face, *(base.zones[one].parent for one in face & base.zones.keys())}
    for zone in merged.zones.values():
        if zone.id not in base.zones and zone.treatable and (zone.parent in parts or face & set(zone.neighbours)):
            place = merged.places.of("zones", zone.id)
            message = "the base divides up the whole face, and its rules do not know this zone"
            yield Problem(place, zone.id, message, "Use a zone of the base, or set `treatable: false`.")


def _classes(merged: Knowledge, technique: Technique, alike: list[Technique]) -> Iterator[Problem]:
    """Yield the classes that no technique of the base done this way brings in, and that this one does not exclude."""
    never = set.intersection(*(set(one.never_classes) for one in alike)) - set(technique.never_classes)
    if never:
        named = ", ".join(sorted(never))
        place = merged.places.of("techniques", technique.id, ("never_classes",))
        message = f"no technique of the base that is done this way brings in {named}, and this one does not exclude it"
        yield Problem(place, technique.id, message, f"Add {named} to `never_classes:`.")


def _doses(base: Knowledge, merged: Knowledge, technique: Technique) -> Iterator[Problem]:
    """Yield the doses of a point, in a technique's own manners, that are larger than any of the base's."""
    manners = [manner for one in base.techniques.values() for manner in one.manners]
    known = [manner.facts[_DOSE] for manner in manners if _DOSE in manner.facts]
    for number, manner in enumerate(technique.manners):
        own = manner.facts.get(_DOSE)
        if own is not None and own not in known:
            place = merged.places.of("techniques", technique.id, ("manners", number, "facts", _DOSE))
            yield from _looser_fact(merged, place, _DOSE, own, known)


def _looser_fact(merged: Knowledge, place: str, role: str, own: str, known: list[str]) -> Iterator[Problem]:
    """Yield a problem when an addition's own fact in a role holds to none of the known ones."""
    quantity = merged.facts[own].resolution.quantity
    held = [found for fact in known if (found := merged.facts[fact].resolution.quantity) is not None]
    if not held or (quantity is not None and any(_holds(quantity, one, role) for one in held)):
        return
    stated = "no number" if quantity is None else shown(quantity)
    message = f"{stated} is looser than, or no such number as, the knowledge base's {shown(held[0])} for {role}"
    yield Problem(place, own, message, f"Name a stricter fact in the same form, or {known[0]}.")


def _holds(own: Quantity, known: Quantity, role: str) -> bool:
    """Return whether a fact of a technique's own keeps to the known one; only the end that limits is compared."""
    low, high = in_unit(own, known.unit) or (None, None)
    wide_enough = low is not None and known.low is not None and low >= known.low
    small_enough = high is not None and known.high is not None and high <= known.high
    if role == _WINDOW:
        return wide_enough and small_enough
    return wide_enough if role in (*_WIDER, *_GOAL_WAITS) else small_enough


def _goal(base: Knowledge, merged: Knowledge, goal: Indication) -> Iterator[Problem]:
    """Yield the facts of a new goal that loosen a course, and its classes that the base leaves to a doctor throughout.

    A class is told only where no rule leaves the new goal to a doctor as well.
    """
    for role in _GOAL_LIMITS:
        known = [one.facts[role] for one in base.indications.values() if role in one.facts]
        own = goal.facts.get(role)
        if own is not None and own not in known:
            place = merged.places.of("indications", goal.id, ("facts", role))
            yield from _looser_fact(merged, place, role, own, known)
    if _doctors(merged, goal.id):
        return
    for number, name in enumerate(goal.cocktails):
        served = [one for one in base.indications.values() if name in one.cocktails]
        if served and all(_doctors(base, one.id) for one in served):
            place = merged.places.of("indications", goal.id, ("cocktails", number))
            message = "every goal of the base that takes this class is a doctor's decision, and this one is not"
            remedy = f"Add a rule of verdict PHYSICIAN on `goal: [{goal.id}]`, or leave the class out."
            yield Problem(place, name, message, remedy)


def _doctors(knowledge: Knowledge, goal: str) -> bool:
    """Return whether a rule leaves a goal to a doctor, or forbids it, whatever the answers say."""
    return any(
        isinstance(rule.when, c.Goal)
        and goal in rule.when.goal
        and "all" in rule.applies_to
        and SEVERITY[rule.verdict] >= SEVERITY[Verdict.PHYSICIAN]
        for rule in knowledge.rules.values()
    )


def _groups(base: Knowledge, merged: Knowledge) -> Iterator[Problem]:
    """Yield the base's groups of zones that got another name: the name is what somebody chooses by."""
    for name, group in base.zone_groups.items():
        if merged.zone_groups[name].name != group.name:
            place = merged.places.of("zone_groups", name)
            yield Problem(place, name, "this group of the base gets another name", "Take it out of `group_names:`.")


def _skin(base: Knowledge, merged: Knowledge) -> Iterator[Problem]:
    if base.thickness.keys() == merged.thickness.keys() and len(base.charts) == len(merged.charts):
        return
    for zone in base.zones.values():
        if not zone.treatable:
            continue
        for lookup, what in _LOOKUPS:
            before, after = lookup(base, _any_side(merged, zone.id)), lookup(merged, _any_side(merged, zone.id))
            if before is not None and after is not None and after.value_mm > before.value_mm:
                kind = "thickness" if after.kind == "atlas" else "charts"
                place = merged.places.of(kind, after.reference) if kind == "thickness" else after.reference
                message = (
                    f"this raises the {what} at {zone.id} from {before.value_mm:g} to {after.value_mm:g} mm"
                    f" ({before.reference})"
                )
                remedy = (
                    "An extension may make a zone shallower, never deeper: take the row out, or add it to the base."
                )
                yield Problem(place, after.reference, message, remedy)


def _any_side(knowledge: Knowledge, zone: str) -> str:
    return knowledge.expand(zone)[0]
