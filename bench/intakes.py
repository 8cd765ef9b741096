"""Invented clients for the measurements: varied as a clinic's are, valid, and the same on every run.

Most answers stand on their quiet side, a few per client do not; one question in a hundred is left open. Ages, cycles,
goals, zones, earlier treatments, allergies and signatures differ from client to client.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from mesoplan.knowledge.conditions import is_zonal
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question

SEED = 20261123
VISIT = date(2026, 11, 23)
NOTABLE = 0.03
"""Share of answers on another side than the quiet one."""
OPEN = 0.01
"""Share of questions left open."""
FOLLOW_UPS = {
    **dict.fromkeys(("menstruation_start", "cycle_regular", "bleeding_days"), ("menstruates", "yes")),
    "cycle_length_days": ("cycle_regular", "yes"),
    "breastfeeding_end": ("breastfeeding", "yes"),
    "isotretinoin_stopped_on": ("isotretinoin", "stopped"),
}
"""Questions that are asked after one answer only: id -> that question and answer."""
NAMES = ("Anna Example", "Борис Примеров", "Chloé Exemple", "Dana O'Sample", "Émile «Test» Exemple")
ALLERGENS = ("birch pollen", "penicillin", "lidocaine", "шерсть кошки", "hyaluronidase")


def write_intakes(path: Path, knowledge: Knowledge, count: int) -> None:
    """Write one intake a line."""
    with path.open("w", encoding="utf-8") as file:
        for intake in intakes(knowledge, count):
            file.write(json.dumps(intake, ensure_ascii=False) + "\n")


def intakes(knowledge: Knowledge, count: int) -> Iterator[dict[str, Any]]:
    """Yield intakes as a file holds them."""
    random = Random(SEED)
    rules = [rule for rule in knowledge.rules.values() if rule.verdict == "PHYSICIAN"]
    physicians = [rule.id for rule in rules if not is_zonal(rule.when, knowledge)]
    for number in range(count):
        visit = VISIT - timedelta(days=random.randrange(10))
        intake = {
            "schema": "mesoplan-intake/1",
            "client": {
                "name": f"{random.choice(NAMES)} {number}",
                "identifier": f"B-{number:06}",
                "language": random.choice(knowledge.languages),
            },
            "visit_date": visit.isoformat(),
            "goals": _goals(random, knowledge),
            "answers": _answers(random, knowledge, visit),
            "sessions_done": random.choice((0, 0, 0, 1, 2, 5)),
        }
        if random.random() < 0.1:
            signature = {
                "finding": random.choice(physicians),
                "physician": "Dr. Sample",
                "answer": "yes",
                "decision": "may be done",
            }
            intake["signatures"] = [signature | {"signed_on": visit.isoformat()}]
        if random.random() < 0.3:
            intake["notes"] = 'Prefers mornings; asked about "downtime".'
        yield intake


def _goals(random: Random, knowledge: Knowledge) -> list[dict[str, Any]]:
    goals = []
    for indication in random.sample(list(knowledge.indications.values()), random.choice((1, 1, 2, 3))):
        zones = random.sample(indication.zones, min(len(indication.zones), random.choice((1, 1, 2, 3))))
        goals.append({"indication": indication.id, "zones": zones})
    return goals


def _answers(random: Random, knowledge: Knowledge, visit: date) -> dict[str, Any]:
    answers = {}
    for question in knowledge.questions.values():
        if random.random() >= OPEN:
            answers[question.id] = _answer(random, knowledge, question, visit)
    answers["birth_date"] = (visit - timedelta(days=random.randrange(17 * 365, 75 * 365))).isoformat()
    answers["phototype"] = random.choice(("I", "II", "II", "III", "III", "III", "IV", "V", "VI"))
    answers["sex"] = random.choice(("female", "female", "female", "female", "male", "other"))
    if answers["sex"] == "female" and "menstruates" in answers:
        answers["menstruates"] = random.choice(("yes", "yes", "no"))
    for name, (gate, code) in FOLLOW_UPS.items():
        if answers.get(gate) != code:
            answers.pop(name, None)
    return answers


def _answer(random: Random, knowledge: Knowledge, question: Question, visit: date) -> Any:
    notable = random.random() < NOTABLE
    match question.kind:
        case "yes_no" | "choice":
            return random.choice(question.order[1:]) if notable else question.order[0]
        case "date":
            return _day(random, question, visit, 28 if question.id == "menstruation_start" else 300)
        case "number":
            limits = knowledge.fact_quantity(question.plausible or "")
            return random.randint(int(limits.low or 0), int(limits.high or 40))
    if not notable:
        return "no"
    match question.kind:
        case "zones":
            return {"zones": _zones(random, knowledge)}
        case "list":
            return random.sample(ALLERGENS, random.choice((1, 2)))
    return [_event(random, knowledge, question, visit) for _ in range(random.choice((1, 1, 2)))]


def _event(random: Random, knowledge: Knowledge, question: Question, visit: date) -> dict[str, Any]:
    event: dict[str, Any] = {"date": "unknown" if random.random() < 0.1 else _day(random, question, visit, 300)}
    if question.choices:
        event["kind"] = random.choice([*(choice.code for choice in question.choices), "unknown"])
    if question.zonal:
        event["zones"] = _zones(random, knowledge)
    return event


def _day(random: Random, question: Question, visit: date, days: int) -> str:
    distance = timedelta(days=random.randrange(days))
    return (visit + distance if question.planned else visit - distance).isoformat()


def _zones(random: Random, knowledge: Knowledge) -> list[str]:
    return random.sample(knowledge.zone_ids, random.choice((1, 1, 2)))
