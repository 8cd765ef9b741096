"""The application's part: outcomes."""

from django.apps import AppConfig


class Config(AppConfig):
    """outcomes."""

    name = "mesoplan_clinic.outcomes"
    label = "outcomes"
