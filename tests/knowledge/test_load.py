"""Loading: what a good folder gives, zones and numbers, extensions, the compiled form."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge.folder import FILES, changed, write
from mesoplan.errors import ProblemError
from mesoplan.knowledge import compile as compiling
from mesoplan.knowledge import load as loading
from mesoplan.knowledge.base import Knowledge, convert
from mesoplan.knowledge.files import data_files, digest
from mesoplan.knowledge.load import DATA, load
from mesoplan.knowledge.read import every_text, read


def small(folder: Path, files: dict[str, str] | None = None) -> Knowledge:
    knowledge, problems = read((write(folder, files),))
    assert knowledge is not None
    assert problems == ()
    return knowledge


MORE_QUESTIONS = """\
questions:
  - id: aa_consent
    group: last
    kind: yes_no
    text: {en: Consent?, ru: Согласие?}
    used_by: [record]
"""
MORE_GROUPS = """\
groups:
  - id: person
    title: {en: Person, ru: Человек}
  - id: last
    title: {en: Last, ru: Последнее}
"""


def test_questions_stand_by_group_and_then_by_file(tmp_path: Path) -> None:
    files = {**FILES, "questions_groups.yaml": MORE_GROUPS, "questions_aaa.yaml": MORE_QUESTIONS}
    assert list(small(tmp_path, files).questions) == ["pregnancy", "peel", "aa_consent"]


def test_each_rule_knows_its_question_and_a_standing_rule_has_none(tmp_path: Path) -> None:
    standing = """\
rules:
  - id: zone.never
    verdict: CONTRAINDICATED
    when: {zone: [forehead]}
    fact: contraindication.pregnancy
    says: {en: Never., ru: Никогда.}
"""
    knowledge = small(tmp_path, {**FILES, "rules_standing.yaml": standing})
    assert dict(knowledge.asked_by) == {"pregnancy.yes": "pregnancy", "peel.window": "peel", "zone.never": None}
    assert list(knowledge.rules) == ["pregnancy.yes", "peel.window", "zone.never"]


def test_a_paired_zone_is_two_zones_and_a_group_is_its_zones_in_order(tmp_path: Path) -> None:
    knowledge = small(tmp_path)
    assert knowledge.zone_ids == ("forehead", "cheek_left", "cheek_right")
    assert knowledge.expand("forehead") == ("forehead",)
    assert knowledge.expand("cheek") == ("cheek_left", "cheek_right")
    assert knowledge.expand("cheek_right") == ("cheek_right",)
    assert knowledge.expand("face") == ("forehead", "cheek_left", "cheek_right")
    assert knowledge.expand("face_left") == ("cheek_left",)
    zone, side = knowledge.zone_of("cheek_left")
    assert (zone.id, side) == ("cheek", "left")
    assert knowledge.zone_of("forehead")[1] is None


@pytest.mark.parametrize("name", ["chin", "", "forehead_left", "cheek_middle", "face_up"])
def test_an_unknown_zone_is_a_key_error(tmp_path: Path, name: str) -> None:
    knowledge = small(tmp_path)
    with pytest.raises(KeyError):
        knowledge.expand(name)


def test_groups_that_contain_each_other_are_refused_and_name_no_zone(tmp_path: Path) -> None:
    knowledge, problems = read(
        (write(tmp_path, changed("zones.yaml", "[forehead, cheek]\n", "[forehead, lower]\n  lower: [face]\n")),)
    )
    assert knowledge is not None
    with pytest.raises(KeyError):
        knowledge.expand("face")
    assert [one.value for one in problems] == ["face", "lower"]


@pytest.mark.parametrize(
    ("value", "unit", "to", "result"),
    [
        (48.0, "h", "d", 2.0),
        (2.0, "week", "d", 14.0),
        (1500.0, "um", "mm", 1.5),
        (20.0, "ul", "ml", 0.02),
        (3.0, "x", "x", 3.0),
    ],
)
def test_numbers_convert_within_their_kind(value: float, unit: str, to: str, result: float) -> None:
    assert convert(value, unit, to) == pytest.approx(result, rel=1e-12)


@pytest.mark.parametrize(("unit", "to"), [("d", "mm"), ("month", "d"), ("mm", "ml"), ("sessions", "d")])
def test_numbers_of_another_kind_do_not_convert(unit: str, to: str) -> None:
    with pytest.raises(ValueError, match=unit):
        convert(1.0, unit, to)


def test_a_number_is_read_in_the_unit_asked_for(tmp_path: Path) -> None:
    knowledge = small(tmp_path)
    assert knowledge.value("gap.peel", "week") == pytest.approx(2.0)
    assert knowledge.days("gap.peel") == 14.0
    assert knowledge.limits("gap.peel", "h") == (336.0, 336.0)


@pytest.mark.parametrize(
    ("quantity", "call", "message"),
    [
        ("{min: 7, max: 14, unit: d}", lambda k: k.value("gap.peel", "d"), "range"),
        ("{min: 7, unit: d}", lambda k: k.days("gap.peel"), "no upper end"),
        ("{value: 14, unit: mm}", lambda k: k.days("gap.peel"), "cannot be converted"),
        ("{value: 14, unit: d}", lambda k: k.fact_quantity("contraindication.pregnancy"), "no number"),
    ],
)
def test_a_number_that_is_not_there_is_an_error_with_its_place(
    tmp_path: Path, quantity: str, call: object, message: str
) -> None:
    files = changed(
        "facts.yaml",
        "      method: strictest\n      quantity: {value: 14, unit: d}",
        f"      method: strictest\n      quantity: {quantity}",
    )
    knowledge = small(tmp_path, files)
    with pytest.raises(ProblemError) as raised:
        call(knowledge)  # type: ignore[operator]
    (problem,) = raised.value.problems
    assert message in problem.message
    assert problem.place.startswith("facts.yaml:")


def test_a_fact_that_does_not_exist_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        small(tmp_path).fact_quantity("gap.none")


# -- extensions

EXTENSION = {
    "more_sources.yaml": "sources:\n  - {id: label-9, title: A label, kind: label, publisher: A maker}\n",
    "techniques.yaml": FILES["techniques.yaml"].replace("id: pen", "id: roller"),
    "facts.yaml": """\
facts:
  - id: depth.roller
    topic: depth
    title: {en: Depth of the roller, ru: Глубина роллера}
    claims:
      - id: label-9-depth
        source: label-9
        locator: page 2
        status: R
        quantity: {max: 0.5, unit: mm}
        says: {en: Half a millimetre., ru: Полмиллиметра.}
    resolution:
      method: strictest
      quantity: {max: 0.5, unit: mm}
      reason: {en: The only one., ru: Единственный.}
""",
}


def test_an_extension_adds_items_and_changes_the_version(tmp_path: Path) -> None:
    base = write(tmp_path / "base")
    alone, _ = read((base,))
    both, problems = read((base, write(tmp_path / "more", EXTENSION)))
    assert problems == ()
    assert both is not None
    assert alone is not None
    assert list(both.techniques) == ["pen", "roller"]
    assert both.limits("depth.roller", "mm") == (None, 0.5)
    assert both.version != alone.version
    assert both.version.startswith("1.2.3+")


def test_an_extension_cannot_replace_an_item(tmp_path: Path) -> None:
    base = write(tmp_path / "base")
    more = write(tmp_path / "more", {"techniques.yaml": FILES["techniques.yaml"]})
    knowledge, problems = read((base, more))
    assert [one.message for one in problems] == ["this id exists already"]
    assert problems[0].place.startswith(f"{more.as_posix()}/techniques.yaml:2")
    assert knowledge is not None
    assert len(knowledge.techniques) == 1


def test_a_technique_of_an_extension_serves_goals_of_the_base(tmp_path: Path) -> None:
    indication = """\
indications:
  - id: wrinkles
    name: {en: Wrinkles, ru: Морщины}
    zones: [face]
    techniques: {pen: gap.peel}
    facts: {}
    cocktails: []
    result: {en: Softer., ru: Мягче.}
"""
    base = write(tmp_path / "base", {**FILES, "indications.yaml": indication})
    roller = EXTENSION["techniques.yaml"].replace("facts: {}", "facts: {}\n    indications: {wrinkles: depth.roller}")
    knowledge, problems = read((base, write(tmp_path / "more", {**EXTENSION, "techniques.yaml": roller})))
    assert problems == ()
    assert knowledge is not None
    assert knowledge.techniques_for("wrinkles") == {"pen": "gap.peel", "roller": "depth.roller"}


def overlay(knowledge: Knowledge) -> str:
    return "texts:\n" + "".join(f'  "{key}": "DE {text["en"]}"\n' for key, text in every_text(knowledge).items())


def test_an_extension_adds_a_language(tmp_path: Path) -> None:
    base = write(tmp_path / "base")
    alone, _ = read((base,))
    assert alone is not None
    german = {"lang/de.yaml": overlay(alone), "words/de.yaml": 'words:\n  greeting: "Hallo {name}"\n'}
    knowledge, problems = read((base, write(tmp_path / "more", german)))
    assert problems == ()
    assert knowledge is not None
    assert knowledge.languages == ("en", "ru", "de")
    assert knowledge.questions["pregnancy"].text["de"] == "DE Pregnant?"
    assert knowledge.facts["gap.peel"].claims[1].says["de"] == "DE A week or more."
    assert knowledge.rules["peel.window"].says["de"] == "DE Too early."
    assert knowledge.words("de")["greeting"] == "Hallo {name}"


def test_a_language_that_lacks_a_text_is_refused(tmp_path: Path) -> None:
    base = write(tmp_path / "base")
    alone, _ = read((base,))
    assert alone is not None
    lines = [line for line in overlay(alone).splitlines() if "peel.window" not in line]
    more = write(
        tmp_path / "more", {"lang/de.yaml": "\n".join(lines), "words/de.yaml": 'words:\n  greeting: "{name}"\n'}
    )
    _, problems = read((base, more))
    assert [(one.value, one.message) for one in problems] == [("Too early.", "the text has no `de`")]


def test_a_text_for_an_unknown_id_is_refused(tmp_path: Path) -> None:
    base = write(tmp_path / "base")
    alone, _ = read((base,))
    assert alone is not None
    german = {
        "lang/de.yaml": overlay(alone) + '  "questions/none/text": "x"\n',
        "words/de.yaml": 'words:\n  greeting: "{name}"\n',
    }
    _, problems = read((base, write(tmp_path / "more", german)))
    assert [(one.value, one.message) for one in problems] == [("questions/none/text", "no text of this id")]


def test_a_language_without_a_catalogue_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        small(tmp_path).words("fr")


# -- the compiled form


@pytest.fixture
def own_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the loader take a small folder for the base, and compile it beside."""
    base = write(tmp_path / "data")
    for module in (loading, compiling):
        monkeypatch.setattr(module, "DATA", base)
        monkeypatch.setattr(module, "COMPILED", tmp_path / "compiled.json")
    loading._load.cache_clear()
    yield base
    loading._load.cache_clear()


def test_the_compiled_form_is_the_same_knowledge(own_base: Path) -> None:
    assert compiling.compile_knowledge(loading.COMPILED)
    fast = loading._read_compiled()
    slow, _ = read((own_base,))
    assert fast == slow
    assert not compiling.compile_knowledge(loading.COMPILED), "nothing changed, so nothing is written"


def test_the_compiled_form_is_read_and_not_the_yaml(own_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiling.compile_knowledge(loading.COMPILED)
    monkeypatch.setattr("mesoplan.knowledge.read.read", lambda _: pytest.fail("the YAML was read"))
    assert load().questions


@pytest.mark.parametrize("fault", ["other YAML", "no such file", "cut short", "another program", "a changed verdict"])
def test_a_compiled_form_that_does_not_match_is_ignored(own_base: Path, fault: str) -> None:
    compiling.compile_knowledge(loading.COMPILED)
    content = loading.COMPILED.read_bytes()
    if fault == "other YAML":
        write(own_base, changed("release.yaml", '"1.2.3"', '"1.2.4"'))
    elif fault == "no such file":
        loading.COMPILED.unlink()
    else:
        head, _, body = content.partition(b"\n")
        if fault == "another program":
            loading.COMPILED.write_bytes(loading.compiled_form(b'{"facts": 3}', head.split()[0].decode()))
        else:
            assert b'"DEFER"' in body
            other = body[:-40] if fault == "cut short" else body.replace(b'"DEFER"', b'"CLEARED"')
            loading.COMPILED.write_bytes(head + b"\n" + other)
    assert loading._read_compiled() is None
    assert load().release.version == ("1.2.4" if fault == "other YAML" else "1.2.3")


def test_faulty_yaml_is_not_compiled_and_not_loaded(own_base: Path) -> None:
    compiling.compile_knowledge(loading.COMPILED)
    write(own_base, changed("questions.yaml", "fact: gap.peel", "fact: gap.none"))
    with pytest.raises(ProblemError, match=r"gap\.none"):
        compiling.compile_knowledge(loading.COMPILED)
    with pytest.raises(ProblemError, match=r"gap\.none"):
        load()


def test_the_digest_covers_names_and_contents(tmp_path: Path) -> None:
    def of(files: dict[str, str], name: str) -> str:
        return digest(data_files([write(tmp_path / name, files)]))

    same = of(FILES, "a")
    assert of(FILES, "b") == same, "the place of the folder does not count"
    assert of(changed("facts.yaml", "Pregnancy", "Pregnancy."), "c") != same
    renamed = {("facts_1.yaml" if name == "facts.yaml" else name): text for name, text in FILES.items()}
    assert of(renamed, "d") != same


def test_loading_twice_gives_the_same_object() -> None:
    assert load() is load()


def test_the_shipped_knowledge_loads() -> None:
    knowledge = load()
    assert knowledge.languages == ("en", "ru")
    assert knowledge.release.review_by > knowledge.release.released > date(2026, 1, 1)
    assert knowledge.directories == (DATA,)
    assert knowledge.canaries


def test_importing_the_package_of_the_knowledge_imports_nothing_heavy() -> None:
    code = "import sys, mesoplan.knowledge; print(sorted({'pydantic', 'yaml', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
