"""The application's part: stock."""

from django.apps import AppConfig


class Config(AppConfig):
    """stock."""

    name = "mesoplan_clinic.stock"
    label = "stock"
