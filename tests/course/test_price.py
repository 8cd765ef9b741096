"""Quotes from small price lists, added up by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoplan.clinic.model import Clinic, Practitioner, PricePosition, Prices
from mesoplan.course.model import Quote
from mesoplan.course.price import quote
from mesoplan.intake.model import Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.layout.model import Layout, PointLayout
from mesoplan.prescription.model import Prescription

PEN, SYRINGE = "fractional_pen", "classical_injection"


def position(name: str, role: str, amount: str | None = None, per: str = "session", **more: Any) -> PricePosition:
    given_ = {"id": name, "name": {"en": name}, "per": per, "role": role, "amount": amount}
    return PricePosition.model_validate({**given_, **more})


def layout(volume_ml: float | None = None) -> Layout:
    points = () if volume_ml is None else (PointLayout("forehead", "papules", 10.0, 4, 0.1, volume_ml, (), (), ()),)
    return Layout("none", (), points, None, None, None, None, None, (), (), ())


@pytest.fixture
def priced(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> Callable[..., tuple[Quote | None, tuple[str, ...]]]:
    """Quotes a course of the forehead by pen (40 cm2, product p) from the positions given."""

    def run(
        *positions: PricePosition,
        sessions: int = 5,
        volume_ml: float | None = None,
        who: tuple[str, ...] = (),
        prescription: Prescription | None = None,
        **intake: Any,
    ) -> tuple[Quote | None, tuple[str, ...]]:
        clinic = Clinic(
            name="Clinic",
            telephone="1",
            emergency_telephone="2",
            languages=("en",),
            opening_weekdays=("monday",),
            prices=Prices(currency="EUR", valid_from=date(2027, 1, 1), positions=positions),
            practitioners=tuple(Practitioner(name=f"n{n}", qualification=one) for n, one in enumerate(who)),
        )
        given_ = prescription or prescribed(product=None)
        return quote(knowledge, clinic, client(**intake), given_, layout(volume_ml), sessions)

    return run


BASE = position("pen", "treatment", "70.10", technique=PEN, zones=("face",))


def line_ids(found: Quote | None) -> list[str]:
    assert found is not None
    return [line.what for line in found.lines]


def test_a_session_is_paid_each_time_and_the_consultation_once(priced: Callable[..., Any]) -> None:
    found, asked = priced(BASE, position("talk", "consultation", "30.00", "course"))
    assert (found.per_session, found.total, found.sessions, asked) == ("70.10", "380.50", 5, ())
    assert [(line.what, line.per) for line in found.lines] == [("pen", "session"), ("talk", "course")]
    assert (found.currency, found.valid_from, found.basis) == ("EUR", date(2027, 1, 1), "prices.yaml")
    later, _ = priced(BASE, position("talk", "consultation", "30.00", "course"), sessions=3, done=2)
    assert (later.total, line_ids(later)) == ("210.30", ["pen"])


def test_the_allergy_test_is_charged_until_one_is_negative(
    priced: Callable[..., Any], prescribed: Callable[..., Prescription]
) -> None:
    test, stuff = position("test", "allergy_test", "20.00", "course"), position("p", "product", "1.00", product="p")
    untested, _ = priced(BASE, test, stuff, prescription=prescribed(test="none"))
    tested, _ = priced(BASE, test, stuff, prescription=prescribed(test="negative"))
    assert Decimal(untested.total) - Decimal(tested.total) == 20
    assert "test" not in line_ids(tested)


def test_anaesthesia_is_charged_where_the_client_states_a_low_pain_threshold(priced: Callable[..., Any]) -> None:
    cream = position("cream", "anaesthesia", "10.00")
    assert line_ids(priced(BASE, cream, pain_threshold="low")[0]) == ["pen", "cream"]
    assert line_ids(priced(BASE, cream, pain_threshold="ordinary")[0]) == ["pen"]


def test_the_area_decides_between_positions_and_square_centimetres_are_rounded_up(
    priced: Callable[..., Any], prescribed: Callable[..., Prescription]
) -> None:
    small = position("small", "treatment", "50.00", technique=PEN, area_up_to_cm2=40.0)
    large = position("large", "treatment", "90.00", technique=PEN, area_from_cm2=40.0)
    each = position("each", "treatment", "2.50", "cm2", technique=PEN)
    for area, expected in ((39.9, "small"), (40.0, "large"), (300.0, "large")):
        prescription = prescribed(product=None, area_cm2=area)
        assert line_ids(priced(small, large, prescription=prescription)[0]) == [expected]
    found, _ = priced(each, prescription=prescribed(product=None, area_cm2=40.2))
    assert (found.lines[0].quantity, found.per_session) == (41, "102.50")


def test_of_several_positions_the_one_with_most_conditions_prices_the_zone_once(priced: Callable[..., Any]) -> None:
    general, face = position("any", "treatment", "10.00"), BASE
    assert line_ids(priced(general, face)[0]) == ["pen"]
    assert line_ids(priced(general, position("hand", "treatment", "5.00", technique=SYRINGE))[0]) == ["any"]


def test_zones_no_position_covers_are_asked_about_and_without_any_there_is_no_quote(
    knowledge: Knowledge, priced: Callable[..., Any], prescribed: Callable[..., Prescription]
) -> None:
    face, neck = prescribed(product=None), prescribed(product=None, zone="neck")
    both = replace(face, zones=(*face.zones, *neck.zones))
    found, asked = priced(BASE, prescription=both)
    assert (line_ids(found), asked) == (["pen"], ("asked.price",))
    assert priced(BASE, prescription=neck) == (None, ("asked.price",))


def test_a_product_by_the_millilitre_is_charged_in_whole_ones_and_asked_about_where_a_device_spreads_it(
    priced: Callable[..., Any], prescribed: Callable[..., Prescription]
) -> None:
    by_hand = position("hand", "treatment", "60.00", technique=SYRINGE)
    each_ml = position("ml", "product", "8.00", "ml", product="p")
    found, asked = priced(by_hand, each_ml, volume_ml=1.2, prescription=prescribed(technique=SYRINGE))
    assert (found.lines[1].quantity, found.lines[1].amount, asked) == (2, "16.00", ())
    by_pen, open_ = priced(BASE, each_ml, prescription=prescribed())
    assert (line_ids(by_pen), open_) == (["pen"], ("asked.price_volume",))
    assert priced(BASE, prescription=prescribed())[1] == ("asked.price_product",)
    other = position("other", "product", "99.00", product="q")
    assert line_ids(priced(BASE, other, prescription=prescribed())[0]) == ["pen"]


def test_volumes_of_several_zones_are_added_before_they_are_rounded_up_and_none_is_guessed(
    knowledge: Knowledge, client: Callable[..., Intake], prescribed: Callable[..., Prescription]
) -> None:
    one, two = prescribed(technique=SYRINGE), prescribed(technique=SYRINGE, zone="chin")
    both = replace(one, zones=(*one.zones, *two.zones))
    positions = (
        position("hand", "treatment", "60.00", technique=SYRINGE),
        position("ml", "product", "8.00", "ml", product="p"),
    )
    clinic = Clinic(
        name="Clinic",
        telephone="1",
        emergency_telephone="2",
        languages=("en",),
        opening_weekdays=("monday",),
        prices=Prices(currency="EUR", valid_from=date(2027, 1, 1), positions=positions),
    )
    for volumes, expected in (((0.6, 0.6), [1, 2]), ((0.4, 0.6), [1, 1]), ((0.6, None), [1])):
        points = tuple(
            PointLayout(zone, "papules", 10.0, 4, 0.1, volume, (), (), ())
            for zone, volume in zip(("forehead", "chin"), volumes, strict=True)
        )
        laid = replace(layout(), points=points)
        found, _ = quote(knowledge, clinic, client(), both, laid, 5)
        assert found is not None
        assert [line.quantity for line in found.lines] == expected


def test_a_reduction_is_a_share_of_the_treatment_rounded_to_the_cent_and_only_for_long_courses(
    priced: Callable[..., Any],
) -> None:
    less = position("five", "policy", None, "course", percent="-12.5", sessions_from=5)
    cream = position("cream", "anaesthesia", "10.00")
    found, _ = priced(BASE, cream, less, pain_threshold="low")
    assert [line.amount for line in found.lines] == ["70.10", "10.00", "-8.76"]
    assert (found.per_session, found.total) == ("71.34", "356.70")
    assert line_ids(priced(BASE, less, sessions=4)[0]) == ["pen"]
    assert "five" in line_ids(priced(BASE, less, sessions=4, done=1)[0])  # a course of five all the same


def test_a_price_that_depends_on_who_treats_holds_only_where_all_have_the_qualification(
    priced: Callable[..., Any],
) -> None:
    doctor = position("doctor", "treatment", "95.00", technique=PEN, zones=("face",), qualification="dermatologist")
    assert line_ids(priced(BASE, doctor, who=("dermatologist",))[0]) == ["doctor"]
    found, asked = priced(BASE, doctor, who=("dermatologist", "cosmetologist"))
    assert (line_ids(found), asked) == (["pen"], ("asked.price_qualification",))
    assert priced(BASE, doctor, who=("cosmetologist",))[1] == ()


def test_the_factors_of_the_price_are_told_apart_into_used_and_unused(priced: Callable[..., Any]) -> None:
    found, _ = priced(BASE)
    assert set(found.factors_used) == {"technique", "location", "sessions"}
    assert len(found.factors_used) + len(found.factors_unused) == 10
    assert not set(found.factors_used) & set(found.factors_unused)


def test_no_list_no_zone_or_no_session_gives_no_quote(
    knowledge: Knowledge,
    client: Callable[..., Intake],
    prescribed: Callable[..., Prescription],
    priced: Callable[..., Any],
) -> None:
    assert quote(knowledge, None, client(), prescribed(), layout(), 5) == (None, ())
    empty = replace(prescribed(), zones=())
    assert priced(BASE, prescription=empty) == (None, ())
    assert priced(BASE, sessions=0) == (None, ())
    bare = Clinic(name="C", telephone="1", emergency_telephone="2", languages=("en",), opening_weekdays=("monday",))
    assert quote(knowledge, bare, client(), prescribed(), layout(), 5) == (None, ("asked.price_list",))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.decimals(0, 5000, places=2), st.decimals(0, 500, places=2), st.decimals(-90, 90, places=1), st.integers(1, 12)
)
def test_the_total_is_to_the_cent_sessions_times_the_session_plus_what_is_paid_once(
    priced: Callable[..., Any], amount: Decimal, once: Decimal, percent: Decimal, sessions: int
) -> None:
    positions = [
        position("pen", "treatment", str(amount), technique=PEN),
        position("talk", "consultation", str(once), "course"),
        position("policy", "policy", None, percent=str(percent)),
    ]
    found, _ = priced(*positions, sessions=sessions)
    share = Decimal(found.lines[-1].amount)
    assert abs(share - amount * percent / 100) <= Decimal("0.005")
    assert Decimal(found.per_session) == amount + share
    assert Decimal(found.total) == sessions * (amount + share) + once


def test_a_product_alone_is_never_quoted_as_the_price_of_the_treatment(
    priced: Callable[..., Any], prescribed: Callable[..., Prescription]
) -> None:
    product = position("product", "product", "35.00", product="p")
    neck = prescribed(zone="neck")
    assert priced(BASE, product, prescription=neck) == (None, ("asked.price",))
    assert line_ids(priced(BASE, product, prescription=prescribed())[0]) == ["pen", "product"]
