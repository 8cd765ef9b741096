"""Findings of rules that this edition of the knowledge no longer has stay in sight, and every page opens."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

from mesoplan.report.findings import FindingWords
from mesoplan.report.words import Words
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.screenings.services import found_in
from mesoplan_clinic.visits.models import Session
from web.test_routes import rows_of_everything
from web.treating import ON, set_day

OLD = "of_an_older_edition"


def forget(rule: str) -> None:
    """Let everything kept name a rule that no edition here has."""
    for plan in Plan.objects.all():
        plan.plan = bytes(plan.plan).replace(f'"{rule}'.encode(), f'"{OLD}'.encode())
        Plan.objects.filter(pk=plan.pk).update(plan_sealed=plan.plan_sealed)
    for row in Screening.objects.all():
        row.result = json.loads(json.dumps(row.result).replace(f'"{rule}', f'"{OLD}'))
        Screening.objects.filter(pk=row.pk).update(result_sealed=row.result_sealed)


@pytest.mark.parametrize("rule", ["naevi.zone", "allergies.listed"])
def test_a_finding_whose_rule_is_gone_is_shown_as_one_and_no_page_or_export_fails(
    browser, maria, member, monkeypatch, rule
):
    set_day(monkeypatch, ON)
    rows = rows_of_everything(maria, member)
    forget(rule)
    kept, session = rows[Screening], rows[Session]
    said = browser(Role.PHYSICIAN).get(reverse("screening_kept", args=[maria.pk, kept.pk]))
    assert said.status_code == 200
    assert f"A finding of another edition of the knowledge base ({OLD})" in said.text
    for name, parts in (
        ("screening", ()),
        ("client", ()),
        ("course", (session.course_id,)),
        ("course_papers", (rows[Course].pk,)),
        ("session_leaflet", (session.pk,)),
    ):
        assert browser(Role.PHYSICIAN).get(reverse(name, args=[maria.pk, *parts])).status_code == 200, name
    export = browser(Role.OWNER).get(reverse("client_export", args=[maria.pk]))
    assert export.status_code == 200
    papers = [name for name in zipfile.ZipFile(io.BytesIO(export.content)).namelist() if name.endswith(".pdf")]
    assert len(papers) >= Plan.objects.filter(client=maria).count()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_to_do_about_a_finding_of_another_edition_is_said_in_each_language(maria, member, monkeypatch, language):
    set_day(monkeypatch, ON)
    row = rows_of_everything(maria, member)[Screening]
    forget("naevi.zone")
    found = found_in(Screening.objects.get(pk=row.pk))
    knowledge = knowledge_of(maria.clinic)
    say = FindingWords(knowledge, Words(knowledge, language))
    old = next(one for one in found.findings if one.rule == OLD)
    assert OLD in say.says(old)
    assert say.client_says(old) == say.says(old)
    assert {"en": "Screen anew", "ru": "Проведите проверку заново"}[language] in knowledge.words(language)[
        "standing.gone.next"
    ]
