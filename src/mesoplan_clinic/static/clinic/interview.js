// The interview: every answer is sent at once, nothing typed is lost, questions come and go as the answers say.
const PAUSE = 700; // after the last key
const AGAIN = 3000; // after a lost connection
const waiting = new Map(); // form -> timer of what was typed and is not sent yet
const failed = new Set(); // forms whose answer did not reach the server
const sent = new WeakMap(); // form -> what was sent last
let busy = 0;
let goal = null; // where to go once everything is saved

const questions = () => [...document.querySelectorAll("form.question")];

function content(form) {
  const said = new FormData(form);
  said.delete("version"); // comes back with every answer, and says nothing new
  return new URLSearchParams(said).toString();
}

function send(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (content(form) !== sent.get(form)) form.dispatchEvent(new CustomEvent("keep"));
}

function sendSoon(form) {
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => send(form), PAUSE));
}

function flush() {
  for (const form of [...waiting.keys()]) send(form);
}

function go() {
  if (goal && !busy && !waiting.size && !failed.size) window.location.assign(goal);
}

// -- what belongs to an answer

function fill(pick) {
  if (pick.dataset.filled) return;
  pick.dataset.filled = "yes";
  const chosen = new Set((pick.dataset.zones || "").split(",").filter(Boolean));
  const may = pick.dataset.may ? new Set(pick.dataset.may.split(",")) : null;
  const part = document.getElementById("zone-picker").content.cloneNode(true);
  for (const box of part.querySelectorAll("input")) {
    box.name = pick.dataset.name;
    box.checked = chosen.has(box.value);
    if (may && !may.has(box.value) && !box.checked) box.closest("label").remove();
  }
  for (const zone of part.querySelectorAll(".zone")) if (!zone.querySelector("input")) zone.remove();
  for (const section of part.querySelectorAll("fieldset")) if (!section.querySelector("input")) section.remove();
  pick.append(part);
}

function show(more, visible) {
  more.hidden = !visible;
  for (const one of more.querySelectorAll("input, select, textarea")) one.disabled = !visible;
  if (visible) for (const pick of more.querySelectorAll(".pick")) if (!pick.closest("details:not([open])")) fill(pick);
}

function prepare(form) {
  for (const wish of form.querySelectorAll(".wishes li")) show(wish.querySelector(".more"), wish.querySelector("[name=goal]").checked);
  const more = form.querySelector("fieldset .more:not(.wishes .more)");
  if (more) show(more, form.querySelector("[name=value]:checked")?.value === "yes");
  for (const where of form.querySelectorAll("details.where")) where.addEventListener("toggle", () => where.open && fill(where.querySelector(".pick")));
  rows(form);
  sent.set(form, content(form));
}

function rows(form) {
  const every = form.querySelectorAll(".event");
  for (const one of every) one.querySelector(".remove").hidden = every.length < 2;
}

function another(form) {
  const every = [...form.querySelectorAll(".event")];
  const row = every[every.length - 1].cloneNode(true);
  const number = Math.max(...every.map((one) => Number(one.dataset.row))) + 1;
  row.dataset.row = String(number);
  for (const pick of row.querySelectorAll(".pick")) {
    pick.replaceChildren();
    delete pick.dataset.filled;
    pick.dataset.zones = "";
    pick.dataset.name = `e${number}-zones`;
  }
  for (const where of row.querySelectorAll("details.where")) {
    where.open = false;
    where.addEventListener("toggle", () => where.open && fill(where.querySelector(".pick")));
  }
  for (const one of row.querySelectorAll("[name]")) {
    one.name = one.name.replace(/^e\d+-/, `e${number}-`);
    one.value = "";
  }
  every[every.length - 1].after(row);
  rows(form);
  row.querySelector("input").focus();
}

// -- what the reader does

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form.question");
  if (!form) return;
  const field = event.target;
  if (field.name === "goal") show(field.closest("li").querySelector(".more"), field.checked);
  if (field.name === "value" && field.type === "radio") {
    const more = form.querySelector("fieldset .more:not(.wishes .more)");
    if (more) show(more, field.value === "yes");
  }
  if (field.name === "value" && field.type === "checkbox" && field.checked) form.querySelector("[name=text]").value = "";
  if (field.matches("[type=radio], [type=checkbox], select") && field.name !== "goal") send(form);
  else sendSoon(form); // dates change while their year is still being typed; a wish waits for its zones
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form.question");
  if (!form || event.target.matches("[type=radio], [type=checkbox], select")) return;
  if (event.target.name === "text" && event.target.value) {
    const unknown = form.querySelector("[type=checkbox][name=value]");
    if (unknown) unknown.checked = false;
  }
  sendSoon(form);
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form.question");
  if (form && waiting.has(form) && !form.contains(event.relatedTarget)) send(form);
});

document.addEventListener("click", (event) => {
  const form = event.target.closest("form.question");
  if (event.target.closest(".another")) another(form);
  if (event.target.closest(".remove")) {
    event.target.closest(".event").remove();
    rows(form);
    send(form);
  }
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  flush();
  if (busy || failed.size) {
    event.preventDefault();
    goal = link.href;
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("form.question") || !(busy || waiting.size)) return;
  event.preventDefault(); // a confirmation waits for what is still on its way
  flush();
  const form = event.target;
  const timer = setInterval(() => {
    if (busy || waiting.size || failed.size) return;
    clearInterval(timer);
    form.submit();
  }, 50);
});

window.addEventListener("beforeunload", (event) => {
  flush();
  if (busy || failed.size) event.preventDefault();
});

// -- what the server says

// by what was sent: a question that is replaced whole is no longer on the page when its request ends
const asked = (event) => event.detail.requestConfig?.elt?.closest("form.question");

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = asked(event);
  if (!form) return;
  busy += 1;
  sent.set(form, content(form));
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (asked(event) && (xhr.status === 409 || xhr.status === 422) && xhr.responseText.trimStart().startsWith("<input")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = asked(event);
  if (!form) return;
  busy -= 1;
  const { xhr } = event.detail;
  const reached = xhr && xhr.status > 0 && xhr.status < 500;
  if (reached) failed.delete(form);
  else {
    failed.add(form);
    goal = null;
    setTimeout(() => failed.has(form) && form.isConnected && form.dispatchEvent(new CustomEvent("keep")), AGAIN);
  }
  document.getElementById("trouble").hidden = !failed.size;
  if (reached && xhr.status >= 400) goal = null; // what went wrong is to be read first
  // a page instead of an answer: logged out, the form is closed, or it was made before another login
  if (reached && /^\s*<!doctype/i.test(xhr.responseText)) window.location.reload();
});

document.addEventListener("htmx:afterSettle", (event) => {
  for (const form of questions()) if (!sent.has(form)) prepare(form);
  const form = event.target.closest?.("form.question");
  if (form) {
    const field = form.querySelector("[name=text]");
    if (field) field.toggleAttribute("aria-invalid", Boolean(form.querySelector(".state .errorlist")));
    if (field?.hasAttribute("aria-invalid")) field.setAttribute("aria-invalid", "true");
  }
  go();
});

document.addEventListener("asked", (event) => {
  const hidden = new Set(event.detail.hidden);
  for (const form of questions()) form.hidden = hidden.has(form.id.slice(2));
  for (const mark of document.querySelectorAll("[data-open]")) {
    const open = event.detail.open[mark.dataset.open];
    if (open === undefined) continue;
    mark.classList.toggle("done", !open);
    mark.querySelector(".number").textContent = open ? String(open) : "✓";
  }
});

for (const form of questions()) prepare(form);
const wanted = window.location.hash && document.getElementById(window.location.hash.slice(1));
if (wanted) {
  wanted.querySelector("details")?.setAttribute("open", "");
  wanted.querySelector("input:not([type=hidden]):not(:disabled), textarea:not(:disabled)")?.focus({ preventScroll: true });
  wanted.scrollIntoView({ block: "center" });
}
document.documentElement.dataset.ready = "yes";
