// The map in space: everything that is said stands in the page already; this draws the scene and wires the controls.

import { Viewpoint } from "./camera.js";
import { readData } from "./data.js";
import { SkinScene } from "./scene.js";

const root = document.documentElement;
const find = (what) => document.querySelector(what);
const every = (what) => [...document.querySelectorAll(what)];

const data = readData();
const SIDEWAYS = 0.3;
const state = { session: data.first, together: false, zone: null };
let scene = null;
let view = null;

function start() {
  root.classList.add("js");
  try {
    scene = new SkinScene(find("#scene"), data);
    view = new Viewpoint(scene, data);
  } catch {
    scene = null;
    root.classList.add("flat");
    find("#table").open = true;
  }
  wirePanel();
  if (scene) wireScene();
  showSession();
  showZone();
  root.dataset.ready = "true";
}

// ---- sessions and zones

function setSession(number) {
  const session = Math.min(Math.max(number, 0), data.dots.ends.length - 1);
  if (session === state.session) return;
  state.session = session;
  showSession();
}

function setTogether(together) {
  state.together = together;
  showSession();
}

function showSession() {
  const { session, together } = state;
  const slider = find("#session");
  slider.value = session + 1;
  slider.setAttribute("aria-valuetext", data.said.session[session]);
  find("#session-name").textContent = data.said.session[session];
  find("#shown").textContent = data.said[together ? "together" : "alone"][session];
  find("#alone").checked = !together;
  find("#together").checked = together;
  every("[data-cover]").forEach((one) => one.classList.toggle("on", Number(one.dataset.cover) === session));
  every("[data-session]").forEach((one) => {
    const number = Number(one.dataset.session);
    one.classList.toggle("on", together ? number <= session : number === session);
    one.setAttribute("aria-pressed", String(number === session));
  });
  scene?.show(session, together);
}

function setZone(zone, look = false) {
  state.zone = zone;
  showZone();
  if (look && zone !== null && data.views[zone]) view?.to(data.views[zone]);
}

function showZone() {
  const { zone } = state;
  every("[data-card]").forEach((one) => one.classList.toggle("on", Number(one.dataset.card) === zone));
  every("[data-zone]").forEach((one) => {
    const own = Number(one.dataset.zone) === zone;
    one.setAttribute("aria-pressed", String(own));
    if (own) reveal(one);
  });
  find("#no-zone").hidden = zone !== null;
  paint();
}

// Scrolls the list alone, never the page.
function reveal(button) {
  const list = button.parentElement;
  const above = button.offsetTop - list.offsetTop;
  if (above < list.scrollTop) list.scrollTop = above;
  else if (above + button.offsetHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = above + button.offsetHeight - list.clientHeight;
  }
}

function paint() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  scene?.paint(data.colours[dark ? "dark" : "light"], state.zone);
}

// ---- controls

function wirePanel() {
  find("#session").addEventListener("input", (event) => setSession(Number(event.target.value) - 1));
  find("#alone").addEventListener("change", () => setTogether(false));
  find("#together").addEventListener("change", () => setTogether(true));
  every("[data-session]").forEach((one) =>
    one.addEventListener("click", () => setSession(Number(one.dataset.session))),
  );
  every("[data-zone]").forEach((one) =>
    one.addEventListener("click", () => {
      const zone = Number(one.dataset.zone);
      setZone(state.zone === zone ? null : zone, true);
    }),
  );
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = ANYWHERE[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

const ANYWHERE = {
  PageUp: () => setSession(state.session - 1),
  PageDown: () => setSession(state.session + 1),
  Escape: () => setZone(null),
};

const IN_SCENE = {
  ArrowLeft: () => view.turn(-1, 0),
  ArrowRight: () => view.turn(1, 0),
  ArrowUp: () => view.turn(0, -1),
  ArrowDown: () => view.turn(0, 1),
  "+": () => view.nearer(1),
  "=": () => view.nearer(1),
  "-": () => view.nearer(-1),
  0: () => view.from(0),
  Home: () => view.from(0),
  a: () => setTogether(!state.together),
  ф: () => setTogether(!state.together),
};

const BUTTONS = {
  front: () => view.from(0),
  right: () => view.from(-90),
  left: () => view.from(90),
  larger: () => view.nearer(1.5),
  smaller: () => view.nearer(-1.5),
};

function wireScene() {
  const { canvas } = scene;
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = IN_SCENE[event.key] ?? IN_SCENE[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  for (const [name, act] of Object.entries(BUTTONS)) find(`#${name}`).addEventListener("click", act);
  wirePicking(canvas);
  canvas.addEventListener("webglcontextlost", () => root.classList.add("stopped"));
  canvas.addEventListener("webglcontextrestored", () => {
    root.classList.remove("stopped");
    paint();
  });
  scene.after.push(placeSides);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  const head = () => root.style.setProperty("--head", `${find("header").offsetHeight}px`);
  new ResizeObserver(head).observe(find("header"));
  head();
  new ResizeObserver(() => scene.resize()).observe(canvas.parentElement);
  scene.resize();
  view.from(0, true);
}

function wirePicking(canvas) {
  let down = null;
  canvas.addEventListener("pointerdown", (event) => {
    down = event.isPrimary && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!down || Math.hypot(event.clientX - down.x, event.clientY - down.y) > 6) return;
    down = null;
    const zone = scene.zoneAt(event.clientX, event.clientY);
    if (zone === undefined) return;
    setZone(zone === state.zone ? null : zone);
    if (zone === null) find("#no-zone").textContent = data.said.outside;
    else find("#no-zone").textContent = data.said.none;
  });
}

// Which way the patient's sides lie, at the edges of the picture: true however near and from wherever it is seen.
function placeSides() {
  const across = Math.cos(view.controls.getAzimuthalAngle());
  const names = across > 0 ? ["right", "left"] : ["left", "right"];
  const sideways = Math.abs(across) < SIDEWAYS;
  for (const [edge, name] of names.entries()) {
    const label = find(`#side-${name}`);
    label.classList.toggle("at-right", edge === 1);
    label.hidden = sideways;
  }
  const from = view.controls.getAzimuthalAngle() < 0 ? "right" : "left";
  for (const name of ["right", "left"]) find(`#seen-${name}`).hidden = !sideways || name !== from;
}

start();
