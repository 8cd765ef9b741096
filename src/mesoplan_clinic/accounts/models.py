"""Clinics, users, and who is what where."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.roles import Role

STAFF_ROLES = [(role.value, role.label) for role in Role if role is not Role.LINK]


class Clinic(models.Model):
    """A clinic; all data belong to exactly one.

    `folder` is the clinic's folder of YAML as the core reads it (devices, products, prices, protocols); "example" is
    the made-up one, and pages that rest on it say so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    folder = models.CharField(_("clinic folder"), max_length=500, default="example")
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    is_demo = models.BooleanField(default=False)
    mfa_required = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who logs in; what they may do is said by their membership.

    Attributes:
        must_choose_password: Whether somebody else made the password: then no page of a clinic opens before the user
            has chosen their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    must_choose_password = models.BooleanField(default=False)

    REQUIRED_FIELDS = []

    @property
    def shown_name(self) -> str:
        """The name that records show."""
        return self.get_full_name() or self.username


class Member(models.Model):
    """A user in a clinic, with one role there.

    Attributes:
        elsewhere: The user's memberships of other clinics, where the request asked for them.
        must_choose: Whether the user works in several clinics and has not said in which one now.
    """

    elsewhere: Sequence[Member] = ()
    must_choose = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="members")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(_("role"), max_length=20, choices=STAFF_ROLES)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        """One role for each user in each clinic."""

        constraints = [models.UniqueConstraint(fields=["user", "clinic"], name="one_role_per_clinic")]

    def __str__(self) -> str:
        return f"{self.user.shown_name} ({self.get_role_display()})"
