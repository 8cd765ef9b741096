"""Measures how far a photo's areas are from the truth, on synthetic heads: `python tests/surface/measure_errors.py`.

For each head one frontal render at 60 cm; the truth of a zone is the skin seen inside its outline. Figures in
surface/data/surface.yaml under `errors` come from such a run.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from synthetic_head import WHEEL, load_head, render, skin_area_cm2

from mesoplan.surface import build_surface, load_zones

SIZE, MM_PER_PIXEL, DISTANCE_MM = (900, 1200), 0.30, 600.0
ORIGINS = ("african", "asian", "caucasian")


def heads() -> list[dict[str, float]]:
    """Return the shape targets of 12 heads: three origins, two sexes, young and old."""
    return [
        {
            f"macrodetails/universal-{sex}-{age}-averagemuscle-averageweight": 1.0,
            f"macrodetails/{origin}-{sex}-{age}": 1.0,
        }
        for origin in ORIGINS
        for sex in ("female", "male")
        for age in ("young", "old")
    ]


def errors(targets: dict[str, float], wheel: Path) -> dict[str, dict[str, float]]:
    """Return, by basis, the relative error in percent of each zone base and of the whole face (`all`)."""
    head = load_head(wheel, targets)
    truth = skin_area_cm2(head, distance_mm=DISTANCE_MM, size=SIZE, mm_per_pixel=MM_PER_PIXEL)
    zones, result = load_zones(), {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "head.png"
        render(head, distance_mm=DISTANCE_MM, size=SIZE, mm_per_pixel=MM_PER_PIXEL).save(path)
        for basis, distance in (("photo+pd", head.pupillary_distance_mm), ("photo+iris", None)):
            surface = build_surface(photo=path, pupillary_distance_mm=distance, mirrored="no")
            measured, true = {"all": 0.0}, {"all": 0.0}
            for outline in surface.outlines:
                base = zones.base(outline.zone)
                mask = Image.new("L", SIZE)
                ImageDraw.Draw(mask).polygon(list(outline.points), fill=1)
                for key in (base.id, "all") if base.treatable else (base.id,):
                    measured[key] = measured.get(key, 0.0) + surface.area(outline.zone).area_cm2
                    true[key] = true.get(key, 0.0) + float(truth[np.asarray(mask) > 0].sum())
            result[basis] = {key: 100.0 * (measured[key] / true[key] - 1.0) for key in true}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the errors of areas from a photo on synthetic heads.")
    parser.add_argument("--wheel", type=Path, default=WHEEL)
    found = [errors(targets, parser.parse_args().wheel) for targets in heads()]
    for basis in found[0]:
        print(basis)
        for key in found[0][basis]:
            values = [one[basis][key] for one in found]
            spread = f"{np.mean(values):7.1f} +- {np.std(values, ddof=1):5.1f}"
            print(f"  {key:16}{spread}   {min(values):7.1f} {max(values):7.1f}")


if __name__ == "__main__":
    main()
