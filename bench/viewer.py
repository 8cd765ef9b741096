"""Measures map.html in a real browser that draws by the processor alone: size, loading, and the time of a frame.

Run with `.venv/bin/python bench/viewer.py` after `python3 dev.py test` has set everything up. Two kinds of frame are
timed at 140,000 dots: every dot drawn and the picture read back, and the frames that somebody sees who turns the skin.
Nothing here fails: machines differ, figures are for reading.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser.chromium import ARGUMENTS, executable  # noqa: E402
from mesoplan.knowledge.load import load  # noqa: E402
from mesoplan.report.layout_picture import layout_picture  # noqa: E402
from mesoplan.report.map_page import write_map  # noqa: E402
from mesoplan.report.words import Words  # noqa: E402
from report.skins import content, face, scattered  # noqa: E402

SESSIONS, EACH = 5, 28_000
SIZES = ((1440, 900), (1024, 768))
FRAMES = 60

# Turning by key draws one frame; reading a pixel back waits until it is finished.
WHOLE_FRAMES = """async (frames) => {
  const scene = document.querySelector('#scene');
  const gl = scene.getContext('webgl2');
  const pixel = new Uint8Array(4);
  const took = [];
  const draw = window.requestAnimationFrame;
  for (let at = 0; at < frames; at++) {
    await new Promise((done) => setTimeout(done, 460)); // at rest, so that every dot is drawn
    let step = null;
    window.requestAnimationFrame = (then) => { step = then; return 0; };
    scene.dispatchEvent(new KeyboardEvent('keydown', { key: at % 2 ? 'ArrowLeft' : 'ArrowRight' }));
    window.requestAnimationFrame = draw;
    const start = performance.now();
    step(start);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    took.push(performance.now() - start);
  }
  return took;
}"""

# What is seen while the skin is turned by a pointer.
TURNING = """async (frames) => {
  const scene = document.querySelector('#scene');
  scene.setPointerCapture = scene.releasePointerCapture = () => {};
  const box = scene.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const say = (kind, at) => scene.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, isPrimary: true, button: 0, buttons: 1, clientX: at, clientY: y, bubbles: true }));
  say('pointerdown', x);
  const took = [];
  let last = performance.now();
  for (let at = 0; at < frames; at++) {
    say('pointermove', x + 180 * Math.sin(at / 7));
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    took.push(now - last);
    last = now;
  }
  say('pointerup', x);
  return took.slice(5);
}"""


def told(name: str, took: list[float]) -> None:
    """Print the middle and the slow end of what was measured."""
    slow = sorted(took)[int(0.95 * len(took))]
    print(f"  {name:<44} median {statistics.median(took):6.1f} ms   95 % below {slow:6.1f} ms   target 100 ms")


def measure(page: Page, path: Path) -> None:
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    print(f"  {'from opening to the first picture':<44} {time.perf_counter() - start:6.2f} s")
    page.locator("#session").fill(str(SESSIONS))
    page.locator("#together").check()
    assert page.locator("#scene").get_attribute("data-dots") == str(SESSIONS * EACH)
    told("a frame with every dot, read back", page.evaluate(WHOLE_FRAMES, FRAMES // 3))
    told("frames while the skin is turned", page.evaluate(TURNING, FRAMES))


def renderer(page: Page) -> Any:
    return page.evaluate(
        """() => { const gl = document.createElement('canvas').getContext('webgl2');
          return gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info').UNMASKED_RENDERER_WEBGL); }"""
    )


def main() -> None:
    words, punctures = Words(load(), "en"), scattered(face(2), EACH, SESSIONS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = time.perf_counter()
        path = write_map(Path(folder) / "map.html", content(punctures), words)
        made = time.perf_counter() - start
        print(
            f"map.html: {len(punctures):,} dots, {path.stat().st_size / 1e6:.2f} MB (target 12), made in {made:.2f} s"
        )
        layout_picture(punctures, words, "exact")
        start = time.perf_counter()
        picture = layout_picture(punctures, words, "exact")
        took = time.perf_counter() - start
        print(f"picture: {len(picture.jpeg) / 1e6:.2f} MB (target 1), made in {took:.2f} s (target 0.3)")
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        for width, height in SIZES:
            page = browser.new_page(viewport={"width": width, "height": height})
            print(f"{width} x {height}, {renderer(page)}")
            measure(page, path)
        browser.close()


if __name__ == "__main__":
    main()
