"""Whether the items fit together: every id that is named exists and is of the right kind, every text is complete.

What a single item looks like is the models' part; whether the whole makes sense is `check`'s.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from mesoplan.errors import Problem
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.bundle import Bundle
from mesoplan.knowledge.model import Fact, Question, Rule
from mesoplan.knowledge.texts import texts_in
from mesoplan.knowledge.yaml_file import Locator

Path = Sequence[str | int]

_NOUNS = {
    "sources": "source",
    "facts": "fact",
    "groups": "question group",
    "questions": "question",
    "zones": "zone or group of zones",
    "techniques": "technique",
    "indications": "indication",
}
_DATED_ORDER = {"date": ("later", "earlier"), "number": ("higher", "lower")}
PLURAL_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_FEW = 6  # so few names are offered all
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
}


def reference_problems(
    knowledge: Knowledge, bundle: Bundle, broken: Mapping[str, Collection[str]], places: Locator
) -> tuple[Problem, ...]:
    """Return every broken reference, repeated inner id and incomplete text, in the order of the kinds.

    Args:
        knowledge: The items by id.
        bundle: The same as lists, which still hold what is repeated.
        broken: Kind -> ids of items that are there but could not be read; naming one is no further problem.
        places: Finds the line of an item.
    """
    checker = _Checker(knowledge, broken, places)
    return (
        *checker.facts(bundle.facts),
        *checker.questions(),
        *checker.rules(bundle),
        *checker.practice(),
        *checker.skin(),
        *checker.texts(bundle),
        *checker.catalogue(),
    )


class _Checker:
    """Looks ids up; every method yields problems."""

    def __init__(self, knowledge: Knowledge, broken: Mapping[str, Collection[str]], places: Locator) -> None:
        self.knowledge = knowledge
        self.places = places
        self.ids: dict[str, set[str]] = {
            kind: {*getattr(knowledge, kind), *broken[kind]} for kind in _NOUNS if kind != "zones"
        }
        self.unreadable = broken

    def missing(self, kind: str, item_id: str | None, owner: tuple[str, str], path: Path) -> Iterator[Problem]:
        """Yield a problem when there is no item of this kind and id; None asks for nothing."""
        if item_id is None or (self._is_zone(item_id) if kind == "zones" else item_id in self.ids[kind]):
            return
        names = self._zone_names() if kind == "zones" else self.ids[kind]
        near = difflib.get_close_matches(item_id, sorted(names), n=3) or (sorted(names) if len(names) <= _FEW else [])
        remedy = f"Name an existing one{': ' + ', '.join(near) if near else ''}, or add it."
        yield Problem(self.places.of(*owner, path), item_id, f"there is no {_NOUNS[kind]} of this id", remedy)

    def _is_zone(self, name: str) -> bool:
        if name in self.unreadable["zones"] or name in self.unreadable["zone_groups"]:
            return True
        try:
            self.knowledge.expand(name)
        except KeyError:
            # a group is no better known than its members, which are reported where it is defined
            return name in self.knowledge.zone_groups
        return True

    def _zone_names(self) -> set[str]:
        return {*self.knowledge.zones, *self.knowledge.zone_groups, *self.knowledge.zone_ids}

    def all_missing(self, kind: str, ids: Iterable[str], owner: tuple[str, str], *path: str | int) -> Iterator[Problem]:
        """Yield a problem for each id of a list that does not exist."""
        for number, item_id in enumerate(ids):
            yield from self.missing(kind, item_id, owner, (*path, number))

    def number_missing(self, fact_id: str | None, owner: tuple[str, str], path: Path) -> Iterator[Problem]:
        """Yield a problem when the fact does not exist, or carries no number."""
        yield from self.missing("facts", fact_id, owner, path)
        fact = self.knowledge.facts.get(fact_id or "")
        if fact is not None and fact.resolution.quantity is None:
            remedy = "Give that fact's resolution a `quantity`, or name a fact that has one."
            yield Problem(self.places.of(*owner, path), fact.id, "this fact carries no number", remedy)

    # -- facts

    def facts(self, facts: Iterable[Fact]) -> Iterator[Problem]:
        """Yield what is wrong with claims, their sources and the claim that a resolution names."""
        seen: set[str] = set()
        for fact in facts:
            for number, claim in enumerate(fact.claims):
                owner = ("facts", fact.id)
                yield from self.missing("sources", claim.source, owner, ("claims", number, "source"))
                if claim.id in seen:
                    remedy = f"Name the second one `{claim.id}@{fact.id}`."
                    place = self.places.of(*owner, ("claims", number, "id"))
                    yield Problem(place, claim.id, "a claim of this id exists already", remedy)
                seen.add(claim.id)
            yield from self._resolution(fact)

    def _resolution(self, fact: Fact) -> Iterator[Problem]:
        resolution = fact.resolution
        place = self.places.of("facts", fact.id, ("resolution", "claim"))
        claims = {claim.id: claim for claim in fact.claims}
        for number, claim_id in enumerate(resolution.among):
            if claim_id not in claims:
                inner = self.places.of("facts", fact.id, ("resolution", "among", number))
                remedy = f"Name one of {', '.join(claims)}."
                yield Problem(inner, claim_id, "this claim is not among the fact's claims", remedy)
        if resolution.claim is None:
            if resolution.method in ("claim", "project"):
                message = f"a resolution by `{resolution.method}` names no claim"
                yield Problem(place, fact.id, message, f"Add `claim:` with one of {', '.join(claims)}.")
        elif resolution.claim not in claims:
            message = "the deciding claim is not among the fact's claims"
            yield Problem(place, resolution.claim, message, f"Name one of {', '.join(claims)}.")

    # -- questions and rules

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

    def _condition(self, condition: c.Condition, owner: tuple[str, str], path: Path) -> Iterator[Problem]:
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
                case c.Goal():
                    yield from self.all_missing("indications", part.goal, owner, *inner, "goal")
                case c.Zone():
                    yield from self.all_missing("zones", part.zone, owner, *inner, "zone")
                case c.Number() if part.below is None and part.at_least is None:
                    remedy = "Add `below:` or `at_least:` with the fact that gives the number."
                    yield Problem(self.places.of(*owner, inner), part.number, "a number compared with nothing", remedy)

    def _question_read(
        self, question_id: object, key: str, kinds: tuple[str, ...], owner: tuple[str, str], path: Path
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

    def _codes_known(
        self, question_id: str, named: Iterable[str], owner: tuple[str, str], path: Path
    ) -> Iterator[Problem]:
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

    # -- practice

    def practice(self) -> Iterator[Problem]:
        """Yield broken references of techniques, indications, bans, harms and canaries."""
        known = self.knowledge
        for technique in known.techniques.values():
            owner = ("techniques", technique.id)
            yield from self.all_missing("zones", technique.zones, owner, "zones")
            for role, fact in technique.facts.items():
                yield from self.missing("facts", fact, owner, ("facts", role))
            for indication, fact in technique.indications.items():
                yield from self.missing("indications", indication, owner, ("indications", indication))
                yield from self.missing("facts", fact, owner, ("indications", indication))
            for number, manner in enumerate(technique.manners):
                for role, fact in manner.facts.items():
                    yield from self.missing("facts", fact, owner, ("manners", number, "facts", role))
            for number, step in enumerate(technique.steps):
                yield from self.missing("facts", step.fact, owner, ("steps", number, "fact"))
        for indication_item in known.indications.values():
            owner = ("indications", indication_item.id)
            yield from self.all_missing("zones", indication_item.zones, owner, "zones")
            for technique_id, fact in indication_item.techniques.items():
                yield from self.missing("techniques", technique_id, owner, ("techniques", technique_id))
                yield from self.missing("facts", fact, owner, ("techniques", technique_id))
            for role, fact in indication_item.facts.items():
                yield from self.missing("facts", fact, owner, ("facts", role))
        yield from self._bans_and_harms()

    def _bans_and_harms(self) -> Iterator[Problem]:
        for ban in self.knowledge.bans.values():
            yield from self.number_missing(ban.before, ("bans", ban.id), ("before",))
            yield from self.number_missing(ban.after, ("bans", ban.id), ("after",))
            if ban.before is None and ban.after is None:
                remedy = "Name a fact under `before:` or `after:`."
                yield Problem(self.places.of("bans", ban.id), ban.id, "a ban without any length", remedy)
        for harm in self.knowledge.harms.values():
            yield from self.missing("facts", harm.fact, ("harms", harm.id), ("fact",))
            yield from self.number_missing(harm.until, ("harms", harm.id), ("until",))
        for canary in self.knowledge.canaries.values():
            for question_id in canary.answers:
                owner = ("canaries", canary.id)
                yield from self.missing("questions", question_id, owner, ("answers", question_id))

    # -- skin and substances

    def skin(self) -> Iterator[Problem]:
        """Yield broken references of zones, groups, thickness, charts and substances."""
        known = self.knowledge
        for zone in known.zones.values():
            yield from self.all_missing("zones", zone.neighbours, ("zones", zone.id), "neighbours")
        for group in known.zone_groups.values():
            if group.id in known.zones:
                place = self.places.of("groups", group.id)
                yield Problem(place, group.id, "a zone has this name already", "Give the group a name of its own.")
            for number, member in enumerate(group.members):
                yield from self.missing("zones", member, ("groups", group.id), (number,))
            if self._contains_itself(group.id, ()):
                place = self.places.of("groups", group.id)
                yield Problem(place, group.id, "this group contains itself", "Take it out of the groups it is made of.")
        for row in known.thickness.values():
            yield from self.all_missing("zones", row.zones, ("thickness", row.id), "zones")
            yield from self.missing("sources", row.source, ("thickness", row.id), ("source",))
        for number, chart in enumerate(known.charts):
            owner = ("charts", str(number))
            yield from self.all_missing("zones", chart.zones, owner, "zones")
            yield from self.missing("sources", chart.source, owner, ("source",))
        classes = {name for substance in known.substances.values() for name in substance.classes}
        for substance in known.substances.values():
            for number, related in enumerate(substance.related):
                if related not in known.substances and related not in classes:
                    place = self.places.of("substances", substance.id, ("related", number))
                    remedy = "Name a substance or a class of substances."
                    yield Problem(place, related, "there is no substance or class of this id", remedy)

    def _contains_itself(self, name: str, outer: tuple[str, ...]) -> bool:
        group = self.knowledge.zone_groups.get(name)
        if group is None or name in self.knowledge.zones:
            return False
        return name in outer or any(self._contains_itself(member, (*outer, name)) for member in group.members)

    # -- texts

    def texts(self, bundle: Bundle) -> Iterator[Problem]:
        """Yield every text that lacks a language, has an unknown one, or is empty."""
        languages = self.knowledge.languages
        for kind in type(bundle).model_fields:
            items = getattr(bundle, kind)
            for number, item in enumerate(items if isinstance(items, tuple) else ()):
                if isinstance(item, str):
                    continue
                owner = ("groups" if kind == "zone_groups" else kind, getattr(item, "id", str(number)))
                for path, text in texts_in(item):
                    yield from self._text(text, owner, path, languages)

    def _text(
        self, text: Mapping[str, str], owner: tuple[str, str], path: Path, languages: Sequence[str]
    ) -> Iterator[Problem]:
        shown = text.get(languages[0]) or next(iter(text.values()), "")
        for language in languages:
            if language not in text:
                place = self.places.of(*owner, path)
                yield Problem(place, shown, f"the text has no `{language}`", f"Add `{language}:` with the sentence.")
        for language, sentence in text.items():
            if language not in languages:
                place = self.places.of(*owner, (*path, language))
                yield Problem(place, language, "no language of this release", f"Use {', '.join(languages)}.")
            elif not sentence.strip():
                place = self.places.of(*owner, (*path, language))
                yield Problem(place, language, "the text is empty", "Write the sentence.")

    def catalogue(self) -> Iterator[Problem]:
        """Yield the words that some language has and another has not."""
        catalogue = self.knowledge.catalogue
        if not catalogue:
            return
        every = {plural_stem(key) for words in catalogue.values() for key in words}
        for language in self.knowledge.languages:
            for key in sorted(every - {plural_stem(key) for key in catalogue.get(language, ())}):
                remedy = f"Add it to the words of `{language}`."
                yield Problem(f"words/{language}.yaml", key, f"these words have no `{language}`", remedy)


def plural_stem(key: str) -> str:
    """Return a word key without its plural category: languages differ in the categories they have."""
    stem, _, category = key.rpartition(".")
    return stem if category in PLURAL_CATEGORIES else key


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
