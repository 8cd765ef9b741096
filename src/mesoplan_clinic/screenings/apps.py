"""The application's part: screenings."""

from django.apps import AppConfig


class Config(AppConfig):
    """screenings."""

    name = "mesoplan_clinic.screenings"
    label = "screenings"
