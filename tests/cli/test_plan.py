"""`mesoplan plan` from end to end: the papers of each verdict, and every reason against a session sheet."""

from __future__ import annotations

import json

import pytest
import yaml

from cli.conftest import ASTRONAUT
from clinic.own import own_clinic

ALWAYS = {"plan.json", "screening.json", "plan.pdf", "leaflet.pdf", "course.ics", "map.svg"}


def plan(run, intake, out, *more):
    return run("plan", intake, "--out", out, *more)


def names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_the_example_with_a_photo_gets_every_paper_and_a_session_sheet(run, example, out):
    done = plan(run, example(), out, "--photo", ASTRONAUT, "--mirrored", "no", "--clinic", "example")
    assert done.code == 0, done.err
    assert names(out) >= ALWAYS | {"session.pdf"}
    saved = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert saved["session_sheet"] == ["sheet.ready"]
    assert saved["surface"]["kind"] == "photo"
    assert saved["clinic_is_example"] is True
    assert done.out.index("No listed contraindication found") < done.out.index("plan.pdf")


@pytest.mark.parametrize(
    ("answers", "extra", "absent"),
    [
        ({"pregnancy": "yes"}, set(), {"session.pdf", "referral.pdf"}),
        ({"clotting_medicines": "yes"}, {"referral.pdf"}, {"session.pdf"}),
        (
            {"chemical_peel": [{"date": "2026-11-18", "kind": "superficial", "zones": ["face"]}]},
            set(),
            {"session.pdf", "referral.pdf"},
        ),
        ({"epilepsy": "unknown"}, set(), {"session.pdf", "referral.pdf"}),
    ],
    ids=["pregnant", "anticoagulant", "peel", "unknown"],
)
def test_a_refused_client_gets_papers_and_the_exit_code_says_so(run, example, out, answers, extra, absent):
    done = plan(run, example(**answers), out, "--clinic", "example")
    assert done.code == 3, done.err
    assert names(out) >= ALWAYS | extra
    assert names(out).isdisjoint(absent)


def test_everything_unknown_asks_and_prints_no_settings(run, tmp_path, out):
    empty = tmp_path / "empty.yaml"
    run("questions", "--out", empty)
    done = plan(run, empty, out, "--on", "2026-11-23", "--clinic", "example")
    assert done.code == 3
    saved = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert saved["layout"]["pen"] == []
    assert saved["layout"]["points"] == []


def sheet(run, intake, out, *more):
    done = plan(run, intake, out, *more)
    assert done.code in (0, 3), done.err
    reasons = json.loads((out / "plan.json").read_text(encoding="utf-8"))["session_sheet"]
    assert ("session.pdf" in names(out)) == (reasons == ["sheet.ready"])
    return reasons


@pytest.mark.parametrize(
    ("language", "title", "last"),
    [("en", "How to take the photo", "in millimetres."), ("ru", "Как сделать фотографию", "в миллиметрах.")],
)
def test_a_photo_that_cannot_be_used_is_told_with_how_to_take_one(run, example, out, tmp_path, language, title, last):
    (tmp_path / "photo.jpg").write_text("no picture")
    done = plan(run, example(), out, "--photo", tmp_path / "photo.jpg", "--lang", language)
    assert done.code == 2
    assert "--photo: this is not a picture" in done.err.splitlines()[0]
    assert done.err.index(title) > done.err.index("not a picture")
    assert done.err.rstrip().endswith(last)
    assert not out.exists()


def test_what_is_not_about_the_photo_brings_no_photo_instructions(run, example, out):
    done = plan(run, example(), out, "--area", "neck=ten")
    assert done.code == 2
    assert "How to take the photo" not in done.err


def test_no_sheet_without_a_clinic(run, example, out):
    assert "sheet.no_clinic" in sheet(run, example(), out)


def test_no_sheet_on_a_day_whose_answers_were_not_given(run, example, out):
    reasons = sheet(run, example(), out, "--clinic", "example", "--on", "2026-11-24")
    assert "sheet.not_that_days_answers" in reasons


TEST = {"product": "example-revital", "placed_on": "2026-11-16", "method": "test injection"}


BOTH = [("2026-11-18", "negative"), ("2026-11-20", "negative")]


@pytest.mark.parametrize(
    ("changes", "readings"),
    [
        ({}, []),
        ({}, BOTH[:1]),
        ({}, [("2026-11-17", "negative"), ("2026-11-17", "negative")]),
        ({"method": "topical"}, BOTH),
        ({"product": "another"}, BOTH),
    ],
    ids=["none", "only the first", "too early", "on the skin only", "of another product"],
)
def test_no_sheet_without_both_negative_readings_of_a_test_injection(run, example, out, changes, readings):
    test = {**TEST, **changes, "readings": [{"date": day, "result": result} for day, result in readings]}
    reasons = sheet(run, example(top={"allergy_tests": [test]}), out, "--clinic", "example")
    assert "sheet.allergy_reading_missing" in reasons


def test_no_sheet_after_a_positive_reading_and_no_other_product_that_shares_an_ingredient(run, example, out):
    readings = [{"date": "2026-11-18", "result": "negative"}, {"date": "2026-11-20", "result": "positive"}]
    reasons = sheet(run, example(top={"allergy_tests": [{**TEST, "readings": readings}]}), out, "--clinic", "example")
    assert {"sheet.no_product", "sheet.no_session_date"} <= set(reasons)


def test_a_sheet_with_both_negative_readings(run, example, out):
    test = {**TEST, "readings": [{"date": day, "result": result} for day, result in BOTH]}
    assert sheet(run, example(top={"allergy_tests": [test]}), out, "--clinic", "example") == ["sheet.ready"]


def test_no_sheet_on_an_allergy_test_of_years_ago_and_a_new_test_in_the_calendar(run, example, out):
    readings = [{"date": day, "result": "negative"} for day in ("2020-03-04", "2020-03-06")]
    test = {**TEST, "placed_on": "2020-03-02", "readings": readings}
    assert "sheet.allergy_test_expired" in sheet(
        run, example(top={"allergy_tests": [test]}), out, "--clinic", "example"
    )
    course = json.loads((out / "plan.json").read_text(encoding="utf-8"))["course"]
    assert "allergy test" in [one["kind"] for one in course["appointments"]]


@pytest.fixture
def clinic(tmp_path):
    """A clinic of one's own: the example's folder, no longer marked as one."""
    return own_clinic(tmp_path / "clinic")


def test_no_sheet_while_an_emergency_protocol_is_missing(run, example, out, clinic):
    path = clinic / "clinic.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    del data["clinic"]["emergency_protocols"]["anaphylaxis"]
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    assert "sheet.emergency_protocol_missing" in sheet(run, example(), out, "--clinic", clinic)


def test_no_sheet_without_consent(run, example, out):
    assert "sheet.not_treatable" in sheet(run, example(consent_signed="no"), out, "--clinic", "example")


def test_an_allergy_to_an_ingredient_by_another_name_keeps_the_product_back(run, example, out):
    reasons = sheet(run, example(allergies=["Гиалуронат натрия"]), out, "--clinic", "example")
    assert "sheet.allergy_reading_missing" in reasons  # another product fits, and is not tested yet
    assert "example-revital" not in json.dumps(
        json.loads((out / "plan.json").read_text(encoding="utf-8"))["prescription"]["zones"]
    )


def test_a_sheet_of_an_earlier_plan_does_not_survive_a_refusal(run, example, out):
    assert sheet(run, example(), out, "--clinic", "example") == ["sheet.ready"]
    assert plan(run, example(pregnancy="yes"), out, "--clinic", "example").code == 3
    assert "session.pdf" not in names(out)


def test_the_same_input_gives_the_same_bytes(run, example, tmp_path):
    path = example()
    for folder in ("a", "b"):
        assert plan(run, path, tmp_path / folder, "--clinic", "example").code == 0
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_tighter_limit_of_the_clinic_binds_and_changes_what_the_screening_is_bound_to(run, example, clinic):
    limits = {"limits": [{"fact": "gap.peel", "quantity": {"value": 21, "unit": "d"}, "source": "our own rule"}]}
    whole = yaml.safe_load((clinic / "limits.yaml").read_text(encoding="utf-8"))
    (clinic / "limits.yaml").write_text(yaml.safe_dump(whole | limits), encoding="utf-8")
    peel = [{"date": "2026-11-08", "kind": "superficial", "zones": ["face"]}]
    path = example(chemical_peel=peel)
    plain = json.loads(run("screen", path, "--json").out)
    tight = json.loads(run("screen", path, "--clinic", clinic, "--json").out)
    assert plain["may_treat"] is True
    assert tight["may_treat"] is False
    assert plain["knowledge_version"] != tight["knowledge_version"]


def test_wrong_options_of_the_surface_are_told_together(run, example, out):
    done = plan(run, example(), out, "--pupillary-distance", "6.3", "--keep-out", "forehead:1", "--mirrored", "no")
    assert done.code == 2
    assert "6.3" in done.err
    assert "forehead:1" in done.err
    assert not out.exists()


def test_an_area_of_a_zone_that_is_no_goal_and_a_photo_that_is_not_there_are_told_without_advice_on_photos(
    run, example, tmp_path
):
    arguments = ("--area", "neck=8x9", "--photo", tmp_path / "none.jpg", "--out", tmp_path / "papers")
    done = run("plan", example(), *arguments)
    assert done.code == 2
    assert "--area: no goal of the intake names this zone (given: neck)" in done.err
    assert "--photo: there is no such file" in done.err
    assert "  - " not in done.err
    assert not (tmp_path / "papers").exists()


def test_a_width_and_height_on_the_face_are_those_of_a_scar_and_of_nothing_else(run, example, tmp_path):
    done = run("plan", example(), "--area", "forehead=2x0.5", "--out", tmp_path / "papers")
    assert done.code == 2
    assert "--area: a zone of the face is no rectangle; only a scar in it has a width and a height" in done.err
    assert "--area forehead=CM2" in done.err
    assert not (tmp_path / "papers").exists()


def test_a_scar_without_its_size_is_asked_about_and_with_it_is_planned_over_that_alone(run, example, tmp_path):
    scar = [{"date": "unknown", "kind": "atrophic", "zones": ["chin"]}]
    client = example(top={"goals": [{"indication": "scars", "zones": ["chin"]}]}, scars=scar)
    asked = run("plan", client, "--clinic", "example", "--technique", "scar_injection", "--out", tmp_path / "asked")
    assert "measure its width and height" in asked.out
    options = ("--area", "chin=3x0.4", "--technique", "scar_injection")
    planned = run("plan", client, "--clinic", "example", *options, "--out", tmp_path / "planned")
    assert planned.code == 0
    (placed,) = json.loads((tmp_path / "planned" / "plan.json").read_text("utf-8"))["layout"]["points"]
    assert placed["points"] == 2


def test_a_manner_of_injection_is_planned_as_wished_and_one_that_no_technique_has_is_refused(run, example, tmp_path):
    syringe = ("--technique", "classical_injection", "--clinic", "example")
    for manner in ("papules", "pricks"):
        assert run("plan", example(), *syringe, "--manner", manner, "--out", tmp_path / manner).code == 0
        plan = json.loads((tmp_path / manner / "plan.json").read_text(encoding="utf-8"))
        assert {zone["manner"] for zone in plan["prescription"]["zones"]} == {manner}
    for technique, told in (("classical_injection", "papules, pricks"), ("fractional_pen", "Leave it out")):
        done = run("plan", example(), "--technique", technique, "--manner", "jabs", "--out", tmp_path / "none")
        assert done.code == 2
        assert "--manner: not a manner of injection" in done.err
        assert told in done.err
    assert not (tmp_path / "none").exists()
