"""Zones by the names people use, and what is said of one that is none."""

from __future__ import annotations

import pytest

from mesoplan.knowledge.load import load
from mesoplan.knowledge.zone_names import ZoneNames, listed, zone_remedy

KNOWLEDGE = load()
NAMES = ZoneNames(KNOWLEDGE)
CHEEK = [*KNOWLEDGE.zones].index("cheek_upper") + 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("forehead", "forehead"),
        (" Forehead ", "forehead"),
        ("1", "forehead"),
        ("лоб", "forehead"),
        (str(CHEEK), "cheek_upper"),
        (f"{CHEEK}l", "cheek_upper_left"),
        (f"{CHEEK} R", "cheek_upper_right"),
        (f"{CHEEK}п", "cheek_upper_right"),
        (f"{CHEEK} слева", "cheek_upper_left"),
        ("upper cheek", "cheek_upper"),
        ("upper  cheek left", "cheek_upper_left"),
        ("верхняя часть щеки справа", "cheek_upper_right"),
        ("glabella", "glabella"),
        ("cheek_upper_left", "cheek_upper_left"),
        ("cheek_left", "cheek_left"),
        ("face", "face"),
    ],
)
def test_a_zone_is_known_by_id_number_or_name_with_its_side(typed: str, meant: str) -> None:
    assert NAMES.ids([typed]) == [meant]
    assert NAMES.unknown([meant]) == []


@pytest.mark.parametrize("typed", ["", "0", "99", "1l", "9x", "forehead left", "cheecks", "left", "²", "9 9"])
def test_what_means_no_zone_comes_back_as_it_is(typed: str) -> None:
    assert NAMES.ids([typed]) == [typed]
    assert NAMES.unknown([typed]) == [typed]


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_every_zone_is_known_by_its_name_and_by_its_number_in_every_language(language: str) -> None:
    for number, zone in enumerate(KNOWLEDGE.zones.values(), 1):
        assert NAMES.ids([zone.name[language], str(number)]) == [zone.id, zone.id]


@pytest.mark.parametrize(
    ("typed", "meant"), [("forehed", "forehead"), ("лоб", "forehead"), ("cheek_uper", "cheek_upper")]
)
def test_the_remedy_names_the_nearest_zone_and_the_command_that_lists_them(typed: str, meant: str) -> None:
    assert f"Did you mean {meant}" in zone_remedy(KNOWLEDGE, typed)
    assert "`mesoplan zones`" in zone_remedy(KNOWLEDGE, typed)
    assert zone_remedy(KNOWLEDGE, "qqqq") == "See `mesoplan zones`."


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_the_list_holds_every_id_that_an_intake_may_name(language: str) -> None:
    single, groups = listed(KNOWLEDGE, language)
    shown = {word.strip(",:") for one, text in single for word in (one, *text.split())}
    assert set(KNOWLEDGE.zone_ids) <= shown
    assert [one for one, _ in groups] == list(KNOWLEDGE.zone_groups)
    assert all(KNOWLEDGE.zones[one].name[language] in text for one, text in single)
