"""Knowledge folders that are none, or hold anything but knowledge: told, never a crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mesoplan.errors import ProblemError
from mesoplan.knowledge.check import check
from mesoplan.knowledge.load import DATA, load
from mesoplan.knowledge.read import read


def told(*folders: Path) -> str:
    with pytest.raises(ProblemError) as raised:
        load(*folders)
    return str(raised.value)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("facts: []", encoding="utf-8")
    for name in ("none", "loop", "file"):
        assert "no data files here" in told(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are made otherwise here")
def test_files_that_cannot_be_read_are_told_together_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(1_000_000_000)
    knowledge, problems = read((DATA, tmp_path))
    assert knowledge is None
    assert [problem.message for problem in problems] == [
        "the file cannot be read",
        "no data file is so large",
        "this is not a regular file",
    ]
    assert told(tmp_path).count("\n") == 2


def test_groups_that_are_no_groups_are_told(tmp_path: Path) -> None:
    text = "zone_groups: [5, {id: [1]}, {id: {a: 1}}, {}]\ngroup_names: {a: 5}\ngroups: {3: [x]}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    _, problems = read((tmp_path,))
    assert sum("zone_groups" in problem.place for problem in problems) >= 4


def test_the_linter_passes_over_zones_whose_members_are_missing(tmp_path: Path) -> None:
    for name in ("release.yaml", "zones.yaml", "rules_standing.yaml"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    text = (tmp_path / "zones.yaml").read_text(encoding="utf-8")
    (tmp_path / "zones.yaml").write_text(text.replace("- id: eyelid_upper\n", "- id: other\n"), encoding="utf-8")
    knowledge, _ = read((tmp_path,))
    assert knowledge is not None
    assert isinstance(check(knowledge), tuple)


@pytest.mark.parametrize("group", ["cheek", "eye_area"])
def test_an_extension_names_no_group_of_the_base_anew(tmp_path: Path, group: str) -> None:
    (tmp_path / "a.yaml").write_text(f"group_names: {{{group}: {{en: eyelids, ru: веки}}}}", encoding="utf-8")
    assert "this group of the base gets another name" in told(tmp_path)


@pytest.mark.parametrize("code", ["en-US", "EN", "xq", "english"])
def test_a_language_without_numbers_and_plural_forms_is_told(tmp_path: Path, code: str) -> None:
    (tmp_path / "lang").mkdir()
    (tmp_path / "lang" / f"{code}.yaml").write_text("texts: {}", encoding="utf-8")
    assert "this is not the code of a known language" in told(tmp_path)


def test_words_that_cannot_be_seen_are_no_words(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    for language in ("en", "ru"):
        (tmp_path / "words" / f"{language}.yaml").write_text('words: {house.word: "\\u200b"}', encoding="utf-8")
    assert told(tmp_path).count("not a text, or an empty one") == 2
