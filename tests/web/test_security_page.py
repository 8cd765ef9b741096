import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "clinic-security.md").read_text(encoding="utf-8")
CLINIC = (ROOT / "docs" / "clinic.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_on_security_names_is_there():
    named = re.findall(r"\| ([\w/]+\.py)::(\w+) \|$", PAGE, re.MULTILINE)
    rows = [
        line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| requirement", "|---"))
    ]
    assert len(named) == len(rows) > 20
    for file, name in named:
        assert re.search(
            rf"^def {name}\(", (ROOT / "tests" / "web" / file).read_text(encoding="utf-8"), re.MULTILINE
        ), name
    counted = re.findall(r"`(test_\w+\.py)::(\w+)`", PAGE)
    assert len(counted) >= 6
    for file, name in counted:
        assert f"def {name}(" in (ROOT / "tests" / "web" / file).read_text(encoding="utf-8"), name


def test_every_command_of_the_server_and_each_of_its_options_is_documented():
    from mesoplan_clinic.command import parser

    [commands] = [one for one in parser()._actions if hasattr(one, "choices") and one.choices]
    for name, one in commands.choices.items():
        assert f"mesoplan-clinic {name}" in CLINIC, name
        for action in one._actions:
            option = action.option_strings[-1] if action.option_strings else ""
            assert option in ("", "--help") or option in CLINIC, (name, option)
