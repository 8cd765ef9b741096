"""A small knowledge base in a folder, to be broken one place at a time."""

from __future__ import annotations

from pathlib import Path

FILES: dict[str, str] = {
    "release.yaml": """\
release:
  version: "1.2.3"
  released: 2026-01-01
  review_by: 2027-01-01
  languages: [en, ru]
""",
    "sources.yaml": """\
sources:
  - id: doc-000
    title: An article
    kind: popular article
    publisher: A site
  - id: trial-1
    title: A trial
    kind: trial
    publisher: A journal
    date: 2019
  - id: mesoplan
    title: This project
    kind: project
    publisher: This project
""",
    "facts.yaml": """\
facts:
  - id: gap.peel
    topic: gap
    title: {en: Gap after a peel, ru: Срок после пилинга}
    claims:
      - id: s0-peel
        source: doc-000
        locator: line 25
        status: article
        quantity: {value: 14, unit: d}
        reading: DEFER
        says: {en: Two weeks., ru: Две недели.}
      - id: trial-1-peel
        source: trial-1
        locator: page 3
        status: R
        quantity: {min: 7, max: 10, unit: d}
        says: {en: A week or more., ru: Неделя и более.}
    resolution:
      method: strictest
      quantity: {value: 14, unit: d}
      verdict: DEFER
      reason: {en: The longest., ru: Самый длинный.}
  - id: contraindication.pregnancy
    topic: contraindication
    title: {en: Pregnancy, ru: Беременность}
    claims:
      - id: s0-pregnancy
        source: doc-000
        locator: line 119
        status: article
        reading: CONTRAINDICATED
        says: {en: Not in pregnancy., ru: Не при беременности.}
    resolution:
      method: strictest
      verdict: CONTRAINDICATED
      reason: {en: The strictest., ru: Самый строгий.}
""",
    "questions.yaml": """\
questions:
  - id: pregnancy
    group: person
    kind: yes_no
    text: {en: Pregnant?, ru: Беременность?}
    order: ["no", "yes"]
    rules:
      - id: pregnancy.yes
        verdict: CONTRAINDICATED
        when: {answer: pregnancy, is: ["yes"]}
        fact: contraindication.pregnancy
        says: {en: Pregnant., ru: Беременность.}
  - id: peel
    group: person
    kind: events
    zonal: true
    text: {en: A peel?, ru: Пилинг?}
    choices:
      - {code: superficial, text: {en: Superficial, ru: Поверхностный}}
      - {code: deep, text: {en: Deep, ru: Глубокий}}
    rules:
      - id: peel.window
        verdict: DEFER
        when: {event: peel, within: gap.peel}
        fact: gap.peel
        says: {en: Too early., ru: Рано.}
""",
    "questions_groups.yaml": """\
groups:
  - id: person
    title: {en: Person, ru: Человек}
""",
    "zones.yaml": """\
zones:
  - id: forehead
    paired: false
    surface: mesh
    treatable: true
    neighbours: [cheek]
    parent: face
    name: {en: forehead, ru: лоб}
  - id: cheek
    paired: true
    surface: mesh
    treatable: true
    neighbours: [forehead]
    parent: face
    name: {en: cheek, ru: щека}
groups:
  face: [forehead, cheek]
""",
    "techniques.yaml": """\
techniques:
  - id: pen
    name: {en: Pen, ru: Аппарат}
    layout: gliding_pen
    tags: [needles, device]
    zones: [face]
    cocktails: several
    facts: {}
    rationale: {en: Why., ru: Почему.}
    materials: []
    steps: []
""",
    "consents.yaml": """\
consents:
  - id: needling
    title: {en: Needling, ru: Аппарат}
    version: 1
    issued: 2026-01-01
    techniques:
      - technique: pen
        text: {en: A device pricks the skin., ru: Аппарат прокалывает кожу.}
    cannot:
      - fact: gap.peel
        text: {en: "Nothing within {value}.", ru: "Ничего в течение {value}."}
    instead:
      - text: {en: Nothing., ru: Ничего.}
""",
    "words/en.yaml": 'words:\n  greeting: "Hello {name}"\n',
    "words/ru.yaml": 'words:\n  greeting: "Здравствуйте, {name}"\n',
}


def write(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Write the files and return the folder."""
    for name, text in (FILES if files is None else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Return the files with one piece of text replaced; it must occur exactly once."""
    assert FILES[name].count(old) == 1, f"{old!r} occurs {FILES[name].count(old)} times in {name}"
    return {**FILES, name: FILES[name].replace(old, new)}


def line_of(files: dict[str, str], name: str, text: str) -> int:
    """Return the line on which the text first stands."""
    return files[name][: files[name].index(text)].count("\n") + 1
