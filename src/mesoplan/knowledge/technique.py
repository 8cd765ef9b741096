"""Techniques: how a cocktail is brought in, with the ways, manners and steps, and the reasons for and against."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from mesoplan.knowledge.conditions import Condition
from mesoplan.knowledge.model import Model, Text

Layout = Literal["gliding_pen", "points", "stamp", "roller", "needle_free"]


class Manner(Model):
    """A manner of injection by syringe."""

    id: str
    name: Text
    facts: dict[str, str]
    """By role: depth, angle, spacing, volume_per_point -> fact id."""
    endpoint: Text


class Step(Model):
    """One step of the session, in order."""

    phase: Literal["before", "anaesthesia", "antisepsis", "treatment", "finish", "after"]
    text: Text
    fact: str | None = None


class RollerPath(Model):
    """One way on which a roller is led."""

    id: str
    name: Text
    zones: tuple[str, ...] = ()
    """Zones or groups that it crosses; empty: every zone."""
    fact: str
    arrows: tuple[tuple[tuple[float, float], ...], ...] = ()
    """How it is drawn: lines over the patient's right half, in pixels of the canonical drawing; the left mirrors it."""
    angles_deg: tuple[float, ...] = ()
    """Directions of its passes on flat skin, counter-clockwise from the horizontal; empty: as its arrows go."""


class ChoiceReason(Model):
    """One reason for or against a technique, where its condition holds."""

    when: Condition
    side: Literal["for", "against"]
    fact: str
    """The fact that says so; its title is the reason's words."""


class Technique(Model):
    """A way of bringing the cocktail in; new ones on an existing layout mode are data only."""

    id: str
    name: Text
    like: str | None = None
    """A technique from which is taken what is not stated here: facts by role, materials, steps by phase."""
    layout: Layout
    """gliding_pen: a device led over the skin (statistical cover); points: single punctures at a spacing; stamp: a
    device pressed and lifted (a rigid footprint at each placement); roller: a drum led along named paths (no promise of
    angle, depth or cover); needle_free: no puncture, parameters only where a fact or the clinic's device gives them."""
    tags: tuple[str, ...]
    """What rules select by: needles, device, syringe, solid_needle, hollow_needle, needle_free, clinic, home ..."""
    zones: tuple[str, ...]
    """Zones or groups it may be planned on; rules may still forbid some."""
    indications: dict[str, str] = Field(default_factory=dict)
    """Indications it serves that do not name it themselves: id -> fact."""
    cocktails: Literal["one", "several"]
    manners: tuple[Manner, ...] = ()
    """points: the manners of injection to choose from, the default first."""
    paths: tuple[RollerPath, ...] = ()
    """roller: the ways it is led, in order."""
    only_classes: tuple[str, ...] = ()
    """Substance classes of which a product must have one, and beside which it may hold carriers only; empty: any."""
    never_classes: tuple[str, ...] = ()
    """Substance classes that this technique never brings in."""
    facts: dict[str, str]
    """What the planner needs, by role: coverage, microzone, depth, session_minutes, anaesthesia ... -> fact id.
    needle_free: roles that begin with `parameter_` are settings of the energy."""
    choice: tuple[ChoiceReason, ...] = ()
    """What speaks for or against it, given the answers and goals."""
    rationale: Text
    """When this technique is the better choice, and when not; no global ranking."""
    materials: tuple[Text, ...] = ()
    steps: tuple[Step, ...] = ()

    def completed(self, base: Technique) -> Technique:
        """Return this technique with what it leaves out taken from `base`: facts, materials, whole phases of steps.

        Settings of an energy are each technique's own and are never taken over.
        """
        shared = {role: fact for role, fact in base.facts.items() if not role.startswith("parameter_")}
        own = {step.phase for step in self.steps}
        steps = (*self.steps, *(step for step in base.steps if step.phase not in own))
        phases: tuple[str, ...] = get_args(Step.model_fields["phase"].annotation)
        return self.model_copy(
            update={
                "facts": {**shared, **self.facts},
                "materials": self.materials or base.materials,
                "steps": tuple(sorted(steps, key=lambda step: phases.index(step.phase))),
            }
        )

    @property
    def at_home(self) -> bool:
        """Whether the client does it at home, without a device of the clinic."""
        return "home" in self.tags

    @property
    def by_device(self) -> bool:
        """Whether the clinic needs a device for it: pen, stamp, roller, or a source of energy."""
        return self.layout != "points" and not self.at_home
