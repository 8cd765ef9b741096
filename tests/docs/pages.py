"""Reads the pages of the documentation: their tables, their code blocks, their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        header: The table's column names.
        cells: The row's cells, without the marks around them.
    """

    header: tuple[str, ...]
    cells: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.cells[self.header.index(column)]

    @property
    def codes(self) -> list[str]:
        """Everything in code type, in the order of the row."""
        return _CODE.findall(" ".join(self.cells))

    @property
    def first(self) -> str:
        """The name in the first cell."""
        return self.cells[0].strip("`")


def rows(text: str) -> Iterator[Row]:
    """Yield every row of every table of a page."""
    header: tuple[str, ...] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            header = None
            continue
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if header is None:
            header = cells
        elif not set(line) <= set("|-: "):
            assert len(cells) == len(header), f"a row of another width than its header: {line}"
            yield Row(header, cells)


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks in one language, in the order of the page."""
    return [body for name, body in _FENCE.findall(text) if name == language]


def links(text: str) -> list[tuple[bool, str]]:
    """Return (whether it is a picture, target) of every link."""
    return [(bool(mark), target) for mark, target in _LINK.findall(_FENCE.sub("", text))]


def named_files(text: str) -> dict[str, str]:
    """Return the YAML blocks that begin with a comment of their file's name, by that name."""
    found = ((re.match(r"# (\S+\.yaml)\n", block), block) for block in blocks(text, "yaml"))
    return {name[1]: block for name, block in found if name is not None}
