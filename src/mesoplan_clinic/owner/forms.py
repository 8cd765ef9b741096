"""The forms of the owner."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import STAFF_ROLES, Clinic, Member, User
from mesoplan_clinic.kernel.texts import printable
from mesoplan_clinic.owner.models import Erasure


class MemberForm(forms.Form):
    """A new member: somebody new, or somebody who works in another clinic on this server already."""

    first_name = forms.CharField(label=_("First name"), max_length=150, validators=[printable], required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, validators=[printable], required=False)
    username = forms.SlugField(label=_("Name for logging in"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLES)
    known = forms.BooleanField(label=_("Logs in here already, for another clinic"), required=False)

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        """Keep the clinic."""
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Refuse a name that is taken, or one that should be known and is not."""
        said = super().clean() or {}
        name = str(said.get("username", "")).casefold()
        found = User.objects.filter(username__iexact=name).first() if name else None
        if said.get("known"):
            self.user = found
            here = found is not None and Member.objects.filter(clinic=self.clinic, user=found).exists()
            if here:
                self.add_error(
                    "username", _("This person is in your team already. Change their role on the page Team.")
                )
            elif found is not None and found.must_choose_password:
                text = _("Somebody else made this person’s password. They log in and choose their own first.")
                self.add_error("username", text)
            elif name and found is None:
                self.add_error("username", _("Nobody logs in by this name. Ask the person how they log in."))
        else:
            for field in ("first_name", "last_name"):
                if not said.get(field) and field not in self.errors:
                    self.add_error(field, self.fields[field].default_error_messages["required"])
            if found is not None:
                self.add_error("username", _("“%(name)s” is taken. Choose another name.") % {"name": name})
        return {**said, "username": name}


class RoleForm(forms.Form):
    """What a member is, and whether they still work here."""

    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLES)
    active = forms.BooleanField(label=_("Works here"), required=False)


class EraseForm(forms.Form):
    """The decision to erase a client."""

    retention = forms.ChoiceField(label=_("Duty to keep the record"), choices=[("", "–"), *Erasure.Retention.choices])
    reason = forms.CharField(
        label=_("Who asked for it, and why it may be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    identifier = forms.CharField(label=_("The client's identifier, typed to be sure"), max_length=60)

    def __init__(self, *args: Any, wanted: str, **kwargs: Any) -> None:
        """Keep the identifier that must be typed."""
        super().__init__(*args, **kwargs)
        self.wanted = wanted

    def clean_identifier(self) -> str:
        """Refuse any other identifier."""
        given = str(self.cleaned_data["identifier"]).strip()
        if given != self.wanted:
            raise forms.ValidationError(_("This is not the client's identifier. Check whom you are about to erase."))
        return given
