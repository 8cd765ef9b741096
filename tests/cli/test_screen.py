"""`mesoplan screen`, `screen-all`, `questions`, `example`: exit codes, days, and what is printed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from mesoplan.knowledge.load import load

KNOWLEDGE = load()


def test_the_example_may_be_treated_and_says_so_first(run, example):
    done = run("screen", example())
    assert done.code == 0
    assert "No listed contraindication found" in "\n".join(done.out.splitlines()[:6])
    assert "safe" not in done.out.lower()


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"pregnancy": "yes"}, "CONTRAINDICATED"),
        ({"clotting_medicines": "yes"}, "PHYSICIAN"),
        ({"chemical_peel": [{"date": "2026-11-18", "kind": "superficial", "zones": ["face"]}]}, "DEFER"),
        ({"epilepsy": None}, "NEEDS_INFO"),
    ],
)
def test_screening_ends_with_0_whatever_the_verdict(run, example, answers, verdict):
    done = run("screen", example(**answers), "--json")
    assert done.code == 0
    result = json.loads(done.out)
    assert (result["headline"], result["may_treat"]) == (verdict, False)


def test_a_peel_five_days_ago_is_dated_in_words_and_in_json(run, example):
    path = example(chemical_peel=[{"date": "2026-11-18", "kind": "superficial", "zones": ["face"]}], menstruates="no")
    assert json.loads(run("screen", path, "--json").out)["eligible_from"] == "2026-12-02"
    assert "2 December 2026" in run("screen", path).out.replace("\xa0", " ")
    assert "2 декабря 2026" in run("screen", path, "--lang", "ru").out.replace("\xa0", " ")


def test_a_wart_on_the_cheek_leaves_the_forehead_open(run, example):
    result = json.loads(run("screen", example(warts={"zones": ["cheek_upper_left"]}), "--json").out)
    allowed = {(cell["technique"], cell["zone"]): cell["may_treat"] for cell in result["cells"]}
    assert not allowed["fractional_pen", "cheek_upper_left"]
    assert allowed["fractional_pen", "cheek_upper_right"]
    assert allowed["fractional_pen", "forehead"]


def test_without_a_day_there_is_no_screening(run, example):
    path = example(top={"visit_date": "unknown"})
    done = run("screen", path)
    assert done.code == 2
    assert "--on" in done.err
    assert "no day was given" in done.err


def test_a_day_before_the_answers_is_refused_and_a_later_one_is_noted(run, example):
    path = example()
    early = run("screen", path, "--on", "2026-11-22")
    assert early.code == 2
    assert "the answers were given on 2026-11-23" in early.err
    late = run("screen", path, "--on", "2026-11-25")
    assert late.code == 0
    assert "Note: planned for 2026-11-25" in late.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--on", "25.11.2026"), "not a date"),
        (("--on", "2026-02-30"), "not a date"),
        (("--technique", "magic"), "not a technique of the knowledge"),
        (("--lang", "xx"), "no texts in this language"),
        (("--clinic", "no/such/folder"), "no/such/folder"),
    ],
)
def test_a_wrong_option_is_told_with_its_value(run, example, arguments, message):
    done = run("screen", example(), *arguments)
    assert done.code == 2
    assert message in done.err
    assert arguments[1] in done.err
    assert "Traceback" not in done.err


def test_one_technique_can_be_asked_for_alone(run, example):
    result = json.loads(run("screen", example(), "--technique", "classical_injection", "--json").out)
    assert {cell["technique"] for cell in result["cells"]} == {"classical_injection"}


def test_a_missing_file_is_one_sentence(run, tmp_path):
    done = run("screen", tmp_path / "absent.yaml")
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1


def test_an_internal_failure_is_told_without_a_traceback(run, example, monkeypatch):
    from mesoplan.screening.engine import Screener

    def fail(*_):
        raise RuntimeError("the floor gave way")

    monkeypatch.setattr(Screener, "screen", fail)
    done = run("screen", example())
    assert done.code == 1
    assert "Internal failure: RuntimeError: the floor gave way" in done.err
    assert "Traceback" not in done.err


def test_the_empty_intake_is_screened_as_needs_info(run, tmp_path):
    path = tmp_path / "empty.yaml"
    assert run("questions", "--lang", "ru", "--out", path).code == 0
    result = json.loads(run("screen", path, "--on", "2026-11-23", "--json").out)
    assert result["headline"] == "NEEDS_INFO"
    assert set(result["missing"]) >= {"goals", "pregnancy", "birth_date", "epilepsy"}


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_the_printed_questions_hold_every_question_in_the_language(run, language):
    text = run("questions", "--lang", language).out
    assert set(yaml.safe_load(text)["answers"]) == set(KNOWLEDGE.questions)
    for question in KNOWLEDGE.questions.values():
        assert " ".join(question.text[language].split()) in text


def test_a_bad_line_does_not_stop_the_others(run, example, tmp_path):
    good = yaml.safe_load(example().read_text(encoding="utf-8"))
    wrong = {**good, "answers": {**good["answers"], "pregnancy": "perhaps"}}
    lines = [json.dumps(good, default=str), "{", "", json.dumps(wrong, default=str), json.dumps(good, default=str)]
    source = tmp_path / "many.ndjson"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("screen-all", source)
    assert done.code == 2
    assert "2 screened, 2 lines could not be read" in done.out
    results = [json.loads(line) for line in (tmp_path / "many.screened.ndjson").read_text().splitlines()]
    assert [result.get("headline", result.get("line")) for result in results] == ["CAUTION", 2, 4, "CAUTION"]
    assert "perhaps" in results[2]["problems"][0]
    assert list(tmp_path.glob("*.partial")) == []


def test_each_line_screens_as_it_does_alone(run, example, tmp_path):
    alone = json.loads(run("screen", example(diabetes="yes"), "--json").out)
    data = yaml.safe_load(example(diabetes="yes").read_text(encoding="utf-8"))
    (tmp_path / "one.ndjson").write_text(json.dumps(data, default=str), encoding="utf-8")
    assert run("screen-all", tmp_path / "one.ndjson", "--out", tmp_path / "r").code == 0
    result = json.loads((tmp_path / "r").read_text())
    judgements, cells = result.pop("judgements"), alone.pop("cells")
    assert result == {key: alone[key] for key in result}
    assert set(alone) - set(result) == {"answers", "facts"}
    told = [
        {"technique": technique, "zone": zone, **{key: one[key] for key in one if key not in ("techniques", "zones")}}
        for one in judgements
        for technique in one["techniques"]
        for zone in one["zones"]
    ]
    assert len(judgements) < len(cells)
    assert sorted(told, key=str) == sorted(cells, key=str)


def test_the_json_shows_the_answer_and_every_sources_reading_with_its_kind(run, example):
    told = json.loads(run("screen", example(clotting_medicines="yes"), "--json", "--lang", "ru").out)
    (finding,) = (one for one in told["findings"] if one["verdict"] == "PHYSICIAN")
    (fact,) = (one for one in told["facts"] if one["fact"] == finding["fact"])
    assert told["answers"]["clotting_medicines"]["code"] == "yes"
    assert {one["kind"] for one in fact["claims"]} >= {"popular article", "review"}
    assert all(one["locator"] and one["says"] for one in fact["claims"])
    assert fact["verdict"] == "PHYSICIAN"
    assert fact["reason"]


def test_a_closed_pipe_ends_quietly(example):
    command = f'"{sys.executable}" -m mesoplan screen "{example()}" | head -n 1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_the_zones_are_listed_one_a_line_with_their_names(run, language):
    rows = dict(line.split("\t") for line in run("zones", "--lang", language).out.splitlines())
    assert set(rows) == {*KNOWLEDGE.zones, *KNOWLEDGE.zone_groups}
    assert all(zone.name[language] in rows[zone.id] for zone in KNOWLEDGE.zones.values())


def test_a_zone_that_is_none_is_told_with_the_nearest_one(run, example):
    done = run("screen", example(top={"goals": [{"indication": "wrinkles", "zones": ["forehed"]}]}))
    assert done.code == 2
    assert "forehed" in done.err
    assert "Did you mean forehead? `mesoplan zones` lists them all." in done.err


def test_the_version_names_the_program_and_the_knowledge(run):
    import mesoplan

    done = run("--version")
    assert done.code == 0
    assert done.out == f"mesoplan {mesoplan.__version__}, knowledge {KNOWLEDGE.version}\n"


def test_one_bad_line_is_one_line(run, tmp_path):
    (tmp_path / "many.ndjson").write_text("{\n", encoding="utf-8")
    assert "0 screened, 1 line could not be read" in run("screen-all", tmp_path / "many.ndjson").out
