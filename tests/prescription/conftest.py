"""The shipped knowledge, and small answers and clinics to plan with."""

from collections.abc import Callable
from datetime import date

import pytest

from mesoplan.clinic.devices import Cartridge, Device
from mesoplan.clinic.model import Clinic, Ingredient, Product
from mesoplan.intake.model import AllergyTest, AnswerValue, Client, GoalAnswer, Intake
from mesoplan.knowledge.load import Knowledge, load

ON = date(2028, 2, 28)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


def answer(code: str) -> AnswerValue:
    return AnswerValue("yes" if code == "yes" else "no" if code == "no" else "given", code=code)


@pytest.fixture
def client() -> Callable[..., Intake]:
    """Builds an intake from goals {indication: zones} and answers; everything else is unknown."""

    def build(
        goals: dict[str, tuple[str, ...]] | None = None,
        tests: tuple[AllergyTest, ...] = (),
        done: int = 0,
        **answers: AnswerValue | str,
    ) -> Intake:
        return Intake(
            Client("A", "1", None, "en"),
            ON,
            tuple(GoalAnswer(goal, zones) for goal, zones in (goals or {}).items()),
            {name: answer(value) if isinstance(value, str) else value for name, value in answers.items()},
            allergy_tests=tests,
            sessions_done=done,
        )

    return build


@pytest.fixture
def pen() -> Device:
    return Device(
        id="pen",
        name="Pen",
        techniques=("fractional_pen",),
        min_depth_mm=0.25,
        max_depth_mm=2.5,
        depth_step_mm=0.25,
        label_max_depth_mm=1.5,
        frequency_min_hz=50.0,
        frequency_max_hz=120.0,
        frequency_step_hz=10.0,
        hand_speed_min_mm_s=10.0,
        hand_speed_max_mm_s=120.0,
        hand_speed_step_mm_s=5.0,
        hand_speed_spread=0.3,
        passes_max=4,
        source="manual",
    )


@pytest.fixture
def needles() -> Cartridge:
    return Cartridge(
        id="needles",
        name="Needles",
        devices=("pen",),
        needle_count=14,
        needle_length_mm=2.5,
        stripe_width_mm=5.0,
        material="steel",
        single_use=True,
        source="data sheet",
    )


@pytest.fixture
def product() -> Callable[..., Product]:
    """Builds a product from the names of its ingredients."""

    def build(product_id: str, *ingredients: str, **changes: object) -> Product:
        given: dict[str, object] = {
            "id": product_id,
            "name": product_id,
            "routes": ("solid_needle", "hollow_needle"),
            "base": "water",
            "ingredients": tuple(Ingredient(name=name) for name in ingredients),
            "composition_complete": True,
            "source": "label",
        }
        return Product.model_validate({**given, **changes})

    return build


@pytest.fixture
def clinic(pen: Device, needles: Cartridge) -> Callable[..., Clinic]:
    """Builds a clinic with that pen, open every day, and the products given."""

    def build(*products: Product, **changes: object) -> Clinic:
        given: dict[str, object] = {
            "name": "Clinic",
            "telephone": "1",
            "emergency_telephone": "2",
            "languages": ("en",),
            "opening_weekdays": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
            "devices": {pen.id: pen},
            "cartridges": {needles.id: needles},
            "products": {one.id: one for one in products},
        }
        return Clinic.model_validate({**given, **changes})

    return build
