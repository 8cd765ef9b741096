"""The linter finds each fault that leaves a knowledge base readable, and none in one without faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from knowledge.folder import FILES, changed, line_of, write
from mesoplan.errors import Problem
from mesoplan.knowledge.check import check, unused_facts
from mesoplan.knowledge.inventory import held
from mesoplan.knowledge.load import DATA
from mesoplan.knowledge.read import read

INVENTORY = json.loads((Path(__file__).parent / "inventory.json").read_text(encoding="utf-8"))
RULE = """\
      - id: {id}
        verdict: {verdict}
        when: {when}
        fact: {fact}
        says: {{en: A finding., ru: Вывод.}}
"""
LAST_RULE = "        says: {en: Too early., ru: Рано.}\n"
DEEP = "{code: deep, text: {en: Deep, ru: Глубокий}}"


def rule(when: str, verdict: str = "CONTRAINDICATED", fact: str = "contraindication.pregnancy", **more: str) -> str:
    text = RULE.format(id="extra", verdict=verdict, when=when, fact=fact)
    return text + "".join(f"        {key}: {value}\n" for key, value in more.items())


def with_rule(text: str) -> dict[str, str]:
    return changed("questions.yaml", LAST_RULE, LAST_RULE + text)


def with_question(text: str) -> dict[str, str]:
    return {**FILES, "questions_zz.yaml": "questions:\n" + text}


def lint(folder: Path, files: dict[str, str], **more: Any) -> tuple[Problem, ...]:
    knowledge, problems = read((write(folder, files),))
    assert problems == ()
    assert knowledge is not None
    return check(knowledge, **more)


class Fault(NamedTuple):
    """Files with one fault, and what must be said of it, at the line of `at`."""

    files: dict[str, str]
    message: str
    value: str
    remedy: str
    name: str
    at: str
    also: str = "nothing else"
    """What follows from the same fault."""


SECOND_TECHNIQUE = FILES["techniques.yaml"] + FILES["techniques.yaml"].removeprefix("techniques:\n").replace(
    "id: pen", "id: syringe"
).replace("[needles, device]", "[needles, syringe]")
PEN_CONSENT = "      - technique: pen\n        text: {en: A device pricks the skin., ru: Аппарат прокалывает кожу.}\n"
SECOND = {
    "techniques.yaml": SECOND_TECHNIQUE,
    "consents.yaml": changed("consents.yaml", PEN_CONSENT, PEN_CONSENT + PEN_CONSENT.replace("pen", "syringe", 1))[
        "consents.yaml"
    ],
}
FAULTS = {
    "a looser number than the claims give": Fault(
        changed(
            "facts.yaml",
            "method: strictest\n      quantity: {value: 14, unit: d}",
            "method: strictest\n      quantity: {value: 10, unit: d}",
        ),
        "states 10 d, but `strictest` over its claims gives 14 d",
        "gap.peel",
        "Correct the resolution",
        "facts.yaml",
        "    resolution:\n      method: strictest\n      quantity",
    ),
    "a milder verdict than the claims give": Fault(
        changed("facts.yaml", "      verdict: DEFER", "      verdict: CAUTION"),
        "states CAUTION, but `strictest` over its claims gives DEFER",
        "gap.peel",
        "Correct the resolution",
        "facts.yaml",
        "    resolution:\n      method: strictest\n      quantity",
        "resolves to CAUTION",
    ),
    "a marketing claim decides": Fault(
        changed(
            "facts.yaml",
            "{en: Not in pregnancy., ru: Не при беременности.}\n    resolution:\n      method: strictest\n",
            "{en: Not in pregnancy., ru: Не при беременности.}\n        marketing: true\n"
            "    resolution:\n      method: claim\n      claim: s0-pregnancy\n",
        ),
        "a marketing claim decides",
        "s0-pregnancy",
        "Let another claim decide",
        "facts.yaml",
        "      claim: s0-pregnancy",
        "over its claims gives no verdict",
    ),
    "a status that does not fit the source": Fault(
        changed("facts.yaml", "status: R\n", "status: article\n"),
        "does not fit a source of kind trial",
        "article",
        "R or R-data",
        "facts.yaml",
        "status: article\n        quantity: {min: 7",
    ),
    "a duplicate rule": Fault(
        with_rule(rule('{answer: pregnancy, is: ["yes"]}')),
        "duplicate of the rule pregnancy.yes",
        "extra",
        "Keep one",
        "questions.yaml",
        "- id: extra",
    ),
    "two rules that contradict each other": Fault(
        with_rule(rule("{event: peel, within: gap.peel}")),
        "contradicts the rule peel.window: DEFER",
        "extra",
        "Decide for one verdict",
        "questions.yaml",
        "- id: extra",
    ),
    "a rule in another's shadow": Fault(
        with_rule(rule("{event: peel, kinds: [deep], within: gap.peel}", "DEFER", "gap.peel")),
        "shadowed: wherever it fires, peel.window",
        "extra",
        "Remove it",
        "questions.yaml",
        "- id: extra",
    ),
    "a dead rule: two answers to one question": Fault(
        with_rule(rule('{all: [{answer: pregnancy, is: ["yes"]}, {answer: pregnancy, is: ["no"]}]}')),
        "dead rule",
        "extra",
        "Correct the condition",
        "questions.yaml",
        "when: {all: [{answer: pregnancy",
    ),
    "a dead rule: a thing and its opposite": Fault(
        with_rule(rule("{all: [{here: peel}, {not: {here: peel}}]}")),
        "dead rule",
        "extra",
        "Correct the condition",
        "questions.yaml",
        "when: {all: [{here: peel}",
    ),
    "a rule for techniques that do not exist": Fault(
        with_rule(rule("{here: peel}", applies_to="[roller]")),
        "no technique has this tag",
        "roller",
        "device, needles",
        "questions.yaml",
        "applies_to: [roller]",
        "no explicit verdict",
    ),
    "a rule milder than its fact": Fault(
        with_rule(rule("{here: peel}", "CAUTION")),
        "resolves to CONTRAINDICATED",
        "CAUTION",
        "fact of its own",
        "questions.yaml",
        "verdict: CAUTION",
    ),
    "a rule that defers without an end": Fault(
        with_rule(rule("{here: peel}", "DEFER", "gap.peel")),
        "nothing gives an end date",
        "extra",
        "undated: true",
        "questions.yaml",
        "- id: extra",
    ),
    "an undated rule that does not defer": Fault(
        with_rule(rule("{here: peel}", undated="true")),
        "only a rule that defers",
        "CONTRAINDICATED",
        "Remove `undated:`",
        "questions.yaml",
        "undated: true",
    ),
    "a technique without an explicit verdict": Fault(
        {**with_rule(rule("{here: peel}", applies_to="[device]")), **SECOND},
        "no explicit verdict for the technique syringe",
        "here",
        "CLEARED, with its fact",
        "questions.yaml",
        "applies_to: [device]",
    ),
    "a zone without an explicit verdict for a technique": Fault(
        {
            **FILES,
            **SECOND,
            "rules_zones.yaml": "rules:\n"
            + RULE.format(id="a", verdict="CONTRAINDICATED", when="{zone: [face]}", fact="contraindication.pregnancy")
            + "        applies_to: [device]\n"
            + RULE.format(id="b", verdict="CONTRAINDICATED", when="{zone: [cheek]}", fact="contraindication.pregnancy")
            + "        applies_to: [syringe]\n",
        },
        "no explicit verdict for the technique syringe",
        "forehead",
        "CLEARED, with its fact",
        "rules_zones.yaml",
        "applies_to: [device]",
    ),
    "a technique without a consent": Fault(
        {**FILES, "techniques.yaml": SECOND_TECHNIQUE},
        "no consent covers this technique",
        "syringe",
        "a consent",
        "techniques.yaml",
        "- id: syringe",
    ),
    "an answer that no rule maps": Fault(
        changed(
            "questions.yaml",
            "{event: peel, within: gap.peel}",
            "{event: peel, kinds: [superficial], within: gap.peel}",
        ),
        "no rule says what `deep` means",
        "deep",
        "CLEARED",
        "questions.yaml",
        "- id: peel\n",
    ),
    "the dangerous answer that no rule maps": Fault(
        changed("questions.yaml", 'is: ["yes"]', 'is: ["no"]'),
        "no rule says what `yes` means",
        "yes",
        "Name it in a rule",
        "questions.yaml",
        "- id: pregnancy\n",
    ),
    "a question that nothing reads": Fault(
        with_question("  - {id: colour, group: person, kind: list, text: {en: Colour?, ru: Цвет?}}\n"),
        "nothing reads",
        "colour",
        "used_by",
        "questions_zz.yaml",
        "id: colour",
    ),
    "a question that can never be asked": Fault(
        with_question(
            "  - {id: colour, group: person, kind: list, text: {en: Colour?, ru: Цвет?}, used_by: [report],\n"
            '     applies_when: {all: [{answer: pregnancy, is: ["no"]}, {answer: pregnancy, is: ["yes"]}]}}\n'
        ),
        "unreachable",
        "colour",
        "applies_when",
        "questions_zz.yaml",
        "applies_when",
    ),
    "a question asked before what opens it": Fault(
        {
            **with_question(
                "  - {id: colour, group: person, kind: yes_no, text: {en: Colour?, ru: Цвет?}, used_by: [report],\n"
                '     applies_when: {answer: tone, is: ["yes"]}}\n'
                "  - {id: tone, group: person, kind: yes_no, text: {en: Tone?, ru: Тон?}, used_by: [report]}\n"
            ),
        },
        "asked before the answer that opens it",
        "tone",
        "behind that question",
        "questions_zz.yaml",
        "applies_when",
    ),
    "a heading without questions": Fault(
        changed("questions_groups.yaml", "groups:\n", "groups:\n  - {id: other, title: {en: Other, ru: Другое}}\n"),
        "no question stands under this heading",
        "other",
        "Remove it",
        "questions_groups.yaml",
        "{id: other",
    ),
    "a length in a unit that is no time": Fault(
        changed(
            "facts.yaml",
            "method: strictest\n      quantity: {value: 14, unit: d}",
            "method: project\n      claim: own\n      quantity: {value: 14, unit: mm}",
        )
        | {
            "facts.yaml": FILES["facts.yaml"]
            .replace(
                "method: strictest\n      quantity: {value: 14, unit: d}",
                "method: project\n      claim: own\n      quantity: {value: 14, unit: mm}",
            )
            .replace(
                "      - id: trial-1-peel",
                "      - {id: own, source: mesoplan, locator: here, status: P, reading: DEFER, says: {en: x, ru: x},\n"
                "         quantity: {value: 14, unit: mm}}\n      - id: trial-1-peel",
            )
        },
        "rule peel.window cannot use this unit",
        "mm",
        "d or month or a",
        "facts.yaml",
        "      quantity: {value: 14, unit: mm}\n      verdict",
    ),
    "a letter for the client's own sake from a rule that refuses nobody": Fault(
        with_rule(rule("{answer: pregnancy, is: [yes]}", "DEFER", "gap.peel", refer="{en: Look., ru: Осмотр.}")),
        "this rule refuses nobody, so it sends nobody to a doctor",
        "extra",
        "use `doctor:`",
        "questions.yaml",
        "        refer:",
        "",
    ),
    "a placeholder that one language lacks": Fault(
        changed("words/ru.yaml", "{name}", "{имя}"),
        "placeholders in `ru` differ",
        "имя",
        "{name}",
        "words/ru.yaml",
        "greeting",
    ),
    "a plural form that the language needs": Fault(
        {
            **FILES,
            "words/en.yaml": 'words:\n  day.one: "{n} day"\n  day.other: "{n} days"\n',
            "words/ru.yaml": 'words:\n  day.one: "{n} день"\n  day.few: "{n} дня"\n  day.other: "{n} дня"\n',
        },
        "plural category `many` of `ru`",
        "day",
        "day.many",
        "words/ru.yaml",
        "day.one",
    ),
}


def test_a_knowledge_base_without_faults_passes(tmp_path: Path) -> None:
    assert lint(tmp_path, FILES) == ()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_seeded_fault_is_the_only_one_found_and_named(tmp_path: Path, fault: Fault) -> None:
    found = lint(tmp_path, fault.files)
    fitting = [one for one in found if fault.message in one.message]
    rest = [one for one in found if fault.message not in one.message and fault.also not in one.message]
    assert fitting
    assert rest == []
    problem = fitting[0]
    assert fault.value in problem.value
    assert fault.remedy in problem.remedy
    assert problem.place.partition(" ")[0] == f"{fault.name}:{line_of(fault.files, fault.name, fault.at)}"


HARMLESS = {
    "a date beside a doctor's decision that outlasts it": with_rule(rule("{event: peel}", "PHYSICIAN", "peel.deep")),
    "a doctor's decision beside a date for part of it": with_rule(
        rule("{event: peel, kinds: [deep]}", "PHYSICIAN", "peel.deep")
    ),
    "a kind with its own length": with_rule(
        rule("{event: peel, kinds: [deep], within: gap.deep}", "DEFER", "gap.deep")
    ),
    "a clearance that maps an answer": with_rule(rule('{answer: pregnancy, is: ["no"]}', "CLEARED", "pregnancy.none")),
}
OWN_FACTS = """\
facts:
{}"""
OWN_FACT = """\
  - id: {id}
    topic: gap
    title: {{en: x, ru: x}}
    claims:
      - {{id: {id}-own, source: mesoplan, locator: here, status: P, reading: {verdict}, says: {{en: x, ru: x}},
         quantity: {{value: 3, unit: month}}}}
    resolution: {{method: project, claim: {id}-own, quantity: {{value: 3, unit: month}}, verdict: {verdict},
                 reason: {{en: x, ru: x}}}}
"""


@pytest.mark.parametrize("files", HARMLESS.values(), ids=list(HARMLESS))
def test_rules_that_each_say_something_of_their_own_pass(tmp_path: Path, files: dict[str, str]) -> None:
    facts = (("peel.deep", "PHYSICIAN"), ("gap.deep", "DEFER"), ("pregnancy.none", "CLEARED"))
    own = OWN_FACTS.format("".join(OWN_FACT.format(id=name, verdict=verdict) for name, verdict in facts))
    assert lint(tmp_path, {**files, "facts_own.yaml": own}) == ()


def test_facts_that_no_item_names_are_listed(tmp_path: Path) -> None:
    own = OWN_FACTS.format(OWN_FACT.format(id="gap.lonely", verdict="DEFER"))
    knowledge, _ = read((write(tmp_path, {**FILES, "facts_own.yaml": own}),))
    assert knowledge is not None
    assert unused_facts(knowledge) == ("gap.lonely",)


# -- against the inventory

ROWS = [
    {"id": "s0-peel", "document": "000_x.txt", "line": 25, "topic": "x", "value": {"value": 2, "unit": "week"}},
    {"id": "s0-pregnancy", "document": "000_x.txt", "line": 119, "topic": "x", "value": {"options": ["a"]}},
]


def test_claims_as_the_inventory_has_them_pass(tmp_path: Path) -> None:
    assert lint(tmp_path, FILES, inventory=ROWS) == ()


@pytest.mark.parametrize(
    ("row", "change", "value", "message"),
    [
        (0, {"id": "s0-other"}, "s0-peel", "no claim of this id"),
        (0, {"line": 26}, "line 25", "at another line"),
        (0, {"value": {"value": 3, "unit": "week"}}, "14 d", "another value"),
        (0, {"value": {"min": 2, "unit": "week"}}, "14 d", "another value"),
        (0, {"document": "001_x.txt"}, "doc-000", "from another document"),
        (1, {"value": {"max": 2, "unit": "percent"}}, "no number", "another value"),
    ],
)
def test_a_claim_that_is_not_as_in_the_inventory_is_named(
    tmp_path: Path, row: int, change: dict[str, Any], value: str, message: str
) -> None:
    rows = [dict(one) for one in ROWS]
    rows[row] |= change
    found = lint(tmp_path, FILES, inventory=rows)
    assert [(one.value, message in one.message) for one in found] == [(value, True)]
    assert found[0].place.startswith("facts.yaml:")


# -- the knowledge base that ships


def shipped() -> Any:
    knowledge, problems = read((DATA,))
    assert problems == (), "\n".join(map(str, problems))
    assert knowledge is not None
    return knowledge


def test_the_shipped_knowledge_base_has_no_fault() -> None:
    found = check(shipped(), inventory=INVENTORY)
    assert found == (), "\n".join(map(str, found))


def test_every_claim_of_the_promised_topics_is_held() -> None:
    topics = {"contraindication", "preparation", "aftercare", "side-effect", "depth", "needle", "coverage", "healing"}
    wanted = {row["id"] for row in INVENTORY if row["topic"] in topics | {"interval", "course"}}
    assert len(wanted) > 250
    assert wanted - held(shipped()) == set()
