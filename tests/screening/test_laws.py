"""The laws every set of rules must keep, over the real knowledge and any intake."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.errors import ProblemError
from mesoplan.intake.model import UNKNOWN, Signature
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.verdict import SEVERITY
from mesoplan.screening.engine import Screener
from screening import naive
from screening.cases import KNOWLEDGE, ON, TECHNIQUES, ZONES, intake, raw
from screening.strategies import CHANGES, QUESTIONS, answer_to

SCREENER = Screener(KNOWLEDGE)


def usable(changes):
    """Return the parsed intake, None where the answers contradict one another and the parser refuses them."""
    try:
        return intake(changes)
    except ProblemError:
        return None


def cells(screening):
    return {(cell.technique, cell.zone): cell for cell in screening.cells}


@given(CHANGES, st.integers(0, 400))
def test_the_fast_engine_says_what_the_naive_one_says(changes, ahead):
    on = ON + timedelta(days=ahead)
    client = usable(changes)
    if client is None:
        return
    screening = SCREENER.screen(client, on)
    for cell in screening.cells:
        expected = naive.cell(client, KNOWLEDGE, on, cell.technique, cell.zone)
        found = {
            one.rule: (str(one.verdict), one.until)
            for one in map(screening.finding, cell.findings)
            if one.rule in KNOWLEDGE.rules
        }
        assert found == expected
        standing = [one.verdict for one in map(screening.finding, cell.findings) if one.rule not in KNOWLEDGE.rules]
        assert cell.headline == naive.headline([*(verdict for verdict, _ in expected.values()), *standing])


@given(CHANGES, st.booleans(), st.integers(0, 400))
def test_a_joint_screening_says_of_each_technique_and_zone_what_its_cell_says(changes, wished, ahead):
    on = ON + timedelta(days=ahead)
    client = usable(changes)
    if client is None:
        return
    client = client if wished else replace(client, goals=())
    whole, joint = SCREENER.screen(client, on), SCREENER.screen_jointly(client, on)
    for field in fields(whole):
        assert field.name == "cells" or getattr(whole, field.name) == getattr(joint, field.name)
    said = {
        (technique, zone): judgement
        for judgement in joint.judgements
        for technique in judgement.techniques
        for zone in judgement.zones or (None,)
    }
    assert sum(len(one.techniques) * max(1, len(one.zones)) for one in joint.judgements) == len(whole.cells)
    for cell in whole.cells:
        judgement = said[cell.technique, cell.zone]
        for field in fields(cell):
            assert field.name in ("technique", "zone") or getattr(cell, field.name) == getattr(judgement, field.name)


@given(CHANGES, st.sampled_from(QUESTIONS))
def test_forgetting_an_answer_never_makes_someone_treatable(changes, question):
    known = usable(changes)
    if known is None:
        return
    forgotten = replace(known, answers={**known.answers, question.id: UNKNOWN})
    before, after = cells(SCREENER.screen(known, ON)), cells(SCREENER.screen(forgotten, ON))
    for place, cell in after.items():
        assert before[place].may_treat or not cell.may_treat


# Which side of a regular cycle is the dangerous one depends on the day: only a regular one can be foreseen.
SIDED = [one for one in QUESTIONS if one.kind in ("yes_no", "choice") and one.id != "cycle_regular"]


@pytest.mark.parametrize("question", SIDED, ids=lambda question: question.id)
@given(changes=CHANGES)
def test_moving_an_answer_to_its_dangerous_side_never_loosens(question, changes):
    previous = None
    for code in question.order:
        client = usable({**changes, question.id: code})
        if client is None:
            return
        now = cells(SCREENER.screen(client, ON))
        for place, cell in now.items():
            if previous is not None:
                assert SEVERITY[cell.headline] >= SEVERITY[previous[place].headline]
                assert previous[place].may_treat or not cell.may_treat
        previous = now


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.kind in ("zones", "events")], ids=lambda q: q.id)
@given(changes=CHANGES, data=st.data())
def test_something_that_happened_never_loosens_against_nothing(question, changes, data):
    answer = data.draw(answer_to(question))
    without, with_it = usable({**changes, question.id: "no"}), usable({**changes, question.id: answer})
    if without is None or with_it is None:
        return
    before, after = cells(SCREENER.screen(without, ON)), cells(SCREENER.screen(with_it, ON))
    for place, cell in after.items():
        assert before[place].may_treat or not cell.may_treat


@given(CHANGES, st.randoms())
def test_the_order_of_answers_and_rules_does_not_matter(changes, shuffler):
    data = raw(changes)
    try:
        client = parse_intake(data, KNOWLEDGE)
    except ProblemError:
        return
    answers = list(data["answers"].items())
    shuffler.shuffle(answers)
    turned = parse_intake({**data, "answers": dict(answers), "goals": data["goals"]}, KNOWLEDGE)
    rules = list(KNOWLEDGE.rules.items())
    shuffler.shuffle(rules)
    other = Screener(replace(KNOWLEDGE, rules=dict(rules)))
    assert other.screen(turned, ON) == SCREENER.screen(client, ON)


@given(CHANGES)
def test_no_rule_lowers_another_ones_finding(changes):
    client = usable(changes)
    if client is None:
        return
    whole = {one.id: one for one in SCREENER.screen(client, ON).findings}
    names = random.Random(0).sample(sorted(KNOWLEDGE.rules), len(KNOWLEDGE.rules) // 2)
    half = Screener(replace(KNOWLEDGE, rules={name: KNOWLEDGE.rules[name] for name in names}))
    for finding in half.screen(client, ON).findings:
        assert whole[finding.id] == finding


@given(CHANGES)
def test_the_first_eligible_day_is_the_first_without_a_deferral(changes):
    client = usable(changes)
    if client is None:
        return
    for cell in SCREENER.screen(client, ON).cells:

        def deferred(day, cell=cell):
            found = naive.cell(client, KNOWLEDGE, day, cell.technique, cell.zone).values()
            return any(verdict == "DEFER" for verdict, _ in found)

        if cell.eligible_from is None:
            continue
        assert not deferred(cell.eligible_from)
        waited = (cell.eligible_from - ON).days
        assert all(deferred(ON + timedelta(days=day)) for day in range(0, waited, max(1, waited // 12)))


@given(CHANGES)
def test_treatable_means_only_cautions_and_nothing_missing(changes):
    client = usable(changes)
    if client is None:
        return
    screening = SCREENER.screen(client, ON)
    for cell in screening.cells:
        verdicts = {screening.finding(one).effective for one in cell.findings}
        assert cell.may_treat == (verdicts <= {"CLEARED", "CAUTION"} and not cell.missing)


@given(CHANGES)
def test_a_signature_lifts_only_the_physician_finding_it_names(changes):
    client = usable(changes)
    if client is None:
        return
    plain = SCREENER.screen(client, ON)
    for target in plain.findings:
        signature = Signature(target.id, "Dr One", ON, None, "yes", "may be treated")
        signed = SCREENER.screen(replace(client, signatures=(signature,)), ON)
        for before, after in zip(
            sorted(plain.findings, key=lambda one: one.id), sorted(signed.findings, key=lambda one: one.id), strict=True
        ):
            lifted = before.id == target.id and before.verdict == "PHYSICIAN"
            assert after == (replace(before, lifted_by="Dr One") if lifted else before)


EARLIER = ON - timedelta(days=9)


@pytest.mark.parametrize(
    ("decisions", "lifted_by"),
    [
        ([("Dr One", ON, None, "yes")], "Dr One"),
        ([("Dr One", ON, None, "conditions")], "Dr One"),
        ([("Dr One", ON, None, "no")], None),
        ([("Dr One", EARLIER, None, "yes"), ("Dr Two", ON, None, "no")], None),
        ([("Dr Two", ON, None, "no"), ("Dr One", EARLIER, None, "yes")], None),
        ([("Dr One", EARLIER, None, "no"), ("Dr Two", ON, None, "yes")], "Dr Two"),
        ([("Dr One", ON, None, "yes"), ("Dr Two", ON, None, "no")], None),
        ([("Dr One", EARLIER, None, "yes"), ("Dr Two", ON, ON - timedelta(days=1), "no")], "Dr One"),
        ([("Dr One", ON + timedelta(days=1), None, "yes")], None),
    ],
)
def test_of_a_doctors_decisions_the_latest_counts_and_only_a_yes_lifts(decisions, lifted_by):
    client = intake({"clotting_medicines": "yes"})
    signatures = tuple(
        Signature("clotting_medicines.yes", doctor, day, until, answer, "may be treated")
        for doctor, day, until, answer in decisions
    )
    screening = SCREENER.screen(replace(client, signatures=signatures), ON)
    assert screening.finding("clotting_medicines.yes").lifted_by == lifted_by
    assert screening.may_treat == (lifted_by is not None)


def test_the_naive_engine_reaches_every_rule_somewhere():
    reached = set()
    for question in QUESTIONS:
        for code in (*question.order, "yes"):
            client = usable({question.id: code})
            if client is not None:
                reached |= {f.rule for f in SCREENER.screen(client, ON).findings}
    assert len(reached) > len(KNOWLEDGE.rules) // 2
    assert set(TECHNIQUES) >= {"fractional_pen", "classical_injection"}
    assert ZONES[0] == "forehead"
