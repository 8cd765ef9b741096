"""The application's part: plans."""

from django.apps import AppConfig


class Config(AppConfig):
    """plans."""

    name = "mesoplan_clinic.plans"
    label = "plans"
