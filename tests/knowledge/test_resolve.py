"""Resolutions: what each method makes of the claims, and the laws it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.knowledge.model import Claim, Fact, Quantity, Resolution
from mesoplan.knowledge.resolve import Outcome, difference, resolve, shown
from mesoplan.knowledge.verdict import LADDER, SEVERITY, Verdict


def claim(
    number: int, quantity: Quantity | None = None, reading: Verdict | None = None, marketing: bool = False
) -> Claim:
    return Claim(
        id=f"c{number}",
        source="s",
        locator="line 1",
        status="article",
        quantity=quantity,
        reading=reading,
        says={"en": "x"},
        marketing=marketing,
    )


def fact(claims: list[Claim], method: str, stated: Quantity | None = None, **more: Any) -> Fact:
    resolution = Resolution(method=method, quantity=stated, reason={"en": "x"}, **more)  # type: ignore[arg-type]
    return Fact(id="a.b", topic="a", title={"en": "x"}, claims=tuple(claims), resolution=resolution)


def q(unit: str, value: float | None = None, low: float | None = None, high: float | None = None) -> Quantity:
    return Quantity(value=value, min=low, max=high, unit=unit)


def of(quantities: list[Quantity], method: str, stated: Quantity, **more: Any) -> Quantity | None:
    return resolve(fact([claim(n, one) for n, one in enumerate(quantities)], method, stated, **more)).quantity


DAY = q("d", 1)


@pytest.mark.parametrize(
    ("quantities", "method", "stated", "expected"),
    [
        ([q("d", 7), q("d", low=7, high=14), q("h", 24)], "strictest", DAY, q("d", 14)),
        ([q("h", low=24), q("d", low=3, high=6)], "strictest", DAY, q("d", 6)),
        ([q("week", 2), q("month", 3), q("d", 30)], "strictest", q("month", 1), q("month", 3)),
        ([q("d", 100), q("month", 3)], "strictest", DAY, q("d", 100)),
        ([q("mm", high=2), q("mm", low=2, high=4), q("inch", 1)], "strictest", q("mm", high=1), q("mm", high=2)),
        ([q("d", low=10, high=12), q("d", 9)], "strictest", q("d", low=1), q("d", low=10)),
        ([q("1/a", high=2), q("1/a", high=3)], "strictest", q("1/a", high=9), q("1/a", high=2)),
        (
            [q("mm", low=0.5, high=2.5), q("mm", low=0.79, high=4)],
            "intersection",
            q("mm", 1),
            q("mm", low=0.79, high=2.5),
        ),
        ([q("mm", low=0.5, high=1), q("mm", low=2, high=3)], "intersection", q("mm", 1), q("mm", high=1)),
        ([q("mm", high=1.5), q("mm", low=0.5, high=2)], "intersection", q("mm", 1), q("mm", low=0.5, high=1.5)),
        ([q("sessions", 3), q("sessions", low=1, high=2)], "modest", q("sessions", 1), q("sessions", 3)),
    ],
)
def test_a_method_gives_its_number(
    quantities: list[Quantity], method: str, stated: Quantity, expected: Quantity
) -> None:
    assert of(quantities, method, stated) == expected


def test_the_most_modest_of_lasting_effects_is_the_shortest() -> None:
    assert of([q("month", 10), q("month", 18)], "modest", q("month", 1), extreme="lowest") == q("month", 10)


def test_claims_in_units_of_another_kind_do_not_take_part() -> None:
    assert of([q("d", 3), q("sessions", 9)], "strictest", DAY) == q("d", 3)
    assert of([q("sessions", 9)], "strictest", DAY) is None


def test_only_the_claims_named_are_compared_for_a_number() -> None:
    assert of([q("mm", high=1), q("mm", high=2)], "strictest", q("mm", high=1), among=("c1",)) == q("mm", high=2)


def test_every_reading_counts_for_a_verdict_whatever_claims_are_named() -> None:
    claims = [claim(0, reading=Verdict.CONTRAINDICATED), claim(1, reading=Verdict.CAUTION)]
    assert resolve(fact(claims, "strictest", among=("c1",))).verdict is Verdict.CONTRAINDICATED


def test_a_concept_named_too_broadly_is_a_doctors_matter() -> None:
    claims = [claim(0, reading=Verdict.CONTRAINDICATED)]
    assert resolve(fact(claims, "broad concept")) == Outcome(Verdict.PHYSICIAN, None)


def test_the_named_claim_decides_alone() -> None:
    claims = [claim(0, DAY, Verdict.CONTRAINDICATED), claim(1, q("d", 9), Verdict.DEFER)]
    assert resolve(fact(claims, "claim", DAY, claim="c1")) == Outcome(Verdict.DEFER, q("d", 9))


def test_marketing_never_decides() -> None:
    claims = [claim(0, q("d", 99), Verdict.CONTRAINDICATED, marketing=True), claim(1, q("d", 9), Verdict.CAUTION)]
    assert resolve(fact(claims, "strictest", DAY)) == Outcome(Verdict.CAUTION, q("d", 9))
    assert resolve(fact(claims, "claim", DAY, claim="c0")) == Outcome(None, None)


# -- what a file may state


def test_a_resolution_equal_in_another_unit_does_not_differ() -> None:
    assert difference(fact([claim(0, q("d", 14))], "strictest", q("week", 2))) is None
    assert difference(fact([claim(0, q("h", 48))], "strictest", q("d", 2))) is None


def test_one_end_of_the_deciding_claims_range_may_be_stated_and_nothing_between() -> None:
    claims = [claim(0, q("min", low=30, high=40))]
    for stated, agrees in ((q("min", 40), True), (q("min", 30), True), (q("min", 35), False), (q("h", 1), False)):
        assert (difference(fact(claims, "claim", stated, claim="c0")) is None) is agrees


@pytest.mark.parametrize(
    ("broken", "states", "gives"),
    [
        (fact([claim(0, q("d", 14))], "strictest", q("d", 7)), "7 d", "14 d"),
        (fact([claim(0, q("d", 14))], "strictest", q("d", 15)), "15 d", "14 d"),
        (fact([claim(0)], "strictest", q("d", 7)), "7 d", "no number"),
        (fact([claim(0, reading=Verdict.PHYSICIAN)], "strictest", verdict=Verdict.CAUTION), "CAUTION", "PHYSICIAN"),
        (fact([claim(0, reading=Verdict.PHYSICIAN)], "strictest"), "no verdict", "PHYSICIAN"),
        (fact([claim(0)], "strictest", verdict=Verdict.CAUTION), "CAUTION", "no verdict"),
        (fact([claim(0)], "broad concept", verdict=Verdict.CONTRAINDICATED), "CONTRAINDICATED", "PHYSICIAN"),
        (fact([claim(0, q("d", 7))], "claim", claim="c0"), "no number", "7 d"),
        (fact([claim(0)], "project", claim="c0", verdict=Verdict.CAUTION), "CAUTION", "no verdict"),
        (fact([claim(0, q("mm", low=1, high=2))], "intersection", q("mm", high=2)), "at most 2 mm", "1 to 2 mm"),
    ],
)
def test_a_resolution_that_its_claims_do_not_give_is_told_with_both(broken: Fact, states: str, gives: str) -> None:
    assert difference(broken) == (states, gives)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (q("d", 14), "14 d"),
        (q("d", low=7, high=14), "7 to 14 d"),
        (q("mm", high=1.5), "at most 1.5 mm"),
        (q("d", low=10), "at least 10 d"),
        (None, "no number"),
    ],
)
def test_a_quantity_is_shown_in_words(quantity: Quantity | None, text: str) -> None:
    assert shown(quantity) == text


# -- laws

units = st.sampled_from(["d", "h", "week", "month", "a", "min"])
values = st.floats(0.01, 1000, allow_nan=False)


@st.composite
def quantities(draw: st.DrawFn, allowed: st.SearchStrategy[str]) -> Quantity:
    low, high = sorted((draw(values), draw(values)))
    form = draw(st.sampled_from(["value", "range", "min", "max"]))
    unit = draw(allowed)
    if form == "value":
        return q(unit, low)
    return q(unit, low=None if form == "max" else low, high=None if form == "min" else high)


@st.composite
def claims_with(draw: st.DrawFn, allowed: st.SearchStrategy[str], size: int = 6) -> list[Claim]:
    every = draw(
        st.lists(
            st.tuples(st.none() | quantities(allowed), st.none() | st.sampled_from(LADDER), st.booleans()),
            min_size=1,
            max_size=size,
        )
    )
    return [claim(n, quantity, reading, marketing) for n, (quantity, reading, marketing) in enumerate(every)]


methods = st.sampled_from(["strictest", "modest", "intersection", "broad concept"])
forms = st.sampled_from([q("d", 1), q("d", low=1), q("d", high=1), q("mm", high=1), q("mm", low=1)])
any_unit = units | st.sampled_from(["mm", "um", "cm"])


@given(claims_with(any_unit), methods, forms, st.randoms(use_true_random=False))
def test_the_order_of_the_claims_does_not_matter(
    claims: list[Claim], method: str, stated: Quantity, random: Any
) -> None:
    before = resolve(fact(claims, method, stated))
    shuffled = list(claims)
    random.shuffle(shuffled)
    assert resolve(fact(shuffled, method, stated)) == before


@given(claims_with(any_unit), st.sampled_from(LADDER))
def test_one_more_reading_never_loosens_a_verdict(claims: list[Claim], reading: Verdict) -> None:
    before = resolve(fact(claims, "strictest")).verdict
    after = resolve(fact([*claims, claim(99, reading=reading)], "strictest")).verdict
    assert after is not None
    assert SEVERITY[after] >= SEVERITY[reading]
    assert before is None or SEVERITY[after] >= SEVERITY[before]


@given(claims_with(units), quantities(units))
def test_one_more_length_never_shortens_a_ban(claims: list[Claim], more: Quantity) -> None:
    before = resolve(fact(claims, "strictest", q("d", 1))).quantity
    after = resolve(fact([*claims, claim(99, more)], "strictest", q("d", 1))).quantity
    assert after is not None
    assert after.high is not None
    assert before is None or (before.high is not None and after.high >= before.high)


@given(claims_with(st.sampled_from(["mm", "um", "cm"])), quantities(st.sampled_from(["mm", "um", "cm"])))
def test_one_more_limit_never_raises_an_upper_limit(claims: list[Claim], more: Quantity) -> None:
    before = resolve(fact(claims, "strictest", q("mm", high=1))).quantity
    after = resolve(fact([*claims, claim(99, more)], "strictest", q("mm", high=1))).quantity
    if before is not None and before.high is not None:
        assert after is not None
        assert after.high is not None
        assert after.high <= before.high


@given(claims_with(st.just("mm")), quantities(st.just("mm")))
def test_one_more_range_never_raises_the_upper_end_of_an_intersection(claims: list[Claim], more: Quantity) -> None:
    before = resolve(fact(claims, "intersection", q("mm", 1))).quantity
    after = resolve(fact([*claims, claim(99, more)], "intersection", q("mm", 1))).quantity
    if before is not None and before.high is not None:
        assert after is not None
        assert after.high is not None
        assert after.high <= before.high


@given(claims_with(any_unit), methods, forms)
def test_marketing_claims_change_nothing(claims: list[Claim], method: str, stated: Quantity) -> None:
    without = [one for one in claims if not one.marketing]
    if without:
        assert resolve(fact(claims, method, stated)) == resolve(fact(without, method, stated))
