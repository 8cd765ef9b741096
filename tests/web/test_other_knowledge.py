"""Plans that speak of what the knowledge base no longer has: each page opens, or says so in words."""

import pytest

from mesoplan_clinic.accounts.roles import TABLE, Role
from mesoplan_clinic.kernel.broken import OtherKnowledge
from mesoplan_clinic.plans.models import Plan
from mesoplan_clinic.plans.services import core_plan, kept_plan
from web.test_routes import DECLARED, address, declared, rows_of_everything
from web.treating import ON, set_day

WORDS = "This plan was made with another knowledge base"
PAPERS = {"session_step": {"step": "work"}, "course_paper": {"paper": "plan.pdf"}}


@pytest.mark.parametrize("gone", ["fractional_pen", "cheek_upper_left", "rejuvenation"])
def test_every_page_opens_or_says_that_a_plan_is_of_another_knowledge_base(browser, maria, member, monkeypatch, gone):
    set_day(monkeypatch, ON)
    rows = rows_of_everything(maria, member)
    for plan in Plan.objects.all():
        plan.plan = bytes(plan.plan).replace(gone.encode(), b"of_an_older_edition")
        Plan.objects.filter(pk=plan.pk).update(plan_sealed=plan.plan_sealed)
        with pytest.raises(OtherKnowledge, match="of_an_older_edition"):
            core_plan(plan)
        assert kept_plan(plan).on == ON
    said = []
    for pattern in DECLARED:
        page = declared(pattern)
        for role in (Role.PHYSICIAN, Role.OWNER):
            if page.see is not None and role in TABLE[page.see]:
                answer = browser(role).get(address(pattern, rows, **PAPERS.get(pattern.name, {})))
                assert answer.status_code < 500, pattern.name
                if answer.status_code == 409:
                    assert WORDS in answer.text and "of_an_older_edition" in answer.text, pattern.name
                    said.append(pattern.name)
    assert {"course", "course_choose", "session_leaflet"} <= set(said)
    assert not {"clients", "intakes", "covers", "audit", "owner", "client_export"} & set(said)
