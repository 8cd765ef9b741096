"""Whether questions and rules fit together: every code, every kind of question, every number that a condition reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mesoplan.errors import Problem
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.bundle import Bundle
from mesoplan.knowledge.lookup import Lookup, Owner, Path
from mesoplan.knowledge.model import Question, Rule

_DATED_ORDER = {"date": ("later", "earlier"), "number": ("higher", "lower")}
_YES_NO = ("yes", "no")
_KINDS_READ: dict[str, tuple[str, ...]] = {
    "answer": ("yes_no", "choice", "zones", "events", "list"),
    "here": ("zones", "events"),
    "event": ("events",),
    "until": ("date",),
    "known": ("date", "number"),
    "around": ("date",),
    "cycle_start": ("date",),
    "regular": ("yes_no",),
    "length": ("number",),
    "bleeding": ("number",),
    "number": ("number",),
    "named": ("list",),
    "unrecognised": ("list",),
}


class QuestionLookup(Lookup):
    """The part of the look-up that reads questions and rules."""

    def questions(self) -> Iterator[Problem]:
        """Yield what is wrong with groups, choices, orders, numbers and conditions of questions."""
        for question in self.knowledge.questions.values():
            owner = ("questions", question.id)
            yield from self.missing("groups", question.group, owner, ("group",))
            yield from self.number_missing(question.plausible, owner, ("plausible",))
            yield from self._choices(question)
            yield from self._order(question)
            if question.applies_when is not None:
                yield from self._condition(question.applies_when, owner, ("applies_when",))

    def _choices(self, question: Question) -> Iterator[Problem]:
        owner = ("questions", question.id)
        if question.kind == "choice" and not question.choices:
            yield Problem(self.places.of(*owner), question.id, "a choice without choices", "Add `choices:`.")
        if question.choices and question.kind not in ("choice", "events"):
            message = f"a question of kind {question.kind} has no choices"
            yield Problem(
                self.places.of(*owner, ("choices",)), question.id, message, "Remove `choices:`, or change `kind:`."
            )
        codes = [choice.code for choice in question.choices]
        for number, code in enumerate(codes):
            if code in codes[:number] or code == "unknown":
                place = self.places.of(*owner, ("choices", number, "code"))
                yield Problem(
                    place, code, "this code is taken", "Give each choice a code of its own; `unknown` is always one."
                )

    def _order(self, question: Question) -> Iterator[Problem]:
        codes = _codes(question)
        if question.kind in _DATED_ORDER:
            allowed = _DATED_ORDER[question.kind]
            right = not question.order or (len(question.order) == 1 and question.order[0] in allowed)
            remedy = f"Write one of {', '.join(allowed)}, or leave `order:` out."
        elif question.kind in ("yes_no", "choice"):
            right = not question.order or sorted(question.order) == sorted(codes)
            remedy = f"Name each of {', '.join(codes)} once, from the safe to the dangerous side."
        else:
            right, remedy = not question.order, "Leave `order:` out: naming nothing is the safe side."
        if not right:
            place = self.places.of("questions", question.id, ("order",))
            yield Problem(place, ", ".join(question.order), "the order does not fit the answers", remedy)

    def rules(self, bundle: Bundle) -> Iterator[Problem]:
        """Yield what is wrong with the rules of the questions and the standing ones."""
        seen: set[str] = set()
        for owner, path, rule in _placed_rules(bundle):
            if rule.id in seen:
                place = self.places.of(*owner, (*path, "id"))
                yield Problem(place, rule.id, "a rule of this id exists already", "Give the rule an id of its own.")
            seen.add(rule.id)
            yield from self.missing("facts", rule.fact, owner, (*path, "fact"))
            yield from self._condition(rule.when, owner, (*path, "when"))

    def _condition(self, condition: c.Condition, owner: Owner, path: Path) -> Iterator[Problem]:
        for inner, part in _with_paths(condition, tuple(path)):
            for key, kinds in _KINDS_READ.items():
                yield from self._question_read(getattr(part, key, None), key, kinds, owner, (*inner, key))
            for key in c.FACT_KEYS:
                yield from self.number_missing(getattr(part, key, None), owner, (*inner, key))
            match part:
                case c.Answer():
                    yield from self._codes_known(part.answer, part.is_, owner, (*inner, "is"))
                case c.Event() if part.kinds is not None:
                    yield from self._codes_known(part.event, part.kinds, owner, (*inner, "kinds"))
                case c.AgeBelow():
                    yield from self._question_read(c.BIRTH_DATE, "age_below", ("date",), owner, inner)
                case c.Named():
                    yield from self._substances_known(part.of, owner, (*inner, "of"))
                case c.Goal():
                    yield from self.all_missing("indications", part.goal, owner, *inner, "goal")
                case c.Zone():
                    yield from self.all_missing("zones", part.zone, owner, *inner, "zone")
                case c.Number() if part.below is None and part.at_least is None:
                    remedy = "Add `below:` or `at_least:` with the fact that gives the number."
                    yield Problem(self.places.of(*owner, inner), part.number, "a number compared with nothing", remedy)

    def _question_read(
        self, question_id: object, key: str, kinds: tuple[str, ...], owner: Owner, path: Path
    ) -> Iterator[Problem]:
        """Yield a problem when a condition's question does not exist or is of a kind the condition cannot read."""
        if not isinstance(question_id, str):
            return
        yield from self.missing("questions", question_id, owner, path)
        question = self.knowledge.questions.get(question_id)
        if question is None:
            return
        placeless = key == "here" and question.kind == "events" and not question.zonal
        if question.kind not in kinds or placeless:
            shown = "events without zones" if placeless else question.kind
            message = f"`{key}` cannot read a question of kind {shown}"
            remedy = f"Name a question of kind {' or '.join(kinds)}, or use another condition."
            yield Problem(self.places.of(*owner, path), question_id, message, remedy)

    def _substances_known(self, named: Iterable[str], owner: Owner, path: Path) -> Iterator[Problem]:
        """Yield a problem for every name that is neither a substance nor a class of substances."""
        substances = self.knowledge.substances
        classes = {name for one in substances.values() for name in one.classes}
        for number, name in enumerate(named):
            if name not in substances and name not in classes:
                place = self.places.of(*owner, (*path, number))
                remedy = "Name a substance by its id, or one of the classes that substances carry."
                yield Problem(place, name, "neither a substance nor a class of substances", remedy)

    def _codes_known(self, question_id: str, named: Iterable[str], owner: Owner, path: Path) -> Iterator[Problem]:
        question = self.knowledge.questions.get(question_id)
        if question is None:
            return
        codes = [choice.code for choice in question.choices] if path[-1] == "kinds" else _codes(question)
        for number, code in enumerate(named):
            if code not in codes:
                message = f"`{question_id}` has no answer of this code"
                remedy = (
                    f"Use one of {', '.join(codes)}." if codes else "This question has no kinds: leave `kinds:` out."
                )
                yield Problem(self.places.of(*owner, (*path, number)), code, message, remedy)


def _codes(question: Question) -> tuple[str, ...]:
    """Return the codes that an `answer` condition may name."""
    if question.kind == "choice":
        return tuple(choice.code for choice in question.choices)
    return _YES_NO if question.kind in ("yes_no", "zones", "events", "list") else ()


def _placed_rules(bundle: Bundle) -> Iterator[tuple[tuple[str, str], Path, Rule]]:
    """Yield (kind and id of the item it stands in, path inside that item, rule)."""
    for question in bundle.questions:
        for number, rule in enumerate(question.rules):
            yield ("questions", question.id), ("rules", number), rule
    for rule in bundle.rules:
        yield ("rules", rule.id), (), rule


def _with_paths(
    condition: c.Condition, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], c.Condition]]:
    """Yield (path, condition) of a condition and of every condition inside it."""
    yield path, condition
    match condition:
        case c.All(all=parts):
            for number, part in enumerate(parts):
                yield from _with_paths(part, (*path, "all", number))
        case c.Any_(any=parts):
            for number, part in enumerate(parts):
                yield from _with_paths(part, (*path, "any", number))
        case c.Not(not_=part):
            yield from _with_paths(part, (*path, "not"))
