"""Measures map.html in a real browser that draws by the processor alone: size, loading, and the time of a frame.

Run with `python3 dev.py bench viewer`. Timed at 140,000 dots: the frames of a picture that is left in peace, in which
every dot is drawn, and those of turning the skin.
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
PICTURES = 12

# Every frame is timed from its start until the driver has finished it, which reading a pixel back waits for.
TIMED = """
  window.took = [];
  const draw = window.requestAnimationFrame.bind(window);
  const pixel = new Uint8Array(4);
  window.requestAnimationFrame = (then) => draw((now) => {
    const scene = document.querySelector('#scene');
    const before = scene?.dataset.frames;
    const start = performance.now();
    then(now);
    if (scene?.dataset.frames === before) return;
    const gl = scene.getContext('webgl2');
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    window.took.push(performance.now() - start);
  });
"""

# One picture after another, each left in peace until every dot is drawn; how long that takes, and its frames.
AT_REST = """async (pictures) => {
  const scene = document.querySelector('#scene');
  const still = async () => {
    for (let frames = -1; frames !== scene.dataset.frames; ) {
      frames = scene.dataset.frames;
      await new Promise((done) => setTimeout(done, 400));
    }
  };
  await still();
  window.took = [];
  const whole = [];
  for (let at = 0; at < pictures; at++) {
    const before = window.took.length;
    scene.dispatchEvent(new KeyboardEvent('keydown', { key: at % 2 ? 'ArrowLeft' : 'ArrowRight' }));
    await still();
    whole.push(window.took.slice(before).reduce((sum, one) => sum + one, 0));
  }
  return [window.took, whole];
}"""

# What is seen while the skin is turned by a pointer, a step in every frame.
TURNING = """async (frames) => {
  const scene = document.querySelector('#scene');
  scene.setPointerCapture = scene.releasePointerCapture = () => {};
  const box = scene.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const say = (kind, at) => scene.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, isPrimary: true, button: 0, buttons: 1, clientX: at, clientY: y, bubbles: true }));
  window.took = [];
  say('pointerdown', x);
  for (let at = 0; at < frames; at++) {
    say('pointermove', x + 180 * Math.sin(at / 7));
    await new Promise((done) => requestAnimationFrame(done));
  }
  say('pointerup', x);
  return window.took;
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
    frames, whole = page.evaluate(AT_REST, PICTURES)
    told("frames of a picture at rest", frames)
    told("all frames of such a picture together", whole)
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
            page.add_init_script(TIMED)
            print(f"{width} x {height}, {renderer(page)}")
            measure(page, path)
        browser.close()


if __name__ == "__main__":
    main()
