// Circles on a photo: touch adds one, drawing moves it, buttons and keys move and resize it. Kept in the form's field.
const NS = "http://www.w3.org/2000/svg";
for (const form of document.querySelectorAll("[data-keepouts]")) keepouts(form);

function keepouts(form) {
  const field = form.querySelector("input[name=keep_outs]");
  const svg = form.querySelector("svg");
  const layer = svg.querySelector("[data-circles]");
  const state = form.querySelector("[data-state]");
  const { x: left, y: top, width, height } = svg.viewBox.baseVal; // the part of the photo that is shown, in its pixels
  const mm = Number(svg.dataset.mm) || 0.2;
  const least = 1 / mm; // a radius of one millimetre
  const circles = JSON.parse(field.value || "[]");
  const none = state.textContent;
  let chosen = -1;
  let dragged = null;

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const inside = (x, y) => [clamp(x, left, left + width), clamp(y, top, top + height)];
  function make(name, attributes) {
    const one = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    return one;
  }
  function said(index) {
    const radius = (circles[index][2] * mm).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    return `${svg.dataset.name} ${index + 1}, ${svg.dataset.radius} ${radius} ${svg.dataset.unit}`;
  }
  function draw(focus) {
    field.value = JSON.stringify(circles.map((one) => one.map((value) => Math.round(value * 10) / 10)));
    layer.replaceChildren(
      ...circles.map(([x, y, radius], index) => {
        const group = make("g", { class: `keepout${index === chosen ? " chosen" : ""}`, tabindex: 0, role: "button", "aria-label": said(index), "aria-pressed": index === chosen, "data-index": index });
        const part = radius * 0.7071;
        const text = make("text", { x: x + radius, y: y - radius, "font-size": width / 36 });
        text.textContent = index + 1;
        group.append(make("circle", { cx: x, cy: y, r: radius }), make("line", { x1: x - part, y1: y + part, x2: x + part, y2: y - part }), text);
        return group;
      }),
    );
    state.textContent = chosen < 0 ? none : said(chosen);
    if (focus && chosen >= 0) layer.children[chosen].focus();
  }
  function choose(index, focus) {
    if (chosen === index && !focus) return;
    chosen = index;
    draw(focus);
  }
  function add(x, y) {
    circles.push([...inside(x, y), 4 / mm]);
    choose(circles.length - 1, true);
  }
  function move(by_x, by_y) {
    const one = circles[chosen];
    [one[0], one[1]] = inside(one[0] + by_x, one[1] + by_y);
    draw(true);
  }
  function resize(by) {
    if (chosen < 0) return;
    circles[chosen][2] = clamp(circles[chosen][2] + by, least, width / 4);
    draw(true);
  }
  function remove() {
    if (chosen < 0) return;
    circles.splice(chosen, 1);
    chosen = Math.min(chosen, circles.length - 1);
    draw(true);
  }
  function at(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [place.x, place.y];
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const [x, y] = at(event);
    const index = Number(event.target.closest(".keepout")?.dataset.index ?? -1);
    dragged = { index, x, y, from: index < 0 ? null : circles[index].slice(), moved: false };
    if (index >= 0) {
      choose(index, true);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    }
  });
  svg.addEventListener("pointermove", (event) => {
    if (!dragged || dragged.index < 0) return;
    const [x, y] = at(event);
    dragged.moved = true;
    const one = circles[dragged.index];
    [one[0], one[1]] = inside(dragged.from[0] + x - dragged.x, dragged.from[1] + y - dragged.y);
    draw(false);
  });
  svg.addEventListener("pointerup", (event) => {
    const was = dragged;
    dragged = null;
    if (!was || was.index >= 0) return;
    const [x, y] = at(event);
    if (Math.hypot(x - was.x, y - was.y) < width / 60) add(x, y);
  });
  svg.addEventListener("pointercancel", () => {
    dragged = null;
  });
  layer.addEventListener("focusin", (event) => {
    const index = Number(event.target.closest(".keepout")?.dataset.index ?? -1);
    if (index >= 0 && index !== chosen) choose(index, true);
  });
  svg.addEventListener("keydown", (event) => {
    if (chosen < 0) return;
    const step = (event.shiftKey ? 5 : 1) / mm;
    const keys = {
      ArrowLeft: () => move(-step, 0),
      ArrowRight: () => move(step, 0),
      ArrowUp: () => move(0, -step),
      ArrowDown: () => move(0, step),
      "+": () => resize(0.5 / mm),
      "=": () => resize(0.5 / mm),
      "-": () => resize(-0.5 / mm),
      Delete: remove,
      Backspace: remove,
    };
    if (!keys[event.key]) return;
    keys[event.key]();
    event.preventDefault();
  });
  form.querySelector("[data-add]").addEventListener("click", () => add(left + width / 2, top + height / 2));
  form.querySelector("[data-smaller]").addEventListener("click", () => resize(-0.5 / mm));
  form.querySelector("[data-larger]").addEventListener("click", () => resize(0.5 / mm));
  form.querySelector("[data-remove]").addEventListener("click", remove);
  draw(false);
}
