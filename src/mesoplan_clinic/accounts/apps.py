"""The application's part: accounts."""

from django.apps import AppConfig


class Config(AppConfig):
    """accounts."""

    name = "mesoplan_clinic.accounts"
    label = "accounts"
