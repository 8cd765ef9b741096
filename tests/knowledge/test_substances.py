"""Substances are found by any of their names, and an allergy finds all that is related to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.knowledge.load import load
from mesoplan.knowledge.model import Substance
from mesoplan.knowledge.substances import Substances, match, normalized


def substance(
    name: str, *synonyms: str, russian: str = "х", classes: tuple[str, ...] = ("c",), related: tuple[str, ...] = ()
) -> Substance:
    return Substance(
        id=name.split(" (", maxsplit=1)[0].replace(" ", "_").lower(),
        name={"en": name, "ru": russian},
        synonyms=synonyms,
        classes=classes,
        injectable=True,
        related=related,
    )


KNOWN = (
    substance(
        "Ascorbic acid (vitamin C)",
        "L-ascorbic acid",
        russian="аскорбиновая кислота (витамин C)",
        classes=("vitamins",),
    ),
    substance("Lidocaine", "Xylocaïne", russian="лидокаин", classes=("amides",)),
    substance("Articaine", russian="артикаин", classes=("amides",)),
    substance("Arnica", russian="арника", classes=("plants",), related=("asters",)),
    substance("Ragweed", russian="амброзия", classes=("asters",)),
    substance("Honey", russian="мёд", related=("propolis",), classes=("bee_things",)),
    substance("Propolis", russian="прополис", classes=("resins",)),
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ascorbic acid", {"ascorbic_acid"}),
        ("ASCORBIC-ACID", {"ascorbic_acid"}),
        ("Vitamin C", {"ascorbic_acid"}),
        ("витамин С", {"ascorbic_acid"}),
        ("l ascorbic acid", {"ascorbic_acid"}),
        ("xylocaine", {"lidocaine"}),
        ("Мед", {"honey"}),
        ("amides", {"lidocaine", "articaine"}),
    ],
)
def test_a_name_is_found_whatever_its_dress(name: str, found: set[str]) -> None:
    assert match(KNOWN, name) == found


@pytest.mark.parametrize("name", ["", " - ", "ascorbic", "acid", "lidocaine2"])
def test_an_unknown_name_is_none_and_never_a_part_of_another(name: str) -> None:
    assert match(KNOWN, name) is None


@pytest.mark.parametrize(
    ("allergy", "touched"),
    [
        ("lidocaine", {"lidocaine"}),
        ("ragweed", {"ragweed", "arnica"}),
        ("asters", {"ragweed", "arnica"}),
        ("honey", {"honey", "propolis"}),
        ("propolis", {"honey", "propolis"}),
    ],
)
def test_an_allergy_touches_what_is_related_in_either_direction(allergy: str, touched: set[str]) -> None:
    assert Substances(KNOWN).touched_by(allergy) == touched


def test_an_unknown_allergy_is_none_and_not_nothing() -> None:
    assert Substances(KNOWN).touched_by("dust") is None


@given(st.sampled_from(KNOWN), st.data())
def test_case_spaces_and_hyphens_never_hide_a_substance(one: Substance, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*one.name.values(), *one.synonyms]))
    dressed = "".join(
        (letter.upper() if data.draw(st.booleans()) else letter)
        + data.draw(st.sampled_from(["", " ", "-", "\u00ad", "."]))
        for letter in name
    )
    assert normalized(dressed) == normalized(name)


def test_every_name_of_the_release_finds_its_substance() -> None:
    substances = Substances(load().substances.values())
    for one in load().substances.values():
        for name in (*one.name.values(), *one.synonyms):
            assert one.id in substances.named(name), name


def test_no_synonym_of_the_release_stands_for_two_substances() -> None:
    substances = Substances(load().substances.values())
    double = {
        name: sorted(found)
        for one in load().substances.values()
        for name in (*one.name.values(), *one.synonyms)
        if len(found := substances.named(name)) > 1
    }
    assert double == {}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("lidocaine, a rash in 2010", {"lidocaine"}),
        ("reaction to Xylocaine spray", {"lidocaine"}),
        ("vitamin C and honey", {"ascorbic_acid", "honey"}),
        ("L-ascorbic acid 10 %", {"ascorbic_acid"}),
        ("лидокаин (сыпь)", {"lidocaine"}),
        ("lidocainelike", set()),
        ("", set()),
    ],
)
def test_a_name_is_found_as_whole_words_inside_an_entry(entry: str, found: set[str]) -> None:
    assert Substances(KNOWN).inside(entry) == found
