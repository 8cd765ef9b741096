"""Which techniques could serve, zone by zone, with the reasons for and against. The practitioner chooses."""

from __future__ import annotations

from dataclasses import replace

from mesoplan.clinic.model import Clinic
from mesoplan.errors import Problem, ProblemError
from mesoplan.intake.model import UNKNOWN, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Technique
from mesoplan.knowledge.verdict import Verdict
from mesoplan.prescription.model import TechniqueOption
from mesoplan.screening.conditions import Situation, compile_condition
from mesoplan.screening.model import Cell, Screening

NOT_THIS_ZONE, NOT_THIS_GOAL = "refused.zone", "refused.indication"
_PROVISIONAL = frozenset({Verdict.DEFER, Verdict.PHYSICIAN})


def propose(
    knowledge: Knowledge, clinic: Clinic | None, intake: Intake, screening: Screening, *, technique: str | None = None
) -> tuple[TechniqueOption, ...]:
    """Return every technique of the screening, in the knowledge's order, with one of them proposed to go on with.

    There is no ranking of techniques. The plan needs one to go on with: that is the one that may treat most of the goal
    zones (where none may, the one that later may), then the one with the fewest reasons against, then the one with most
    reasons for, then the first. To someone who fears needles no needle is proposed where a needle-free technique may
    treat, and nothing is proposed for the home unless it is asked for.

    Args:
        knowledge: Techniques and indications.
        clinic: The clinic, None without a folder.
        intake: What the client wishes, fears and feels.
        screening: The verdicts.
        technique: The only one to go on with, None for any.

    Raises:
        ProblemError: If `technique` is not in the knowledge or was not screened.
    """
    screened = tuple(dict.fromkeys(cell.technique for cell in screening.cells))
    if technique is not None and technique not in screened:
        remedy = f"Use one of: {', '.join(screened)}."
        raise ProblemError([Problem("technique", technique, "this technique is not among the screened ones", remedy)])
    options = [_option(knowledge, clinic, intake, screening, knowledge.techniques[name]) for name in screened]
    open_to = [
        one
        for one in options
        if (technique == one.technique if technique else not knowledge.techniques[one.technique].at_home)
    ]
    now = {one.technique: len(one.zones) for one in open_to}
    later = {one.technique: sum(may_be_planned(cell) for cell in _cells(screening, one.technique)) for one in open_to}
    serving = now if any(now.values()) else later
    if _fears(intake):
        gentle = [one for one in open_to if _needle_free(knowledge, one.technique) and serving[one.technique]]
        open_to = gentle or open_to
    best = min(
        open_to,
        key=lambda one: (-serving[one.technique], _weight_against(knowledge, intake, one), -_count(one, "for")),
        default=None,
    )
    usable = best is not None and serving[best.technique] > 0
    return tuple(replace(one, proposed=usable and one is best) for one in options)


def in_order(knowledge: Knowledge, options: tuple[TechniqueOption, ...]) -> list[TechniqueOption]:
    """Return the techniques in the order in which zones are given to them: the proposed one first, the home's last.

    Beside a needle-free proposal the other needle-free ones come before the needles.
    """
    gentle = any(one.proposed and _needle_free(knowledge, one.technique) for one in options)

    def rank(one: TechniqueOption) -> tuple[bool, bool, bool]:
        technique = knowledge.techniques[one.technique]
        return (not one.proposed, technique.at_home, (technique.layout == "needle_free") is not gentle)

    return sorted(options, key=rank)


def _count(option: TechniqueOption, side: str) -> int:
    return sum(given == side for _, given in option.reasons)


def _weight_against(knowledge: Knowledge, intake: Intake, option: TechniqueOption) -> int:
    """Return how many reasons count against an option.

    A low pain threshold chooses among needles only: the sources answer it with the pen or a numbing cream, and name
    ways without needles for those who fear them.
    """
    return _count(option, "against") + (_low_pain(intake) and _needle_free(knowledge, option.technique))


def _low_pain(intake: Intake) -> bool:
    return intake.answers.get("pain_threshold", UNKNOWN).code == "low"


def _needle_free(knowledge: Knowledge, technique: str) -> bool:
    return knowledge.techniques[technique].layout == "needle_free"


def _fears(intake: Intake) -> bool:
    return intake.answers.get("fear_of_needles", UNKNOWN).code == "yes"


def serves(knowledge: Knowledge, technique: Technique, cell: Cell) -> tuple[str, ...]:
    """Return the indications of a cell that the technique serves in its zone; empty where it may not be planned."""
    if cell.zone is None or cell.zone not in _expanded(knowledge, technique.zones):
        return ()
    return tuple(
        goal
        for goal in cell.indications
        if technique.id in knowledge.techniques_for(goal)
        and cell.zone in _expanded(knowledge, knowledge.indications[goal].zones)
    )


def may_be_planned(cell: Cell) -> bool:
    """Return whether a provisional plan is made: nothing is missing, and only a date or a doctor stands against it."""
    return cell.may_treat or (cell.headline in _PROVISIONAL and not cell.missing)


def _option(
    knowledge: Knowledge, clinic: Clinic | None, intake: Intake, screening: Screening, technique: Technique
) -> TechniqueOption:
    zones: list[str] = []
    refused: list[tuple[str, str]] = []
    for cell in _cells(screening, technique.id):
        zone = cell.zone or ""
        if zone not in _expanded(knowledge, technique.zones):
            refused.append((zone, NOT_THIS_ZONE))
        elif not serves(knowledge, technique, cell):
            refused.append((zone, NOT_THIS_GOAL))
        elif not cell.may_treat:
            refused.append((zone, cell.findings[0] if cell.findings else "refused.missing"))
        else:
            zones.append(zone)
    reasons = dict.fromkeys(
        (
            *_sources(knowledge, intake, technique),
            *_chosen(knowledge, intake, screening, technique),
            *_person(intake, technique),
            *_equipment(clinic, technique),
        )
    )
    return TechniqueOption(technique.id, tuple(zones), tuple(refused), tuple(reasons), False)


def _cells(screening: Screening, technique: str) -> list[Cell]:
    return [cell for cell in screening.cells if cell.technique == technique and cell.zone is not None]


def _expanded(knowledge: Knowledge, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(zone for name in names for zone in knowledge.expand(name))


def _sources(knowledge: Knowledge, intake: Intake, technique: Technique) -> tuple[tuple[str, str], ...]:
    """Return the facts that name this technique for a goal; a goal it is not named for speaks against it."""
    reasons: dict[tuple[str, str], None] = {}
    for goal in intake.goals:
        fact = knowledge.techniques_for(goal.indication).get(technique.id)
        reasons[(NOT_THIS_GOAL, "against") if fact is None else (fact, "for")] = None
    return tuple(reasons)


def _chosen(
    knowledge: Knowledge, intake: Intake, screening: Screening, technique: Technique
) -> tuple[tuple[str, str], ...]:
    """Return the facts of the technique's own reasons that hold in some goal zone; what cannot be told gives none."""
    scopes: dict[str | None, list[str]] = {cell.zone: list(cell.indications) for cell in screening.cells}
    found = []
    for reason in technique.choice:
        told = compile_condition(reason.when, knowledge)
        situations = (Situation(screening.on, intake.answers, zone, frozenset(goals)) for zone, goals in scopes.items())
        if any(told(situation).holds is True for situation in situations):
            found.append((reason.fact, str(reason.side)))
    return tuple(found)


def _person(intake: Intake, technique: Technique) -> tuple[tuple[str, str], ...]:
    pain = _low_pain(intake)
    against = [("reason.fear_of_needles", "against")] if _fears(intake) and "needles" in technique.tags else []
    against += [("reason.pain_threshold", "against")] if pain and "syringe" in technique.tags else []
    against += [("reason.at_home", "against")] if technique.at_home else []
    return tuple(against)


def _equipment(clinic: Clinic | None, technique: Technique) -> tuple[tuple[str, str], ...]:
    if clinic is None or not technique.by_device or clinic.serves(technique.id):
        return ()
    return (("reason.no_device", "against"),)
