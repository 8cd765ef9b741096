"""Writes docs/systems.md: each system of the documents with its cases, and what the program says to them.

Run `PYTHONPATH=tests python -m tests.docs.systems_page` after a case or a verdict has changed, and read the difference.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mesoplan.plan import Plan
from mesoplan.report.words import Words
from screening.cases import KNOWLEDGE
from screening.plan_cases import PLANS, made

PAGE = Path(__file__).parents[2] / "docs" / "systems.md"
SHOWN = 3
HEAD = """# The 29 systems, and what the program says

The documents name 29 systems, techniques and programmes. `mesoplan systems S05` tells what stands for one of them
here. Below, for each, cases that a clinician can read in `tests/cases/plans*.yaml`, planned with the example clinic:
the verdict, and what is planned. `python3 dev.py test -- tests/screening/test_plans.py -k CASE` plans a case again.

| system | case | who comes | verdict | planned |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page as the program makes it now."""
    words = Words(KNOWLEDGE, "en")
    lines = []
    for system in KNOWLEDGE.systems.values():
        cases = [case for case in PLANS if system.id in case.get("systems", ())][:SHOWN]
        for number, case in enumerate(cases):
            name = f"**{system.id}** {words.text(system.name)}" if number == 0 else ""
            plan = made(case)
            said = f"`{case['id']}` | {case['says']} | {plan.screening.headline}"
            lines.append(f"| {name} | {said} | {_planned(plan, words)} |")
    return HEAD + "\n".join(lines) + "\n"


def _planned(plan: Plan, words: Words) -> str:
    """Return each technique with the number of its zones, or that nothing is planned."""
    used = Counter(zone.technique for zone in plan.prescription.zones)
    named = "; ".join(f"{words.text(KNOWLEDGE.techniques[one].name)} (zones: {zones})" for one, zones in used.items())
    if not named:
        return "nothing"
    return f"provisionally: {named}" if plan.prescription.provisional else named


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
