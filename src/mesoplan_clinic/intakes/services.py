"""Writing intakes: begin, answer, confirm what was said before, sign, add. A signed one is changed by nothing here."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mesoplan import ProblemError
from mesoplan.intake.interview import Interview
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of, reader_of
from mesoplan_clinic.intakes import interview
from mesoplan_clinic.intakes.models import AlreadySigned, Intake, IntakeLink
from mesoplan_clinic.intakes.selectors import as_file, latest_signed, open_intake, parsed
from mesoplan_clinic.intakes.signals import answers_changed
from mesoplan_clinic.intakes.signing import Signed
from mesoplan_clinic.intakes.typed import Sent, raw_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.locking import Stale
from mesoplan_clinic.kernel.sealed import stored_of

if TYPE_CHECKING:
    from mesoplan.errors import Problem
    from mesoplan.knowledge.model import Question

GOALS = interview.GOALS


class ChangedMeanwhile(Exception):
    """Somebody else answered the same question in between; nothing was written.

    Attributes:
        intake: The intake as it stands now.
    """

    def __init__(self, intake: Intake) -> None:
        """Keep the intake."""
        super().__init__(str(intake.pk))
        self.intake = intake


class NotAnAddition(Exception):
    """An addition was to change what the client has signed."""


@dataclass(frozen=True)
class Who:
    """Who answers.

    Attributes:
        name: As records show it.
        member: The member, None for the client.
    """

    name: str
    member: Member | None = None

    @property
    def by_client(self) -> bool:
        """Whether it is the client."""
        return self.member is None


@dataclass(frozen=True)
class Kept:
    """What became of an answer.

    Attributes:
        intake: The intake after it.
        version: Version of the answer.
        problems: Why it cannot be used; what was typed is kept all the same, and counts as unknown.
    """

    intake: Intake
    version: int
    problems: tuple[Problem, ...] = ()


def begin(client: Client, member: Member | None) -> Intake:
    """Return the client's intake that is being filled in; begins one where there is none."""
    Client.objects.select_for_update().get(pk=client.pk)
    before = open_intake(client)
    if before is not None and not before.is_addition:
        return before
    if before is not None:
        before.delete()
    row = _new(client, member, kind=Intake.Kind.VISIT, based_on=latest_signed(client))
    row.visit_date = clock.today(client.clinic)
    row.answers = _content(row)
    row.save(force_insert=True)
    return row


def begin_addition(client: Client, member: Member) -> Intake:
    """Return what is being added to the newest signed answers, a visit's own form where that is open; or begin one.

    Raises:
        LookupError: If nothing is signed.
    """
    Client.objects.select_for_update().get(pk=client.pk)
    before = open_intake(client)
    if before is not None:
        return before
    base = latest_signed(client)
    if base is None:
        raise LookupError("nothing is signed")
    row = _new(client, member, kind=Intake.Kind.ADDITION, based_on=base)
    row.visit_date = base.visit_date
    row.answers = _content(base) | {"typed": {}}
    row.confirmed = base.confirmed
    row.by_client = base.by_client
    row.save(force_insert=True)
    return row


def _new(client: Client, member: Member | None, **values: Any) -> Intake:
    last = client.intakes.first()
    number = 1 if last is None else last.number + 1
    return Intake(client=client, made_at=clock.now(), made_by=member, number=number, **values)


def keep_answer(intake: Intake, question: Question, seen: int, sent: Sent, who: Who) -> Kept:
    """Keep what stands in a question's form; what cannot be used is kept as typed, and counts as unknown.

    Args:
        intake: Where.
        question: Which.
        seen: Version of this answer that the sender saw, 0 for an unanswered one.
        sent: What the form holds.
        who: Who answers.

    Raises:
        AlreadySigned: If it is signed.
        ChangedMeanwhile: If somebody else answered this question in between.
        NotAnAddition: If an addition would change what the client has signed.
    """
    row = _locked(intake, question.id, seen)
    raw = raw_of(question, sent)
    problems = problems_of(row, question, raw)
    signed = _signed_answer(row, question, None if problems else raw)
    content = _content(row)
    content["typed"].pop(question.id, None)
    content["answers"].pop(question.id, None)
    if problems:
        content["typed"][question.id] = sent.as_json()
    if raw is not None and not problems:
        content["answers"][question.id] = raw
    elif signed is not None:
        content["answers"][question.id] = signed
    row.confirmed = [one for one in row.confirmed if one != question.id]
    return _written(row, content, question.id, who, problems)


def confirm(intake: Intake, questions: list[str], who: Who, seen: int | None = None) -> Kept:
    """Take over the earlier answers of questions, each as it was signed; one answered meanwhile stays as answered.

    Args:
        intake: Where.
        questions: Whose earlier answers still hold.
        who: Who says so.
        seen: Version of the answer that the sender saw, where it is a single one.

    Raises:
        AlreadySigned: If it is signed.
        ChangedMeanwhile: If somebody else answered the single question in between.
    """
    row = _locked(intake, questions[0] if seen is not None else "", seen or 0)
    earlier = row.based_on.answers if row.based_on else {}
    before = earlier.get("answers", {})
    content = _content(row)
    knowledge = knowledge_of(row.client.clinic)
    taken = []
    if GOALS in questions and earlier.get(GOALS) and not content[GOALS]:
        content[GOALS] = earlier[GOALS]
        content["typed"].pop(GOALS, None)
        taken.append(GOALS)
    for name in questions:
        said = before.get(name) not in (None, "unknown")
        fits = said and name in knowledge.questions and name not in content["answers"]
        if fits and not problems_of(row, knowledge.questions[name], before[name]):
            content["answers"][name] = before[name]
            content["typed"].pop(name, None)
            taken.append(name)
    row.confirmed = sorted({*row.confirmed, *taken})
    for name in taken:
        content["log"][name] = _entry(row, who)
    return _saved(row, content, who)


def keep_goals(intake: Intake, seen: int, goals: list[dict[str, Any]], who: Who) -> Kept:
    """Keep what is wished and where; wishes that cannot be used yet (without a zone) are kept as typed.

    Raises:
        AlreadySigned, ChangedMeanwhile, NotAnAddition: As `keep_answer`.
    """
    row = _locked(intake, GOALS, seen)
    if row.is_addition and row.based_on is not None and row.based_on.answers.get("goals"):
        raise NotAnAddition
    problems = problems_of_goals(row, goals)
    content = _content(row)
    content["typed"].pop(GOALS, None)
    content[GOALS] = [one for one in goals if not problems_of_goals(row, [one])]
    if problems:
        content["typed"][GOALS] = goals
    return _written(row, content, GOALS, who, problems)


def sign(intake: Intake, seen: int, signature: Signed | None, who: Who) -> Intake:
    """Sign answers as they were shown; from now on nothing changes them.

    Args:
        intake: What is signed.
        seen: Version of the intake that was shown.
        signature: The client's; None for an addition, which names its practitioner.
        who: Who signs or adds.

    Raises:
        AlreadySigned: If it is signed.
        Stale: If an answer changed since it was shown.
        ProblemError: If the answers cannot be read.
    """
    row = _open(intake)
    if row.version != seen:
        raise Stale(row)
    row.intake_hash = parsed(row).intake_hash
    row.state = Intake.State.SIGNED
    row.signed_at = clock.now()
    row.signed_as = who.name if signature is None else signature.name
    row.signature = None if signature is None else signature.png
    row.by_client = row.by_client or who.by_client
    fields = ["intake_hash", "state", "signed_at", "signed_as", "signature", "by_client"]
    row.save_as(seen, fields)
    IntakeLink.objects.filter(intake=row, closed_at=None).update(closed_at=row.signed_at)
    answers_changed.send(Intake, client=row.client)
    return row


def discard(intake: Intake) -> None:
    """Delete a draft.

    Raises:
        AlreadySigned: If it is signed.
    """
    _open(intake).delete()


def _content(row: Intake) -> dict[str, Any]:
    """Return a copy of an intake's content with all its parts."""
    content = deepcopy(row.answers) if stored_of(row, "answers") else {}
    return {"goals": [], "answers": {}, "typed": {}, "log": {}, **content}


def _open(intake: Intake) -> Intake:
    row = Intake.objects.select_for_update().get(pk=intake.pk)
    if not row.is_open:
        raise AlreadySigned(str(row.pk))
    return row


def _locked(intake: Intake, name: str, seen: int) -> Intake:
    row = _open(intake)
    if name and interview.version_of(row, name) != seen:
        raise ChangedMeanwhile(row)
    return row


def problems_of(intake: Intake, question: Question, raw: Any) -> tuple[Problem, ...]:
    """Return why a raw answer cannot be used, nothing where it can."""
    if raw is None:
        return ()
    asked = Interview(knowledge_of(intake.client.clinic), intake.visit_date, lambda *_: True)
    return asked.accept(question, raw)


def problems_of_goals(intake: Intake, goals: list[dict[str, Any]]) -> tuple[Problem, ...]:
    """Return why wishes cannot be used, nothing where they can."""
    somebody = {"name": "somebody", "identifier": "somebody"}
    try:
        reader_of(intake.client.clinic).read({"client": somebody, "goals": goals}, "intake")
    except ProblemError as error:
        return error.problems
    return ()


def _signed_answer(row: Intake, question: Question, raw: Any) -> Any:
    """Return what an addition's client has signed, None without it or outside an addition.

    Raises:
        NotAnAddition: If the answer would do more than say what was unknown or complete a yes.
    """
    if not row.is_addition or row.based_on is None:
        return None
    base = parsed(row.based_on).answers[question.id]
    if base.state in ("unknown", "not asked"):
        return None
    if raw is not None:
        data = as_file(row)
        data["answers"] = data["answers"] | {question.id: raw}
        new = reader_of(row.client.clinic).read(data, "intake").answers[question.id]
        if new.state != base.state:
            raise NotAnAddition
    if not interview.is_incomplete(question, base):
        raise NotAnAddition
    return row.based_on.answers["answers"].get(question.id)


def _entry(row: Intake, who: Who) -> dict[str, Any]:
    return {"n": row.version + 1, "by": who.name, "client": who.by_client, "at": clock.now().isoformat()}


def _written(row: Intake, content: dict[str, Any], name: str, who: Who, problems: tuple[Problem, ...]) -> Kept:
    content["log"][name] = _entry(row, who)
    kept = _saved(row, content, who)
    return Kept(kept.intake, kept.version, problems)


def _saved(row: Intake, content: dict[str, Any], who: Who) -> Kept:
    row.answers = content
    row.by_client = row.by_client or who.by_client
    row.save_as(row.version, ["answers", "confirmed", "by_client"])
    return Kept(row, row.version)
