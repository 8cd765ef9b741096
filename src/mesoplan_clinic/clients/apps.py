"""The application's part: clients."""

from django.apps import AppConfig


class Config(AppConfig):
    """clients."""

    name = "mesoplan_clinic.clients"
    label = "clients"
