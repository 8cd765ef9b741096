"""The forms of photos."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.kernel.texts import printable
from mesoplan_clinic.photos.models import Photo, PhotoRemoval
from mesoplan_clinic.plans.signing import SigningForm


class PhotoForm(forms.Form):
    """A photo to be kept; what it is, is looked at when it is kept."""

    view = forms.ChoiceField(
        label=_("Seen from"), choices=Photo.View.choices, initial=Photo.View.FRONT, widget=forms.RadioSelect
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("A JPEG, PNG or WebP file of at most 12 MB. Place, time and camera in it are removed."),
    )


class SideForm(forms.Form):
    """Whether a photo is mirrored."""

    mirrored = forms.ChoiceField(choices=[("no", "no"), ("yes", "yes")])


class RemoveForm(forms.Form):
    """Why a photo is deleted."""

    reason = forms.ChoiceField(label=_("Why?"), choices=PhotoRemoval.Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("What else should be known"), required=False, max_length=300, validators=[printable])


class PhotoConsentForm(SigningForm):
    """The consent to photos: for the record, and apart from it for publication."""

    record = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect)
    publication = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect)

    def agreed(self) -> list[str]:
        """Return the points that were agreed to."""
        return [one for one in ("record", "publication") if self.cleaned_data[one] == "yes"]
