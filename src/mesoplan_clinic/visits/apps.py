"""The application's part: visits."""

from django.apps import AppConfig


class Config(AppConfig):
    """visits."""

    name = "mesoplan_clinic.visits"
    label = "visits"
