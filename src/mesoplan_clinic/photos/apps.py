"""The application's part: photos."""

from django.apps import AppConfig


class Config(AppConfig):
    """photos."""

    name = "mesoplan_clinic.photos"
    label = "photos"
