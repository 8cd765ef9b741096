"""Runs the command line in this process: arguments in, exit code and both streams out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesoplan.cli import main

ROOT = Path(__file__).parents[2]
ASTRONAUT = ROOT / ".data" / "astronaut.png"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["mesoplan", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture
def example(tmp_path: Path, run: Callable[..., Done]) -> Callable[..., Path]:
    """Write the example intake with some answers changed; `None` takes an answer out."""

    def write(name: str = "intake.yaml", top: dict[str, Any] | None = None, **answers: Any) -> Path:
        path = tmp_path / name
        path.unlink(missing_ok=True)
        assert run("example", "--out", path).code == 0
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        data["answers"] |= {key: value for key, value in answers.items() if value is not None}
        for key in [key for key, value in answers.items() if value is None]:
            del data["answers"][key]
        path.write_text(yaml.safe_dump(data | (top or {}), allow_unicode=True), encoding="utf-8")
        return path

    return write
