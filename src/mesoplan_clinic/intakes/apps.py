"""The application's part: intakes."""

from django.apps import AppConfig


class Config(AppConfig):
    """intakes."""

    name = "mesoplan_clinic.intakes"
    label = "intakes"
