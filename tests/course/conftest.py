"""The shipped knowledge, and small answers and prescriptions to schedule."""

from collections.abc import Callable
from datetime import date

import pytest

from mesoplan.intake.model import AllergyTest, AnswerValue, Client, EventAnswer, GoalAnswer, Intake
from mesoplan.knowledge.load import Knowledge, load
from mesoplan.prescription.model import Prescription, ProductOption, ZonePrescription

ON = date(2027, 12, 20)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


def _answer(value: object) -> AnswerValue:
    if isinstance(value, AnswerValue):
        return value
    if isinstance(value, date):
        return AnswerValue("given", day=value)
    if isinstance(value, int | float):
        return AnswerValue("given", number=float(value))
    if isinstance(value, list):
        return AnswerValue("yes", events=tuple(EventAnswer(day, "", ("anywhere",)) for day in value))
    return AnswerValue("yes" if value == "yes" else "no" if value == "no" else "given", code=str(value))


@pytest.fixture
def client() -> Callable[..., Intake]:
    """Builds an intake: dates, numbers, lists of event dates, codes; everything else is unknown."""

    def build(*goals: str, tests: tuple[AllergyTest, ...] = (), done: int = 0, **answers: object) -> Intake:
        given = {"planned_events": "no", "mesotherapy_session": "no", **answers}
        return Intake(
            Client("A", "1", None, "en"),
            ON,
            tuple(GoalAnswer(goal, ("forehead",)) for goal in goals or ("wrinkles",)),
            {name: _answer(value) for name, value in given.items()},
            allergy_tests=tests,
            sessions_done=done,
        )

    return build


@pytest.fixture
def prescribed() -> Callable[..., Prescription]:
    """Builds a prescription of the forehead by pen, with a product in a state of its allergy test."""

    def build(
        *goals: str,
        eligible: date | None = ON,
        test: str = "negative",
        technique: str = "fractional_pen",
        zone: str = "forehead",
        area_cm2: float = 40.0,
        product: str | None = "p",
    ) -> Prescription:
        one = ZonePrescription(
            zone=zone,
            indications=goals or ("wrinkles",),
            technique=technique,
            manner=None,
            area_cm2=area_cm2,
            area_low_cm2=area_cm2,
            area_high_cm2=area_cm2,
            area_fraction=0.2,
            microzone_mm=0.3,
            depth=None,
            product=product,
            eligible_from=eligible,
            may_treat=eligible == ON,
            asked=(),
            bases=(),
        )
        option = ProductOption("p", "P", goals or ("wrinkles",), ("solid_needle",), (), (), (), test, True)  # type: ignore[arg-type]
        return Prescription((), (option,), (one,), (), "pen", "needles", (), eligible != ON)

    return build
