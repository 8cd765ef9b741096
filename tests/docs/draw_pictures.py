"""Draws the README's pictures again: pages of a real plan, of a synthetic head and an invented client.

`python3 dev.py pictures` runs it; look at the pages before they are committed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
PAGES = (("plan", 1), ("plan", 2), ("leaflet", 1))
DOTS_PER_INCH = 110
COLOURS = 128  # enough for a page, and a third of the size


def mesoplan(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "mesoplan", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def make_papers(folder: Path) -> None:
    head, intake = folder / "head.png", folder / "intake.yaml"
    subprocess.run([sys.executable, ROOT / "tests" / "surface" / "synthetic_head.py", head], check=True)
    mesoplan("example", "--out", intake)
    mesoplan("plan", intake, "--photo", head, "--mirrored", "no", "--clinic", "example", "--out", folder / "papers")


def page_picture(pdf: Path, number: int) -> Image.Image:
    page = pdfium.PdfDocument(pdf)[number - 1]
    picture = page.render(scale=DOTS_PER_INCH / 72).to_pil().convert("RGB")
    return picture.quantize(COLOURS, dither=Image.Dither.NONE)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_papers(folder)
        for paper, number in PAGES:
            target = PICTURES / f"{paper}-page-{number}.png"
            page_picture(folder / "papers" / f"{paper}.pdf", number).save(target, optimize=True)
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
