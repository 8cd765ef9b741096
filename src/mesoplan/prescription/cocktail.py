"""Every product of the clinic, checked ingredient by ingredient: goals, allergies, injectability, allergy test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from mesoplan.clinic.model import Clinic, Ingredient, Product
from mesoplan.intake.model import UNKNOWN, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.substances import Substances
from mesoplan.knowledge.technique import Technique
from mesoplan.prescription.allergy_test import ReadingDays, TestState, allergy_test_state, counted_methods, reading_days
from mesoplan.prescription.model import ProductOption

ALLERGIES = "allergies"
INERT = "inert"
"""The class of what no allergy test reacts to: water, salt."""
Suits = Callable[[ProductOption], bool]
_CARRIERS = frozenset({"carriers", INERT})


def check_products(
    knowledge: Knowledge, clinic: Clinic | None, intake: Intake, indications: Sequence[str], on: date
) -> tuple[ProductOption, ...]:
    """Return every product with what speaks against it; empty without a clinic folder.

    Nothing unknown passes: a product is not usable while an ingredient is not recognised, its composition is not
    complete, an allergy is not recognised or allergies were not answered. After a positive test nothing that shares a
    substance with that product is usable before the culprit is named among the allergies. Placenta, DNA and tissue are
    refused while the product's origin and registration are not stated. Oils, alcohol and whatever else is never
    injected are refused for every needle, whatever the product says. Fitting a goal is told apart from being usable.

    Args:
        knowledge: Substances with synonyms, and what fits each goal.
        clinic: Products, None without a folder.
        intake: Allergies and allergy tests.
        indications: The goals to be served.
        on: The day it is for; what is read after it does not count yet.

    Raises:
        KeyError: If a goal is not in the knowledge.
    """
    if clinic is None:
        return ()
    substances = knowledge.substance_names
    days = reading_days(knowledge)
    positive = {
        test.product
        for test in intake.allergy_tests
        if allergy_test_state([test], test.product, (), days, on) == "positive"
    }
    suspects = tuple(_suspect(substances, name, clinic.products.get(name), intake) for name in sorted(positive))
    return tuple(
        _check(knowledge, substances, product, intake, indications, _test(intake, product, days, on), suspects)
        for product in clinic.products.values()
    )


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A product whose test was positive: any of these substances may have done it; None where they are not known."""

    product: str
    name: str
    substances: frozenset[str] | None


def _suspect(substances: Substances, product_id: str, product: Product | None, intake: Intake) -> _Suspect:
    """Return what may have caused a positive test: nothing once the culprit is named among the allergies."""
    if product is None:
        return _Suspect(product_id, product_id, None)
    found = [_substances_of(substances, one) for one in product.ingredients]
    known = frozenset(one for ids in found if ids is not None for one in ids)
    allergies = intake.answers.get(ALLERGIES, UNKNOWN).names
    if any((substances.touched_by(name) or frozenset()) & known for name in allergies):
        return _Suspect(product_id, product.name, frozenset())
    if None in found or not product.composition_complete:
        return _Suspect(product_id, product.name, None)
    active = (one for one in known if INERT not in substances.by_id[one].classes)
    return _Suspect(product_id, product.name, frozenset(active))


def _shares(suspect: _Suspect, product: Product, known: frozenset[str]) -> bool:
    """Return whether another product may hold what the suspect's test reacted to."""
    if suspect.product == product.id:
        return False
    return suspect.substances is None or bool(suspect.substances & known)


def suits(technique: Technique, product: ProductOption) -> bool:
    """Return whether a technique may bring a product in: its route, and the classes the technique allows or forbids.

    A technique that takes one class only takes a product of that class that holds nothing but carriers beside.
    """
    classes, only = set(product.classes), set(technique.only_classes)
    pure = not only or (bool(classes & only) and classes <= only | _CARRIERS)
    return bool(set(product.routes) & set(technique.tags)) and pure and not classes & set(technique.never_classes)


def _check(
    knowledge: Knowledge,
    substances: Substances,
    product: Product,
    intake: Intake,
    indications: Sequence[str],
    test: TestState,
    suspects: Sequence[_Suspect],
) -> ProductOption:
    found = {one.name: _substances_of(substances, one) for one in product.ingredients}
    known = {name: ids for name, ids in found.items() if ids is not None}
    answer = intake.answers.get(ALLERGIES, UNKNOWN)
    touched = {name: substances.touched_by(name) for name in answer.names}
    allergens = tuple(
        (allergy, name)
        for allergy, ids in touched.items()
        for name, own in known.items()
        if ids is not None and ids & own
    )
    unmatched = tuple(allergy for allergy, ids in touched.items() if ids is None)
    held = frozenset(one for ids in known.values() for one in ids)
    refusals = [
        *(("product.composition_unknown",) if not product.composition_complete else ()),
        *(f"product.unknown_ingredient:{name}" for name in found if name not in known),
        *((f"product.base:{product.base}",) if product.base != "water" else ()),
        *(f"product.not_injectable:{name}" for name, ids in known.items() if not _injectable(substances, ids)),
        *(f"product.origin_unknown:{name}" for name in found if _unproven(substances, product, known.get(name))),
        *(("product.allergen",) if allergens else ()),
        *(("product.allergies_unknown",) if answer.state not in ("yes", "no") else ()),
        *(("product.allergies_unnamed",) if answer.state == "yes" and not answer.names else ()),
        *(("product.unmatched_allergy",) if unmatched else ()),
        *(("product.test_positive",) if test == "positive" else ()),
        *(f"product.shares_with_positive:{one.name}" for one in suspects if _shares(one, product, held)),
    ]
    classes = {name for one in held for name in substances.by_id[one].classes}
    return ProductOption(
        product=product.id,
        name=product.name,
        fits=tuple(goal for goal in indications if classes & set(knowledge.indications[goal].cocktails)),
        routes=product.routes,
        classes=tuple(sorted(classes)),
        allergens=allergens,
        unmatched_allergies=unmatched,
        refusals=tuple(refusals),
        test=test,
        usable=not refusals,
    )


def _test(intake: Intake, product: Product, days: ReadingDays, on: date) -> TestState:
    return allergy_test_state(intake.allergy_tests, product.id, counted_methods(product.routes), days, on)


def _substances_of(substances: Substances, ingredient: Ingredient) -> frozenset[str] | None:
    """Return what the ingredient is: as the clinic states it, else by its name on the label; None when unknown."""
    if ingredient.substance in substances.by_id:
        return frozenset({ingredient.substance})
    return substances.match(ingredient.name)


def _unproven(substances: Substances, product: Product, ids: frozenset[str] | None) -> bool:
    """Return whether an ingredient may be tissue or DNA while the clinic states neither origin nor registration."""
    return not product.origin.strip() and any(substances.by_id[one].needs_origin for one in ids or ())


def _injectable(substances: Substances, ids: frozenset[str]) -> bool:
    """Return whether everything that goes by the name may be injected; a name that fits several must pass for each."""
    return all(substances.by_id[one].injectable for one in ids)
