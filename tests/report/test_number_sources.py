"""sources.pdf names the source of every number, the skin's, the chart's and the clinic's own among them."""

from __future__ import annotations

import pytest
from tests.report.conftest import MakeCase, without
from tests.report.pages import whole

from mesoplan.clinic.model import Clinic
from mesoplan.report.basis import number_bases
from mesoplan.report.context import PaperContext
from mesoplan.report.number_sources import number_lines
from mesoplan.report.sources_paper import sources_context


def context_of(make_case: MakeCase, **arguments: object) -> PaperContext:
    case = make_case(**arguments)
    return PaperContext(case.plan, case.knowledge, case.clinic)


@pytest.mark.parametrize("technique", ["fractional_pen", "classical_injection"])
def test_every_source_that_a_number_names_stands_in_the_list_with_its_kind(make_case: MakeCase, technique: str) -> None:
    context = context_of(make_case, technique=technique)
    knowledge = context.knowledge
    told = sources_context(context)
    listed = {row[0]: row[2] for row in told["sources"]}
    for basis in number_bases(context):
        if basis.kind == "atlas":
            source = knowledge.thickness[basis.reference].source
        elif basis.kind == "chart":
            source = basis.reference.partition(":")[0]
        else:
            continue
        kind = context.words(f"kind.{knowledge.sources[source].kind}")
        assert listed[source] == kind
        assert any(line.startswith(f"{source} ({kind}, ") for line in told["numbers"]), basis


def test_what_speaks_for_or_against_a_technique_stands_there_with_its_sources(make_case: MakeCase) -> None:
    context = context_of(make_case)
    told = sources_context(context)
    facts, listed = {one["id"] for one in told["facts"]}, {row[0] for row in told["sources"]}
    options = context.plan.prescription.techniques
    reasons = {reason for one in options for reason, _ in one.reasons if reason in context.knowledge.facts}
    assert reasons
    assert reasons <= facts
    assert {claim.source for reason in reasons for claim in context.knowledge.facts[reason].claims} <= listed


def test_a_measurement_is_told_with_layer_numbers_and_note(make_case: MakeCase) -> None:
    lines = [line.replace("\u00a0", " ") for line in number_lines(context_of(make_case))]
    (forehead,) = (line for line in lines if "men 1.17" in line)
    assert forehead.startswith("meng-2022 (trial, table 2): dermis, mean 0.99 mm, standard deviation 0.27 mm. Both")
    assert any("thin skin up to 0.5 mm" in line for line in lines)
    assert lines[0].endswith("the mean distance of the pupils is 63 mm.")


def test_the_clinics_numbers_are_told_with_the_source_it_states_for_each(make_case: MakeCase, clinic: Clinic) -> None:
    pen = clinic.devices["example-pen"]
    own = pen.model_copy(update={"source": "manual", "sources": {"label_max_depth_mm": "label, page 12"}})
    context = context_of(make_case, of_clinic=without(clinic, devices={"example-pen": own}))
    lines = number_lines(context)
    assert "devices.yaml: example-pen: label_max_depth_mm: label, page 12." in lines
    assert any(line.startswith("devices.yaml: example-pen: max_depth_mm, ") and "manual." in line for line in lines)
    assert any(line.startswith("limits.yaml: volumes: session_max_ml: ") for line in lines)
    assert any(line.startswith("products.yaml: example-revital: session_max_ml: ") for line in lines)


def test_the_numbers_sources_are_printed_in_both_languages(make_case: MakeCase) -> None:
    for language, title in (("en", "Measured skin, charts"), ("ru", "Измеренная кожа, таблицы")):
        text = whole(make_case(language=language).papers["sources.pdf"])
        assert title in text
        assert "meng-2022" in text[text.index(title) :]
