"""Products against allergies, ingredient by ingredient; nothing unknown passes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from mesoplan.clinic.model import Clinic, Product
from mesoplan.intake.model import UNKNOWN, AllergyTest, AnswerValue, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.prescription.cocktail import check_products
from mesoplan.prescription.model import ProductOption

ON = date(2028, 6, 1)
NO_ALLERGY = AnswerValue("no", code="no")


def allergic_to(*names: str) -> AnswerValue:
    return AnswerValue("yes", names=names)


@pytest.fixture
def check(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake], product: Callable[..., Product]
) -> Callable[..., ProductOption]:
    """Checks one product made of the ingredients given."""

    def run(
        *ingredients: str, allergies: AnswerValue = NO_ALLERGY, tests: tuple[AllergyTest, ...] = (), **changes: object
    ) -> ProductOption:
        intake = client(tests=tests, allergies=allergies)
        (found,) = check_products(knowledge, clinic(product("p", *ingredients, **changes)), intake, ("wrinkles",), ON)
        return found

    return run


def test_a_known_complete_watery_product_is_usable_and_fits_by_its_substances(
    check: Callable[..., ProductOption],
) -> None:
    found = check("water for injections", "sodium hyaluronate")
    assert found.usable
    assert (found.refusals, found.fits, found.test) == ((), ("wrinkles",), "none")
    assert check("water for injections").fits == ()


@pytest.mark.parametrize(
    "allergy", ["Sodium hyaluronate", "hyaluronic acid", "гиалуроновая кислота", "HYALURONIC-ACID", "hyaluronate"]
)
def test_an_allergy_is_found_under_synonyms_in_both_languages_and_any_spelling(
    check: Callable[..., ProductOption], allergy: str
) -> None:
    found = check("water for injections", "sodium hyaluronate", allergies=allergic_to(allergy))
    assert not found.usable
    assert "product.allergen" in found.refusals
    assert (allergy, "sodium hyaluronate") in found.allergens


def test_an_allergy_that_no_substance_knows_keeps_every_product_back_until_it_is_clarified(
    check: Callable[..., ProductOption],
) -> None:
    found = check("water for injections", "sodium hyaluronate", allergies=allergic_to("xyzzy"))
    assert (found.usable, found.unmatched_allergies) == (False, ("xyzzy",))
    assert found.refusals == ("product.unmatched_allergy",)


def test_a_known_allergy_to_something_else_leaves_the_product_usable(check: Callable[..., ProductOption]) -> None:
    assert check("water for injections", "sodium hyaluronate", allergies=allergic_to("lidocaine")).usable


@pytest.mark.parametrize(
    ("allergies", "refusal"),
    [
        (UNKNOWN, "product.allergies_unknown"),
        (AnswerValue("not asked"), "product.allergies_unknown"),
        (AnswerValue("yes"), "product.allergies_unnamed"),
    ],
)
def test_allergies_that_were_not_answered_or_not_named_are_never_taken_for_none(
    check: Callable[..., ProductOption], allergies: AnswerValue, refusal: str
) -> None:
    found = check("water for injections", "sodium hyaluronate", allergies=allergies)
    assert (found.usable, found.refusals) == (False, (refusal,))


def test_an_unknown_ingredient_or_an_incomplete_composition_is_refused(check: Callable[..., ProductOption]) -> None:
    assert check("water for injections", "secret extract").refusals == ("product.unknown_ingredient:secret extract",)
    assert check("sodium hyaluronate", composition_complete=False).refusals == ("product.composition_unknown",)


def test_oil_and_alcohol_are_refused_as_base_and_as_ingredient(
    knowledge: Knowledge, check: Callable[..., ProductOption]
) -> None:
    forbidden = [one.name["en"] for one in knowledge.substances.values() if not one.injectable]
    assert forbidden
    for name in forbidden:
        assert f"product.not_injectable:{name}" in check("water for injections", name).refusals
    for base in ("oil", "alcohol"):
        assert check("sodium hyaluronate", base=base).refusals == (f"product.base:{base}",)


@pytest.mark.parametrize("name", ["placenta extract", "ДНК лосося", "thymus extract"])
def test_placenta_dna_and_tissue_are_used_only_where_origin_and_registration_are_stated(
    check: Callable[..., ProductOption], name: str
) -> None:
    assert check("water for injections", name).refusals == (f"product.origin_unknown:{name}",)
    assert check("water for injections", name, origin=" ").refusals == (f"product.origin_unknown:{name}",)
    assert check("water for injections", name, origin="farmed salmon; registration no. 1").usable


def test_a_name_that_fits_several_substances_is_injectable_only_if_each_of_them_is(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake], product: Callable[..., Product]
) -> None:
    never = next(one for one in knowledge.substances.values() if not one.injectable)
    both = (never, knowledge.substances["amino_acids"])
    shared = {one.id: one.model_copy(update={"synonyms": (*one.synonyms, "Aqualin")}) for one in both}
    changed = replace(knowledge, substances={**knowledge.substances, **shared})
    (found,) = check_products(changed, clinic(product("p", "Aqualin")), client(), ("wrinkles",), ON)
    assert "product.not_injectable:Aqualin" in found.refusals


def test_the_state_of_the_allergy_test_is_that_of_this_product_and_a_positive_one_refuses_it(
    check: Callable[..., ProductOption],
) -> None:
    def test(result: str, product: str = "p") -> tuple[AllergyTest, ...]:
        days = ((date(2028, 3, 1), "negative"), (date(2028, 3, 2), result))
        return (AllergyTest(product, date(2028, 2, 28), "test injection", days),)  # type: ignore[arg-type]

    negative, positive = check("glycine", tests=test("negative")), check("glycine", tests=test("positive"))
    assert (negative.test, negative.usable) == ("negative", True)
    assert (positive.test, positive.refusals) == ("positive", ("product.test_positive",))
    assert check("glycine", tests=test("negative", product="other")).test == "none"


def test_without_a_clinic_there_are_no_products(knowledge: Knowledge, client: Callable[..., Intake]) -> None:
    assert check_products(knowledge, None, client(), ("wrinkles",), ON) == ()


@pytest.fixture
def both(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake], product: Callable[..., Product]
) -> Callable[..., tuple[ProductOption, ProductOption]]:
    """Checks a product whose test was positive, and another one beside it."""

    def run(
        first: tuple[str, ...], second: tuple[str, ...], allergies: AnswerValue = NO_ALLERGY, **changes: object
    ) -> tuple[ProductOption, ProductOption]:
        positive = AllergyTest("p", date(2026, 11, 16), "test injection", ((date(2026, 11, 18), "positive"),))
        products = (product("p", *first, **changes), product("q", *second))
        found = check_products(
            knowledge, clinic(*products), client(tests=(positive,), allergies=allergies), ("wrinkles",), ON
        )
        return found[0], found[1]

    return run


def test_after_a_positive_test_nothing_that_shares_a_substance_is_used_before_the_culprit_is_named(
    both: Callable[..., tuple[ProductOption, ProductOption]],
) -> None:
    revital = ("water for injections", "sodium hyaluronate", "ascorbic acid", "sodium chloride")
    light = ("water for injections", "hyaluronic acid", "sodium chloride")
    tested, other = both(revital, light)
    assert tested.refusals == ("product.test_positive",)
    assert other.refusals == ("product.shares_with_positive:p",)
    named, free = both(revital, light, allergies=allergic_to("vitamin C"))
    assert set(named.refusals) == {"product.allergen", "product.test_positive"}
    assert free.usable


def test_water_and_salt_are_no_suspects_but_a_composition_that_is_not_known_is(
    both: Callable[..., tuple[ProductOption, ProductOption]],
) -> None:
    salted = ("water for injections", "sodium chloride", "sodium hyaluronate")
    assert both(("water for injections", "sodium chloride", "glycine"), salted)[1].usable
    assert not both(("water for injections", "glycine"), salted, composition_complete=False)[1].usable
    assert not both(("water for injections", "secret complex"), salted)[1].usable


def test_a_positive_test_of_a_product_the_clinic_no_longer_has_keeps_every_product_back(
    check: Callable[..., ProductOption],
) -> None:
    gone = AllergyTest("gone", date(2026, 11, 16), "topical", ((date(2026, 11, 18), "positive"),))
    assert check("water for injections", "glycine", tests=(gone,)).refusals == ("product.shares_with_positive:gone",)
