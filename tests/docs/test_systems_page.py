"""docs/systems.md says of each system what the program says."""

from __future__ import annotations

from docs.systems_page import PAGE, page
from mesoplan.knowledge.load import load


def test_the_page_of_the_systems_is_what_the_program_says_now():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: PYTHONPATH=tests python -m tests.docs.systems_page, and read the difference"
    )


def test_each_system_stands_there_with_two_cases_at_least():
    found: dict[str, int] = {}
    system = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and "`" in line:
            name = line.split(" | ")[0].removeprefix("| ").strip()
            system = name.split("**")[1] if name else system
            found[system] = found.get(system, 0) + 1
    assert set(found) == set(load().systems)
    assert min(found.values()) >= 2
