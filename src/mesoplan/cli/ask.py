"""`mesoplan ask`: interviews in the terminal and writes the intake; stopping early keeps what was answered."""

from __future__ import annotations

import contextlib
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mesoplan.cli.common import load_knowledge, parse_day
from mesoplan.cli.questions import check_language, check_new, write_text
from mesoplan.errors import ProblemError
from mesoplan.plain import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mesoplan.intake.interview import Interview
    from mesoplan.intake.model import AnswerValue
    from mesoplan.knowledge.load import Knowledge
    from mesoplan.knowledge.model import Question

_SHOWN = 120


class _Back(Exception):
    """The question before is wanted."""


class _Skip(Exception):
    """The question does not apply."""


class _Quit(Exception):
    """No more questions are wanted."""


def ask(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("intake.yaml"),
    lang: Annotated[str, typer.Option(help="Language of the questions.")] = "en",
    visit: Annotated[str | None, typer.Option("--visit-date", help="Day of the visit; today when not given.")] = None,
) -> None:
    """Interview a client in the terminal; questions that do not apply are skipped."""
    import yaml

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  a typed line can be edited; Windows does so by itself

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    day = parse_day(visit, "--visit-date") or date.today()
    check_new(out)
    session = _Session(knowledge, lang, day)
    session.say(session.words["ask.how"])
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
        from mesoplan.knowledge.zone_names import ZoneNames
        from mesoplan.report.screening_text import make_console
        from mesoplan.screening.engine import Screener

        self.knowledge, self.language, self.day = knowledge, language, day
        self.words: Mapping[str, str] = knowledge.words(language)
        self.console = make_console()
        self.screener = Screener(knowledge)
        self.zones = ZoneNames(knowledge)
        self.interview: Interview = Interview(knowledge, day, self._is_asked)
        self.client: dict[str, str] = {"name": "unknown", "identifier": "unknown", "telephone": "unknown"}
        self.goals: list[dict[str, Any]] = []
        self.group = ""

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
        """Ask who it is, what is wished, and then every question that applies; going back works throughout."""
        steps: list[Callable[[], None]] = [partial(self._ask_client, key) for key in self.client]
        steps += [self._ask_goals, *(partial(self._ask, one) for one in self.knowledge.questions.values())]
        position = 0
        path: list[int] = []
        while position < len(steps):
            try:
                steps[position]()
            except _Skip:
                position += 1
            except _Back:
                position = path.pop() if path else position
            else:
                path.append(position)
                position += 1

    def say(self, text: str, by: int = 0, *, hang: int | None = None) -> None:
        """Print a text, wrapped to the terminal."""
        from mesoplan.report.screening_text import print_indented

        print_indented(self.console, text, by, hang=hang)

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

    def _numbered(self, texts: Iterable[str], by: int = 2) -> None:
        for number, text in enumerate(texts, 1):
            self.say(f"{number}. {text}", by, hang=len(f"{number}. "))

    def _not_understood(self, what: str, why: str = "") -> None:
        self.say(f"{self.words['ask.not_understood']}: {what}" + (f" ({why})" if why else ""), 2)

    def _ask_client(self, key: str) -> None:
        from mesoplan.intake.text import text_complaint

        while True:
            reply = self._line(self.words[f"ask.{key}"])
            complaint = text_complaint(reply) if reply else None
            if complaint is None:
                self.client[key] = reply or "unknown"
                return
            self._not_understood(on_one_line(reply)[:_SHOWN], ". ".join(complaint))

    # -- goals and zones

    def _ask_goals(self) -> None:
        self.goals = []
        print()
        self._numbered(one.name[self.language] for one in self.knowledge.indications.values())
        chosen = self._chosen_goals()
        if chosen:
            self._list_zones()
        try:
            for name in chosen:
                self._ask_goal_zones(name)
        except _Back:
            self._ask_goals()

    def _ask_goal_zones(self, name: str) -> None:
        self.say(self.knowledge.indications[name].name[self.language], 2)
        zones = self._typed_zones(f"  {self.words['ask.goal_zones']}")
        if zones:
            self.goals.append({"indication": name, "zones": zones})
        else:
            self.say(self.words["ask.goal_left_out"], 2)

    def _chosen_goals(self) -> list[str]:
        """Return the indications that are wished; asks again until every part of the reply is one."""
        from mesoplan.intake.interview import numbered, split

        names = {
            known: one.id
            for one in self.knowledge.indications.values()
            for known in (one.id, *(text.casefold() for text in one.name.values()))
        }
        while True:
            parts = split(self._line(self.words["ask.goal"]))
            chosen = [numbered(part, tuple(self.knowledge.indications)) for part in parts]
            unknown = [one for one in chosen if one.casefold() not in names]
            if not unknown:
                return list(dict.fromkeys(names[one.casefold()] for one in chosen))
            self._not_understood(", ".join(unknown))

    def _list_zones(self) -> None:
        zones = (f"{number}\u00a0{one.name[self.language]}" for number, one in enumerate(self.zones.zones, 1))
        self.say(", ".join(zones), 2)
        self.say(self.words["ask.zones_how"], 2)

    def _typed_zones(self, prompt: str) -> list[str]:
        """Return typed zones as ids; asks again until every part names one."""
        from mesoplan.intake.interview import split

        while True:
            reply = self._line(prompt)
            if reply.lower() == "z":
                self._list_zones()
                continue
            ids = self.zones.ids(split(reply))
            unknown = self.zones.unknown(ids)
            if not unknown:
                return list(dict.fromkeys(ids))
            self._not_understood(", ".join(unknown))

    # -- questions

    def _ask(self, question: Question) -> None:
        """Ask one question until the reply can be used."""
        if not self.interview.is_asked(question):
            raise _Skip
        if question.group != self.group:
            self.group = question.group
            print(f"\n== {self.knowledge.groups[question.group].title[self.language]} ==")
        print()
        self.say(question.text[self.language])
        if question.kind == "choice":
            self._numbered(one.text[self.language] for one in question.choices)
        while True:
            reply = self._line(f"  [{self.words[f'ask.form.{question.kind}']}]")
            if reply.lower() == "h":
                self.say((question.help or {}).get(self.language) or self.words["ask.no_help"], 2)
            elif reply.lower() == "z" and question.kind == "zones":
                self._list_zones()
            elif self._answered(question, reply):
                return

    def _answered(self, question: Question, reply: str) -> bool:
        """Keep the answer that a reply amounts to; where there is none, say why."""
        from mesoplan.intake.interview import typed_answer

        raw = typed_answer(question, reply)
        if question.kind == "events" and raw == "yes":
            raw = self._events(question)
        elif isinstance(raw, dict):
            raw = {"zones": self.zones.ids(raw["zones"])}
        problems = self.interview.accept(question, raw)
        for problem in problems:
            self._not_understood(problem.value, f"{problem.message}. {problem.remedy}")
        return not problems

    def _events(self, question: Question) -> list[dict[str, Any]]:
        from mesoplan.intake.interview import NO, numbered

        events: list[dict[str, Any]] = []
        while True:
            event: dict[str, Any] = {"date": self._line(f"  {self.words['ask.event_date']}") or "unknown"}
            if question.choices:
                self._numbered((one.text[self.language] for one in question.choices), 4)
                codes = tuple(choice.code for choice in question.choices)
                event["kind"] = numbered(self._line(f"  {self.words['ask.event_kind']}"), codes) or "unknown"
            if question.zonal:
                event["zones"] = self._typed_zones(f"  {self.words['ask.event_zones']}") or "unknown"
            events.append(event)
            if self._line(f"  {self.words['ask.event_more']}").lower() in ("", *NO):
                return events
