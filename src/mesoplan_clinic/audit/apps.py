"""The application's part: audit."""

from django.apps import AppConfig


class Config(AppConfig):
    """audit."""

    name = "mesoplan_clinic.audit"
    label = "audit"
