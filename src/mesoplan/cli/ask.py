"""`mesoplan ask`: interviews in the terminal and writes the intake; stopping early keeps what was answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mesoplan.cli.common import load_knowledge, parse_day
from mesoplan.cli.questions import check_language, check_new, write_text
from mesoplan.errors import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesoplan.intake.interview import Interview
    from mesoplan.intake.model import AnswerValue
    from mesoplan.knowledge.load import Knowledge
    from mesoplan.knowledge.model import Question


class _Back(Exception):
    """The question before is wanted."""


class _Quit(Exception):
    """No more questions are wanted."""


def ask(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("intake.yaml"),
    lang: Annotated[str, typer.Option(help="Language of the questions.")] = "en",
    visit: Annotated[str | None, typer.Option("--visit-date", help="Day of the visit; today when not given.")] = None,
) -> None:
    """Interview a client in the terminal; questions that do not apply are skipped."""
    import yaml

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    day = parse_day(visit, "--visit-date") or date.today()
    check_new(out)
    session = _Session(knowledge, lang, day)
    print(session.words["ask.how"])
    try:
        session.run()
    except (_Quit, EOFError, KeyboardInterrupt):
        print("\n" + session.words["ask.stopped"])
    text = yaml.safe_dump(session.intake(), allow_unicode=True, sort_keys=False, width=120)
    try:
        write_text(text, out)
    except ProblemError:
        print(text)  # nothing that was answered is lost
        raise
    print(f"{session.words['ask.saved']} {out}")


class _Session:
    """One interview."""

    def __init__(self, knowledge: Knowledge, language: str, day: date) -> None:
        from mesoplan.intake.interview import Interview
        from mesoplan.screening.engine import Screener

        self.knowledge, self.language, self.day = knowledge, language, day
        self.words: Mapping[str, str] = knowledge.words(language)
        self.screener = Screener(knowledge)
        self.interview: Interview = Interview(knowledge, day, self._is_asked)
        self.client: dict[str, str] = {"name": "unknown", "identifier": "unknown", "telephone": "unknown"}
        self.goals: list[dict[str, Any]] = []

    def intake(self) -> dict[str, Any]:
        """Return the intake as it stands, every unanswered question `unknown`."""
        from mesoplan.intake.parse import SCHEMA

        return {
            "schema": SCHEMA,
            "client": {**self.client, "language": self.language},
            "visit_date": self.day.isoformat(),
            "goals": self.goals or "unknown",
            "answers": {name: self.interview.answers.get(name, "unknown") for name in self.knowledge.questions},
        }

    def run(self) -> None:
        """Ask who it is, what is wished, and then every question that applies."""
        for key in self.client:
            self.client[key] = self._line(self.words[f"ask.{key}"]) or "unknown"
        self._ask_goals()
        questions = list(self.knowledge.questions.values())
        position, group = 0, ""
        path: list[int] = []
        while position < len(questions):
            question = questions[position]
            if not self.interview.is_asked(question):
                position += 1
                continue
            if question.group != group:
                group = question.group
                print(f"\n== {self.knowledge.groups[group].title[self.language]} ==")
            try:
                self._ask(question)
            except _Back:
                position = path.pop() if path else position
                continue
            path.append(position)
            position += 1

    def _is_asked(self, question: str, answers: Mapping[str, AnswerValue]) -> bool:
        wished = [goal["indication"] for goal in self.goals]
        return self.screener.applies(question, answers, self.day, wished)

    def _line(self, prompt: str) -> str:
        reply = input(f"{prompt}: ").strip()
        if reply.lower() == "q":
            raise _Quit
        if reply.lower() == "b":
            raise _Back
        return reply

    def _ask_goals(self) -> None:
        from mesoplan.intake.interview import numbered, split

        names = tuple(self.knowledge.indications)
        for number, indication in enumerate(self.knowledge.indications.values(), 1):
            print(f"  {number}. {indication.name[self.language]}")
        try:
            chosen = [numbered(part, names) for part in split(self._line(self.words["ask.goal"]))]
            for name in dict.fromkeys(name for name in chosen if name in names):
                print(f"  {self.knowledge.indications[name].name[self.language]}")
                zones = [zone for zone in split(self._line(self.words["ask.goal_zones"])) if self._known_zone(zone)]
                if zones:
                    self.goals.append({"indication": name, "zones": zones})
        except _Back:
            self._ask_goals()

    def _known_zone(self, name: str) -> bool:
        try:
            return bool(self.knowledge.expand(name))
        except KeyError:
            print(f"  {self.words['ask.not_understood']} {name}")
            return False

    def _ask(self, question: Question) -> None:
        """Ask one question until the reply can be used."""
        from mesoplan.intake.interview import typed_answer

        print(f"\n{question.text[self.language]}")
        for number, choice in enumerate(question.choices if question.kind == "choice" else (), 1):
            print(f"  {number}. {choice.text[self.language]}")
        while True:
            reply = self._line(f"  [{self.words[f'ask.form.{question.kind}']}]")
            if reply.lower() == "h":
                print(f"  {(question.help or {}).get(self.language) or self.words['ask.no_help']}")
                continue
            raw = typed_answer(question, reply)
            if question.kind == "events" and raw == "yes":
                raw = self._events(question)
            problems = self.interview.accept(question, raw)
            if not problems:
                return
            for problem in problems:
                print(f"  {self.words['ask.not_understood']} {problem.message}. {problem.remedy}")

    def _events(self, question: Question) -> list[dict[str, Any]]:
        from mesoplan.intake.interview import NO, numbered, split

        events: list[dict[str, Any]] = []
        while True:
            event: dict[str, Any] = {"date": self._line(f"  {self.words['ask.event_date']}") or "unknown"}
            if question.choices:
                for number, choice in enumerate(question.choices, 1):
                    print(f"    {number}. {choice.text[self.language]}")
                codes = tuple(choice.code for choice in question.choices)
                event["kind"] = numbered(self._line(f"  {self.words['ask.event_kind']}"), codes) or "unknown"
            if question.zonal:
                event["zones"] = split(self._line(f"  {self.words['ask.event_zones']}")) or "unknown"
            events.append(event)
            if self._line(f"  {self.words['ask.event_more']}").lower() in ("", *NO):
                return events
