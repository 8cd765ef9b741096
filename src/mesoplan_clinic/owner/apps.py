"""The application's part: owner."""

from django.apps import AppConfig


class Config(AppConfig):
    """The clinic as a whole: figures, re-screening, members, one client's data taken out or erased."""

    name = "mesoplan_clinic.owner"
    label = "owner"
