"""Whether the items fit together: every id that is named exists and is of the right kind, every text is complete.

What a single item looks like is the models' part; whether the whole makes sense is `check`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from mesoplan.errors import Problem
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.bundle import Bundle
from mesoplan.knowledge.consent import ConsentPoint
from mesoplan.knowledge.lookup import Owner, Path
from mesoplan.knowledge.model import Fact, System
from mesoplan.knowledge.question_lookup import QuestionLookup
from mesoplan.knowledge.technique import Technique
from mesoplan.knowledge.texts import texts_in
from mesoplan.knowledge.yaml_file import Locator

PLURAL_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


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


class _Checker(QuestionLookup):
    """The part of the look-up that reads facts, the practice, the skin and texts."""

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

    # -- practice

    def practice(self) -> Iterator[Problem]:
        """Yield broken references of techniques, indications, bans, harms, canaries and consents."""
        known = self.knowledge
        for technique in known.techniques.values():
            yield from self._technique(technique)
        for indication_item in known.indications.values():
            owner = ("indications", indication_item.id)
            yield from self.all_missing("zones", indication_item.zones, owner, "zones")
            for technique_id, fact in indication_item.techniques.items():
                yield from self.missing("techniques", technique_id, owner, ("techniques", technique_id))
                yield from self.missing("facts", fact, owner, ("techniques", technique_id))
            for role, fact in indication_item.facts.items():
                yield from self.missing("facts", fact, owner, ("facts", role))
        for system in known.systems.values():
            owner = ("systems", system.id)
            yield from self.all_missing("techniques", system.techniques, owner, "techniques")
            yield from self.all_missing("indications", system.indications, owner, "indications")
            yield from self.all_missing("facts", system.facts, owner, "facts")
            yield from self._classes(system)
        yield from self._bans_and_harms()
        yield from self._consents()

    def _classes(self, system: System) -> Iterator[Problem]:
        """Yield classes that no substance has, and a system that leads nowhere."""
        known = {name for substance in self.knowledge.substances.values() for name in substance.classes}
        for number, name in enumerate(system.classes):
            if known and name not in known:
                place = self.places.of("systems", system.id, ("classes", number))
                yield Problem(place, name, "no substance is of this class", f"Use one of {', '.join(sorted(known))}.")
        if not (system.techniques or system.indications or system.classes or system.facts):
            remedy = "Name the techniques, goals, classes or facts that stand for it."
            yield Problem(self.places.of("systems", system.id), system.id, "this system leads nowhere", remedy)

    def _technique(self, technique: Technique) -> Iterator[Problem]:
        owner = ("techniques", technique.id)
        yield from self.missing("techniques", technique.like, owner, ("like",))
        base = self.knowledge.techniques.get(technique.like or "")
        if base is not None and base.like is not None:
            message = "the technique named here is itself like another one"
            yield Problem(self.places.of(*owner, ("like",)), base.id, message, f"Name {base.like}.")
        given = {} if base is None else base.facts
        own = {role: fact for role, fact in technique.facts.items() if given.get(role) != fact}
        yield from self.all_missing("zones", technique.zones, owner, "zones")
        for role, fact in own.items():
            yield from self.missing("facts", fact, owner, ("facts", role))
        for indication, fact in technique.indications.items():
            yield from self.missing("indications", indication, owner, ("indications", indication))
            yield from self.missing("facts", fact, owner, ("indications", indication))
        for number, manner in enumerate(technique.manners):
            for role, fact in manner.facts.items():
                yield from self.missing("facts", fact, owner, ("manners", number, "facts", role))
        for number, path in enumerate(technique.paths):
            yield from self.all_missing("zones", path.zones, owner, "paths", number, "zones")
            yield from self.missing("facts", path.fact, owner, ("paths", number, "fact"))
        for number, reason in enumerate(technique.choice):
            yield from self.missing("facts", reason.fact, owner, ("choice", number, "fact"))
            yield from self._condition(reason.when, owner, ("choice", number, "when"))
        for number, step in enumerate(technique.steps):
            yield from self.missing("facts", step.fact, owner, ("steps", number, "fact"))

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
            fact = self.knowledge.facts.get(harm.fact)
            if harm.counted and fact is not None and harm.counted not in {claim.id for claim in fact.claims}:
                place = self.places.of("harms", harm.id, ("counted",))
                remedy = f"Name one of {', '.join(claim.id for claim in fact.claims)}."
                yield Problem(place, harm.counted, "this claim is not among those of the side effect's fact", remedy)
        for canary in self.knowledge.canaries.values():
            for question_id in canary.answers:
                owner = ("canaries", canary.id)
                yield from self.missing("questions", question_id, owner, ("answers", question_id))

    def _consents(self) -> Iterator[Problem]:
        """Yield what a consent names that is not there, and techniques that two consents claim."""
        taken: dict[str, str] = {}
        for consent in self.knowledge.consents.values():
            owner = ("consents", consent.id)
            for number, one in enumerate(consent.techniques):
                inner = ("techniques", number, "technique")
                yield from self.missing("techniques", one.technique, owner, inner)
                yield from self.missing("facts", one.fact, owner, ("techniques", number, "fact"))
                if taken.setdefault(one.technique, consent.id) != consent.id:
                    message = f"the consent `{taken[one.technique]}` covers this technique already"
                    yield Problem(self.places.of(*owner, inner), one.technique, message, "Keep one of the two.")
            for part in ("cannot", "instead", "duties"):
                for number, point in enumerate(getattr(consent, part)):
                    yield from self._point(point, owner, (part, number))
            if consent.about_risks is not None:
                yield from self._point(consent.about_risks, owner, ("about_risks",))

    def _point(self, point: ConsentPoint, owner: Owner, path: Path) -> Iterator[Problem]:
        if any("{value}" in text for text in point.text.values()):
            if point.fact is None:
                remedy = "Name the fact under `fact:`, or leave the number out."
                yield Problem(self.places.of(*owner, path), "{value}", "no fact gives this number", remedy)
            yield from self.number_missing(point.fact, owner, (*path, "fact"))
        else:
            yield from self.missing("facts", point.fact, owner, (*path, "fact"))

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

    def _text(self, text: Mapping[str, str], owner: Owner, path: Path, languages: Sequence[str]) -> Iterator[Problem]:
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
        stems = counted_words(catalogue)
        every = {plural_stem(key, stems) for words in catalogue.values() for key in words}
        for language in self.knowledge.languages:
            for key in sorted(every - {plural_stem(key, stems) for key in catalogue.get(language, ())}):
                remedy = f"Add it to the words of `{language}`."
                yield Problem(f"words/{language}.yaml", key, f"these words have no `{language}`", remedy)


def counted_words(catalogue: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """Return the stems of counted words: keys that stand with the category `other` and at least one more."""
    found: dict[str, set[str]] = {}
    for words in catalogue.values():
        for key in words:
            stem, _, category = key.rpartition(".")
            if category in PLURAL_CATEGORIES:
                found.setdefault(stem, set()).add(category)
    return frozenset(stem for stem, categories in found.items() if "other" in categories and len(categories) > 1)


def plural_stem(key: str, stems: frozenset[str]) -> str:
    """Return a counted word's key without its plural category (languages differ in them), any other key as it is."""
    stem, _, category = key.rpartition(".")
    return stem if category in PLURAL_CATEGORIES and stem in stems else key
