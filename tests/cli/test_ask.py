"""`mesoplan ask`: the interview in the terminal, answered by a script."""

from __future__ import annotations

import io

import pytest
import yaml

from mesoplan.intake.parse import read_intake
from mesoplan.knowledge.load import load

KNOWLEDGE = load()
INDICATIONS = [*KNOWLEDGE.indications]


@pytest.fixture
def ask(run, tmp_path, monkeypatch):
    """Run the interview with these lines typed; return the intake file's content and what was shown."""

    def call(*lines, lang="en"):
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        out = tmp_path / "asked.yaml"
        out.unlink(missing_ok=True)
        done = run("ask", "--out", out, "--lang", lang, "--visit-date", "2026-11-23")
        assert done.code == 0, done.err
        return yaml.safe_load(out.read_text(encoding="utf-8")), done.out

    return call


HEAD = ("Anna", "A-1", "", "1", "forehead")


def test_stopping_early_keeps_what_was_answered(ask, tmp_path):
    data, shown = ask(*HEAD, "1988-05-14", "1", "q")
    assert data["client"]["name"] == "Anna"
    assert data["answers"]["birth_date"] == "1988-05-14"
    assert data["answers"]["sex"] == "female"
    assert {value for name, value in data["answers"].items() if name not in ("birth_date", "sex")} == {"unknown"}
    assert "unanswered questions are unknown" in shown
    assert read_intake(tmp_path / "asked.yaml", KNOWLEDGE).goals[0].zones == ("forehead",)


def test_a_name_that_no_paper_could_show_is_asked_again(ask, tmp_path):
    data, shown = ask("A\x1b[31mB", "...", "x" * 501, "\udcff", "Anna", "--", "A-1", "", "1", "forehead", "q")
    assert (data["client"]["name"], data["client"]["identifier"]) == ("Anna", "A-1")
    assert shown.count("This was not understood") == 5
    assert "\x1b" not in shown
    assert read_intake(tmp_path / "asked.yaml", KNOWLEDGE).client.name == "Anna"


def test_leaving_everything_empty_leaves_everything_unknown(ask):
    data, _ = ask(*HEAD, *[""] * 120)
    assert set(data["answers"]) == set(KNOWLEDGE.questions)
    assert set(data["answers"].values()) == {"unknown"}


def test_a_man_is_not_asked_about_pregnancy_and_a_woman_is(ask):
    male = [choice.code for choice in KNOWLEDGE.questions["sex"].choices].index("male") + 1
    pregnancy = KNOWLEDGE.questions["pregnancy"].text["en"]
    assert pregnancy not in ask(*HEAD, "1988-05-14", str(male), *[""] * 120)[1]
    assert pregnancy in ask(*HEAD, "1988-05-14", "1", *[""] * 120)[1]


def test_what_cannot_be_meant_is_asked_again_with_the_reason(ask):
    data, shown = ask(*HEAD, "14.05.1988", "1988-05-14", "q")
    assert data["answers"]["birth_date"] == "1988-05-14"
    assert "not a date" in shown


def test_one_can_go_back_and_answer_anew(ask):
    data, _ = ask(*HEAD, "1988-05-14", "b", "1990-01-02", "q")
    assert data["answers"]["birth_date"] == "1990-01-02"


def test_one_can_go_back_from_the_first_question_on(ask):
    data, _ = ask("b", "Ana", "b", "Anna", "A-1", "", "1", "b", "2", "forehead", "b", "2", "chin", "1988-05-14", "q")
    assert (data["client"]["name"], data["client"]["identifier"]) == ("Anna", "A-1")
    assert data["goals"] == [{"indication": INDICATIONS[1], "zones": ["chin"]}]
    assert data["answers"]["birth_date"] == "1988-05-14"


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_a_wish_is_taken_by_number_or_name_and_asked_again_where_it_is_none(ask, language):
    name = KNOWLEDGE.indications[INDICATIONS[2]].name[language]
    data, shown = ask("Anna", "A-1", "", "1, nonsense", f"1, {name.upper()}", "forehead", "chin", "q", lang=language)
    assert [goal["indication"] for goal in data["goals"]] == [INDICATIONS[0], INDICATIONS[2]]
    assert f"{KNOWLEDGE.words(language)['ask.not_understood']}: nonsense" in shown


def test_zones_are_listed_and_taken_by_number_name_and_side(ask):
    zones = [*KNOWLEDGE.zones]
    cheek = zones.index("cheek_upper") + 1
    data, shown = ask(*HEAD[:4], "forehead, cheecks", f"z, {cheek}r", f"1, {cheek}r, temple left", "q")
    assert data["goals"][0]["zones"] == ["forehead", "cheek_upper_right", "temple_left"]
    assert "This was not understood: cheecks" in shown
    listed = " ".join(shown.replace("\xa0", " ").split())
    for number, zone in enumerate(KNOWLEDGE.zones.values(), 1):
        assert f"{number} {zone.name['en']}" in listed


def test_a_wish_without_a_zone_is_left_out_and_says_so(ask):
    data, shown = ask("Anna", "A-1", "", "1, 2", "", "chin", "q")
    assert [goal["indication"] for goal in data["goals"]] == [INDICATIONS[1]]
    assert KNOWLEDGE.words("en")["ask.goal_left_out"] in shown


def test_a_place_is_answered_by_the_zones_name_in_the_language_of_the_interview(ask):
    before = [name for name in KNOWLEDGE.questions if name not in OUT_OF_PLAY].index("herpes_active") - 2
    answers = ["1988-05-14", "2", *[""] * before, "z", "нигде", "красная кайма верхней губы, висок слева", "q"]
    data, shown = ask(*HEAD, *answers, lang="ru")
    assert data["answers"]["herpes_active"] == {"zones": ["lip_upper", "temple_left"]}
    assert "Ответ не распознан: нигде" in shown


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_no_prompt_is_wider_than_a_terminal_of_80_columns(language):
    prompts = {key: text for key, text in KNOWLEDGE.words(language).items() if key.startswith("ask.")}
    wrapped = ("ask.how", "ask.stopped", "ask.no_help", "ask.goal_left_out", "ask.zones_how")
    assert {key: text for key, text in prompts.items() if key not in wrapped and len(f"  [{text}]: ") > 80} == {}


def test_help_is_shown_on_wish(ask):
    shown = ask(*HEAD, "1988-05-14", "1", "h", "q")[1]
    assert KNOWLEDGE.questions["phototype"].help["en"] in shown


def test_an_event_is_asked_for_its_date_kind_and_place(ask):
    questions = [name for name in KNOWLEDGE.questions if name not in OUT_OF_PLAY]
    before = questions.index("chemical_peel") - 2
    lines = ["1988-05-14", "2", *[""] * before, "y", "2026-11-18", "1", "forehead", "n", "q"]
    data, _ = ask(*HEAD, *lines)
    assert data["answers"]["chemical_peel"] == [{"date": "2026-11-18", "kind": "superficial", "zones": ["forehead"]}]


# for a man without couperose, hair loss or sweating as a goal who leaves everything else unknown
OUT_OF_PLAY = {
    "pregnancy",
    "birth_given",
    "breastfeeding",
    "breastfeeding_end",
    "menstruates",
    "menstruation_start",
    "cycle_regular",
    "cycle_length_days",
    "bleeding_days",
    "telangiectasia_cause_excluded",
    "cause_examined",
}


def test_the_interview_speaks_russian(ask):
    data, shown = ask(*HEAD, "1988-05-14", "1", "", "", "", "д", "q", lang="ru")
    assert data["answers"]["pregnancy"] == "yes"
    assert KNOWLEDGE.questions["pregnancy"].text["ru"] in shown


def test_the_questions_are_about_sixty_and_every_one_reaches_the_terminal_somewhere(ask):
    shown = ask(*HEAD, *[""] * 120)[1]
    asked = [name for name, question in KNOWLEDGE.questions.items() if question.text["en"] in shown]
    assert 55 <= len(asked) <= len(KNOWLEDGE.questions)
