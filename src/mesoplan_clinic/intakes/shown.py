"""Questions and answers as the pages show them, every word of them the core's, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mesoplan import ProblemError, parse_intake
from mesoplan.report.findings import FindingWords
from mesoplan.report.words import Words, sentence
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.intakes import problems, services
from mesoplan_clinic.intakes.interview import GOALS, Asking, version_of
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import as_file
from mesoplan_clinic.intakes.typed import Sent, raw_of, sent_from, sent_of

if TYPE_CHECKING:
    from mesoplan import Intake as CoreIntake
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.model import Question


@dataclass(frozen=True)
class ShownEvent:
    """One row of a question about what happened."""

    number: int
    date: str = ""
    kind: str = ""
    zones: str = ""


@dataclass
class Shown:
    """One question as its form shows it.

    Attributes:
        id: The question's id.
        kind: Its kind, "goals" for the wishes.
        text: As it is asked.
        help: What it means, "" without an explanation.
        chips: (code, words) of the answers that are one word.
        sent: What stands in the form.
        version: Version of the answer.
        problem: Why what was typed cannot be used, "" where it can.
        mode: "open", "known" (the earlier answer is to be confirmed) or "answered".
        earlier: The answer at the visit before, in words, "" without one.
        applies: Whether it is asked, given the answers so far.
        by: Who answered and when.
    """

    id: str
    kind: str
    text: str
    help: str = ""
    chips: list[tuple[str, str]] = field(default_factory=list)
    kinds: list[tuple[str, str]] = field(default_factory=list)
    zonal: bool = False
    unit: str = ""
    sent: Sent = field(default_factory=Sent)
    version: int = 0
    problem: str = ""
    mode: str = "open"
    earlier: str = ""
    may_be_same: bool = False
    confirmed: bool = False
    applies: bool = True
    by: str = ""
    wishes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def zones(self) -> str:
        """The chosen zones as the script reads them."""
        return ",".join(self.sent.zones)

    @property
    def rows(self) -> list[ShownEvent]:
        """The rows of what happened; an empty one where there is none."""
        rows = [
            ShownEvent(number, one["date"], one["kind"], ",".join(one["zones"]))
            for number, one in enumerate(self.sent.events)
        ]
        return rows or [ShownEvent(0)]


class Wording:
    """Says questions and answers in the language of the page."""

    def __init__(self, knowledge: Knowledge, language: str | None = None) -> None:
        """Take the knowledge, and a language; the page's where none is named."""
        chosen = (language or get_language() or "en").split("-")[0]
        self.knowledge = knowledge
        self.words = Words(knowledge, chosen if chosen in knowledge.languages else "en")
        self.say = FindingWords(knowledge, self.words)

    def text(self, text: Mapping[str, str] | None) -> str:
        """Return a sentence of the knowledge."""
        return self.words.text(text)


@dataclass
class Page:
    """An intake as its pages show it."""

    intake: Intake

    @cached_property
    def asking(self) -> Asking:
        """What is asked."""
        return Asking(self.intake)

    @cached_property
    def wording(self) -> Wording:
        """The words."""
        return Wording(knowledge_of(self.intake.client.clinic))

    @cached_property
    def core(self) -> CoreIntake:
        """The answers as the core reads them."""
        return read_with_todays_knowledge(self.intake)

    @cached_property
    def before(self) -> CoreIntake | None:
        """The answers of the visit before, None at the first."""
        return None if self.intake.based_on is None else read_with_todays_knowledge(self.intake.based_on)

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups with something to ask: id, title, number of open questions."""
        counts = self.asking.still_open()
        return [
            {"id": one, "title": self.wording.say.names.group(one), "open": number} for one, number in counts.items()
        ]

    def questions(self, group: str) -> list[Shown]:
        """Return every question of a group, with those that do not apply now: they appear when they do."""
        shown = [self.question(one) for one in self.asking.in_group(group)]
        return [self.goals(), *shown] if self.has_goals(group) else shown

    def has_goals(self, group: str) -> bool:
        """Return whether the wishes are asked in this group."""
        from mesoplan_clinic.intakes.interview import GOALS_GROUP

        return group == GOALS_GROUP and self.asking.asks_goals

    def question(self, question: Question) -> Shown:
        """Return one question."""
        text, name = self.wording.text, question.id
        typed = self.asking.typed.get(name)
        sent = sent_of(question, self.asking.raw.get(name)) if typed is None else sent_from(typed)
        answered = typed is not None or self.asking.is_answered(name)
        known = self.asking.is_known(question)
        before = self.asking.earlier.get(name)
        earlier = before not in (None, "unknown") and (known or before not in ("no", False))
        listed = question.kind in ("events", "list")
        return Shown(
            id=name,
            kind=question.kind,
            text=text(question.text),
            help=text(question.help),
            chips=self._chips(question),
            kinds=[(one.code, text(one.text)) for one in question.choices] if question.kind == "events" else [],
            zonal=question.zonal or question.kind == "zones",
            unit=self._unit(question.unit or ""),
            sent=sent,
            version=version_of(self.intake, name),
            problem="" if typed is None else self.problem(question, sent_from(typed)),
            mode="answered" if answered else "known" if known else "open",
            earlier=self._earlier(name) if earlier and (known or listed) else "",
            may_be_same=earlier and (known or listed) and not answered,
            confirmed=name in self.intake.confirmed,
            applies=name in self.asking.applying,
            by=self.by(name),
        )

    def _unit(self, unit: str) -> str:
        """Return a unit as it stands behind a number still to be typed: spelled out where the language does so."""
        words, several = self.wording.words, 5
        if f"quantity.{unit}.other" not in words:
            return words.unit(unit) if unit else ""
        return words.count(f"quantity.{unit}", several).replace(words.number(several), "").strip()

    def _chips(self, question: Question) -> list[tuple[str, str]]:
        words = self.wording.words
        if question.kind in ("date", "number"):
            return [("unknown", _("I do not know"))]
        if question.kind == "choice":
            chips = [(one.code, self.wording.text(one.text)) for one in question.choices]
        else:
            chips = [("no", words("answer.no")), ("yes", words("answer.yes"))]
        return [*chips, ("unknown", _("I do not know"))]

    def _earlier(self, name: str) -> str:
        return "" if self.before is None else self.wording.say.answer(name, self.before)

    def by(self, name: str) -> str:
        """Return who answered and when, "" for nobody."""
        entry = self.intake.answers.get("log", {}).get(name)
        if not entry:
            return ""
        who = _("the client") if entry.get("client") else entry["by"]
        return f"{who}, {moment(self.intake, entry['at'])}"

    def problem(self, question: Question, sent: Sent) -> str:
        """Return what is wrong with what was typed."""
        found = services.problems_of(self.intake, question, raw_of(question, sent))
        return " ".join(problems.said(one, question, self.wording.knowledge, self.wording.words) for one in found[:3])

    # -- wishes

    def goals(self) -> Shown:
        """Return the wishes."""
        typed = self.asking.typed.get(GOALS)
        goals = self.intake.answers.get(GOALS, []) if typed is None else typed
        chosen = {one["indication"]: one for one in goals}
        before = (self.intake.based_on.answers.get(GOALS) if self.intake.based_on else None) or []
        wrong = [] if typed is None else services.problems_of_goals(self.intake, typed)
        answered = typed is not None or self.asking.is_answered(GOALS)
        return Shown(
            id=GOALS,
            kind=GOALS,
            text=self.wording.words("asked.goals"),
            version=version_of(self.intake, GOALS),
            problem=" ".join(problems.said(one, None, self.wording.knowledge, self.wording.words) for one in wrong[:3]),
            mode="answered" if answered else "known" if before else "open",
            earlier="" if answered or self.intake.is_addition else self.said_goals(before),
            may_be_same=bool(before) and not answered and not self.intake.is_addition,
            by=self.by(GOALS),
            wishes=[self._wish(name, chosen.get(name)) for name in self.wording.knowledge.indications],
        )

    def _wish(self, name: str, chosen: dict[str, Any] | None) -> dict[str, Any]:
        indication = self.wording.knowledge.indications[name]
        may = [zone for part in indication.zones for zone in self.wording.knowledge.expand(part)]
        zones = [] if chosen is None else chosen.get("zones", [])
        return {
            "id": name,
            "name": sentence(self.wording.say.names.indication(name)),
            "chosen": chosen is not None,
            "zones": ",".join(self._expanded(zones)),
            "may": ",".join(dict.fromkeys(may)),
            "sessions": "" if chosen is None else chosen.get("sessions", ""),
        }

    def _expanded(self, zones: list[str]) -> list[str]:
        knowledge = self.wording.knowledge
        found: list[str] = []
        for zone in zones:
            try:
                found += knowledge.expand(str(zone))
            except KeyError:
                found.append(zone)
        return found

    def said_goals(self, goals: list[dict[str, Any]]) -> str:
        """Return wishes in words."""
        names = self.wording.say.names
        every = [(one["indication"], self._expanded(one.get("zones", []))) for one in goals]
        return "; ".join(f"{names.indication(name)}: {names.zones(zones)}" for name, zones in every)

    # -- a whole intake to be read

    def answers(self) -> list[dict[str, Any]]:
        """Return group by group what was answered, in words; what is not known is marked."""
        say, found = self.wording.say, []
        for group in self.wording.knowledge.groups:
            rows = [self._goal_row()] if group == "goals_and_wishes" else []
            rows += [
                {
                    "id": one.id,
                    "text": self.wording.text(one.text),
                    "answer": say.answer(one.id, self.core),
                    "unknown": self.core.answers[one.id].state in ("unknown", "not asked"),
                    "unusable": one.id in self.asking.typed,
                    "confirmed": one.id in self.intake.confirmed,
                    "no": self.core.answers[one.id].state == "no",
                    "by": self.by(one.id) if self._is_by_another(one.id) else "",
                }
                for one in self._read_in(group)
            ]
            if rows:
                found.append({"id": group, "title": say.names.group(group), "rows": rows})
        return found

    @cached_property
    def _usual_author(self) -> str:
        """Who answered most of the questions; only the others are named beside their answers."""
        authors = [entry["by"] for entry in self.intake.answers.get("log", {}).values()]
        return max(authors, key=authors.count, default="")

    def _is_by_another(self, name: str) -> bool:
        entry = self.intake.answers.get("log", {}).get(name)
        return entry is not None and entry["by"] != self._usual_author

    def _read_in(self, group: str) -> list[Question]:
        whole = Asking(_as_visit(self.intake))
        return [one for one in whole.knowledge.questions.values() if one.group == group and one.id in whole.applying]

    def _goal_row(self) -> dict[str, Any]:
        goals = self.intake.answers.get(GOALS, [])
        said = self.said_goals(goals) or self.wording.words("answer.unknown")
        unusable = GOALS in self.asking.typed
        text = self.wording.words("asked.goals")
        return {"id": GOALS, "text": text, "answer": said, "unknown": not goals, "unusable": unusable, "by": ""}

    def added(self) -> list[dict[str, str]]:
        """Return what an addition says beyond what was signed: question, before, after, who."""
        before, say = self.before, self.wording.say
        if before is None or not self.intake.is_addition:
            return []
        found = [
            {
                "text": say.names.question(name),
                "before": say.answer(name, before),
                "after": say.answer(name, self.core),
                "by": self.by(name),
            }
            for name, answer in self.core.answers.items()
            if answer != before.answers[name]
        ]
        if self.core.goals != before.goals:
            goals = self._goal_row() | {"by": self.by(GOALS)}
            unknown = self.wording.words("answer.unknown")
            found.insert(0, {"text": goals["text"], "before": unknown, "after": goals["answer"], "by": goals["by"]})
        return found

    def zone_sections(self) -> list[dict[str, Any]]:
        """Return the zones to choose from, by part of the body: (id, words) or, for a pair, both sides."""
        knowledge, names, words = self.wording.knowledge, self.wording.say.names, self.wording.words
        titles = {"face": _("Face"), "neck_area": _("Neck and chest"), "body": _("Body")}
        sections = []
        for group, title in titles.items():
            members = set(knowledge.zone_groups[group].members)
            zones = [
                {
                    "name": sentence(names.words.text(zone.name)),
                    "sides": [
                        {
                            "id": f"{zone.id}_{side}",
                            "name": words(f"side.{side}"),
                            "full": names.zone(f"{zone.id}_{side}"),
                        }
                        for side in ("right", "left")
                    ]
                    if zone.paired
                    else [{"id": zone.id, "name": "", "full": names.zone(zone.id)}],
                }
                for zone in knowledge.zones.values()
                if zone.id in members
            ]
            sections.append({"title": title, "zones": zones})
        return sections


def _as_visit(intake: Intake) -> Intake:
    """Return an intake as if it were a visit's own, so that everything in it is read."""
    copy = Intake(client=intake.client, visit_date=intake.visit_date, number=intake.number)
    copy.answers = intake.answers
    return copy


def read_with_todays_knowledge(intake: Intake) -> CoreIntake:
    """Return an intake as the core reads it; what this edition of the knowledge no longer knows counts as unknown."""
    knowledge = knowledge_of(intake.client.clinic)
    data = as_file(intake)
    try:
        return parse_intake(data, knowledge, place="intake")
    except ProblemError:
        data["answers"] = {
            name: raw
            for name, raw in data["answers"].items()
            if name in knowledge.questions and not services.problems_of(intake, knowledge.questions[name], raw)
        }
        data["goals"] = [one for one in intake.answers.get(GOALS, []) if not services.problems_of_goals(intake, [one])]
        return parse_intake(data | {"signatures": [], "allergy_tests": []}, knowledge, place="intake")


def moment(intake: Intake, at: str | datetime) -> str:
    """Return a moment by the clinic's clock."""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return formats.date_format(when.astimezone(ZoneInfo(intake.client.clinic.time_zone)), "j E Y, H:i")
