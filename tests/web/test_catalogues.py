import re

import pytest

from mesoplan_clinic.catalogues import LANGUAGES, PACKAGE, catalogue, parts, read, said

PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]")


@pytest.mark.parametrize("part", parts(), ids=lambda one: one.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_a_part_says_is_translated_and_nothing_else(part, language):
    known = {one.id: one for one in read(catalogue(part, language), language) if one.id}
    wanted = {one.id for one in said(part) if one.id}
    assert wanted - set(known) == set(), "run python -m mesoplan_clinic.catalogues --update"
    assert set(known) - wanted == set()
    untranslated = [one.id for one in known.values() if not one.string or (one.pluralizable and not all(one.string))]
    assert untranslated == []


@pytest.mark.parametrize("part", parts(), ids=lambda one: one.name)
def test_a_translation_has_the_places_of_its_message(part):
    for one in read(catalogue(part, "ru"), "ru"):
        if one.id and not one.pluralizable:
            assert sorted(PLACES.findall(one.id)) == sorted(PLACES.findall(one.string)), one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_one_translation_in_every_part_that_says_it(language):
    """Django joins the catalogues, and the first part wins everywhere: two translations would be a matter of chance."""
    found: dict[tuple[object, object], dict[object, list[str]]] = {}
    for part in parts():
        for one in read(catalogue(part, language), language):
            if one.id:
                found.setdefault((one.context, one.id), {}).setdefault(one.string, []).append(part.name)
    assert {said: texts for said, texts in found.items() if len(texts) > 1} == {}


def test_a_treatment_is_called_by_one_word_in_russian():
    """`процедура`; a `сеанс` is what ends when one logs out."""
    found = [
        one.id
        for part in parts()
        for one in read(catalogue(part, "ru"), "ru")
        if one.id and "сеанс" in str(one.string).lower() and "ваш сеанс" not in str(one.string)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("other", "own"), [("покрыти", "доля кожи, as in the papers"), ("пациент", "клиент, as on the map of the zones")]
)
def test_a_thing_is_called_on_the_pages_as_it_is_in_the_papers(other, own):
    pages = [str(one.string).lower() for part in parts() for one in read(catalogue(part, "ru"), "ru") if one.id]
    assert [text for text in pages if other in text] == [], own


def test_no_template_holds_a_script_a_style_or_a_handler_that_the_policy_would_block():
    for path in PACKAGE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\b(src=|type=\"(application/json|importmap)\"))", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path


def test_no_query_is_put_together_from_text():
    """Raw SQL stands where no form is read: in the backup, the check, the start, and where Django wrote it."""
    words = re.compile(r"\.raw\(|\.extra\(|RawSQL|cursor\(\)")
    found = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if words.search(path.read_text("utf-8"))
    }
    assert found == {"administration/backup.py", "administration/check.py", "kernel/prepared.py", "server.py"}
