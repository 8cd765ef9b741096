"""The short form of a follow-up: how it is, an adverse event, a score; and how an event went on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mesoplan.record.outcome_file import scales
from mesoplan.report.context import PaperContext
from mesoplan.report.leaflet_paper import harms_here
from mesoplan.report.words import sentence
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel.days import DayField
from mesoplan_clinic.kernel.offer import offer
from mesoplan_clinic.outcomes.models import FollowUp
from mesoplan_clinic.outcomes.services import OTHER
from mesoplan_clinic.stock.selectors import item_name
from mesoplan_clinic.visits.models import Session

SEVERITIES = ("mild", "moderate", "severe", "serious", "unknown")
NOT_KNOWN = _("not known")
SCORE_FIELDS = frozenset({"scale", "value", "role", "scored_by", "score_zone"})


def _words(paper: PaperContext, start: str, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one, sentence(paper.words(f"{start}.{one}"))) for one in keys]


class EventForm(forms.Form):
    """One adverse event."""

    what = forms.ChoiceField(label=_("What happened"), required=False)
    what_other = forms.CharField(label=_("In words, if it is not in the list"), max_length=300, required=False)
    severity = forms.ChoiceField(label=_("Severity"), required=False, widget=forms.RadioSelect)
    onset = DayField(label=_("First day"), required=False)
    event_zone = forms.ChoiceField(label=_("Where"), required=False)
    lot = forms.ChoiceField(label=_("Lot it is put down to"), required=False)
    action = forms.CharField(label=_("What was done about it"), max_length=1000, required=False)
    resolved = forms.ChoiceField(
        label=_("Is it over?"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("no", _("No")), ("yes", _("Yes")), ("unknown", NOT_KNOWN)],
    )
    resolved_on = DayField(label=_("Over on"), required=False)

    def __init__(self, *args: Any, session: Session, paper: PaperContext, **kwargs: Any) -> None:
        """Offer the side effects, zones and lots of the session."""
        super().__init__(*args, **kwargs)
        harms = [(one.id, sentence(paper.words.text(one.title))) for one in harms_here(paper)]
        zones = [(one.zone, sentence(paper.names.zone(one.zone))) for one in paper.plan.prescription.zones]
        used = session.lot_uses.filter(corrected=False).select_related("lot")
        clinic = session.client.clinic
        lots = [(one.lot.lot, f"{item_name(clinic, one.lot.kind, one.lot.item)} · {one.lot.lot}") for one in used]
        self.places: list[tuple[str, str | Promise]] = [("", _("no single place")), *zones]
        choices: dict[str, Iterable[tuple[str, str | Promise]]] = {
            "what": [("", "–"), *harms, (OTHER, _("something else"))],
            "severity": _words(paper, "record.severity", SEVERITIES),
            "event_zone": self.places,
            "lot": [("", NOT_KNOWN), *dict(lots).items()],
        }
        for name, found in choices.items():
            offer(self, name, found)

    def event(self) -> dict[str, Any]:
        """Return the event in the form of an outcome file, {} where none was entered."""
        said = self.cleaned_data
        what = said["what_other"].strip() if said["what"] in ("", OTHER) else said["what"]
        if not what:
            return {}
        return {
            "what": what,
            "severity": said["severity"] or "unknown",
            "onset": said["onset"],
            "zone": said["event_zone"] or None,
            "lot": said["lot"] or None,
            "action": said["action"] or None,
            "resolved": said["resolved"] or "unknown",
            "resolved_on": said["resolved_on"],
        }


class OutcomeForm(EventForm):
    """What came of a session, as it is told at a follow-up."""

    found = forms.ChoiceField(label=_("How is it?"), widget=forms.RadioSelect, choices=FollowUp.Found.choices)
    notes = forms.CharField(label=_("Notes"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    wants_photo = forms.BooleanField(label=_("Take a photo at the next visit"), required=False)
    scale = forms.ChoiceField(label=_("Scale"), required=False)
    value = forms.DecimalField(label=_("Value"), required=False)
    role = forms.ChoiceField(
        label=_("Who scored"),
        required=False,
        choices=[
            ("unknown", NOT_KNOWN),
            ("self", _("the client")),
            ("practitioner", _("the practitioner")),
            ("blinded", _("somebody who does not know what was done")),
        ],
    )
    scored_by = forms.CharField(label=_("Name of who scored"), max_length=100, required=False)
    score_zone = forms.ChoiceField(label=_("Where"), required=False)

    def __init__(self, *args: Any, session: Session, paper: PaperContext, **kwargs: Any) -> None:
        """Offer the scales of the knowledge."""
        super().__init__(*args, session=session, paper=paper, **kwargs)
        knowledge, offered = knowledge_of(session.client.clinic), [("", "–")]
        for name, (low, high, _whole) in scales(knowledge).items():
            title = paper.words.text(knowledge.facts[f"scale.{name}"].title)
            offered.append((name, f"{title} ({paper.words.span(low, high)})"))
        offer(self, "scale", offered)
        offer(self, "score_zone", self.places)

    def clean(self) -> dict[str, Any]:
        """Ask for the event where one is said, and for the value of a chosen scale."""
        said = super().clean() or {}
        if said.get("found") == FollowUp.Found.EVENT and not (said.get("what") or said.get("what_other")):
            self.add_error("what", _("Say what happened."))
        if said.get("what") == OTHER and not said.get("what_other"):
            self.add_error("what_other", _("Say in words what happened."))
        if said.get("found") in (FollowUp.Found.NOTHING, FollowUp.Found.NOT_REACHED) and said.get("what"):
            self.add_error("found", _("An adverse event is entered below: choose it here too, or take it out."))
        if said.get("scale") and said.get("value") is None:
            self.add_error("value", _("A score needs its value."))
        return said

    def scores(self, day: date) -> list[dict[str, Any]]:
        """Return the score in the form of an outcome file."""
        said = self.cleaned_data
        if not said["scale"]:
            return []
        score = {"scale": said["scale"], "value": float(said["value"]), "scored_on": day, "role": said["role"] or None}
        return [{**score, "scored_by": said["scored_by"] or None, "zone": said["score_zone"] or None}]
