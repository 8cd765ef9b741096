// Two minutes before a login ends its pages say so; when it is over they keep what was typed, and send nothing more.
const WARN_MS = 120000;
const EARLY_MS = 2000; // what the answer's way here took, at most: a page never says later than the server
const SAME_MS = 1500; // whole seconds were told
const LOOK_MS = 30000; // a device that slept missed its timers
const KEPT = "session-end";
const bar = document.getElementById("ending");
const parts = Object.fromEntries([...bar.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
const form = bar.querySelector("form");
const shown = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let until = 0, most = 0, timer = 0, over = false;

function show(name) {
  for (const [one, part] of Object.entries(parts)) part.hidden = one !== name;
  for (const place of parts[name]?.querySelectorAll("time") ?? []) place.textContent = shown.format(until + EARLY_MS);
}

function look() {
  clearTimeout(timer);
  if (over) return;
  const left = until - Date.now();
  if (left <= 0) {
    close();
    return;
  }
  show(left > WARN_MS ? "" : parts.soon && most - until > SAME_MS ? "soon" : "last");
  timer = setTimeout(look, Math.min(left > WARN_MS ? left - WARN_MS : left, LOOK_MS));
}

function close() {
  over = true;
  show("over");
  for (const button of document.querySelectorAll("button:not([type=button]), input[type=submit]")) {
    button.setAttribute("aria-disabled", "true");
    button.setAttribute("aria-describedby", "ending-over");
  }
}

// -- other pages of the same login in this browser

function told(left) {
  until = Math.min(Date.now() + left * 1000 - EARLY_MS, most);
  try {
    localStorage.setItem(KEPT, JSON.stringify({ key: bar.dataset.key, until }));
  } catch { /* a browser that keeps nothing: each page counts for itself */ }
  look();
}

addEventListener("storage", (event) => {
  if (event.key !== KEPT || !event.newValue) return;
  const other = JSON.parse(event.newValue);
  if (other.key === bar.dataset.key) until = Math.min(Math.max(until, other.until), most);
  look();
});

// -- what is saved in the background prolongs it too

const heard = (left) => { if (left && !over) told(Number(left)); };
document.addEventListener("htmx:afterRequest", (event) => heard(event.detail.xhr?.getResponseHeader("X-Session-Left")));
document.addEventListener("session-left", (event) => heard(event.detail));

// -- staying

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const trouble = form.parentElement.querySelector("[data-trouble]");
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => null);
  trouble.hidden = Boolean(answer) && answer.status < 500;
  if (answer?.ok) told((await answer.json()).left);
  else if (answer && answer.status < 500) close();
});

// -- when it is over nothing is sent, so that no other page takes the place of what was typed

function stop(event) {
  if (!over) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

addEventListener("submit", stop, true);
addEventListener("htmx:configRequest", stop, true);
addEventListener("input", (event) => { if (over) event.stopImmediatePropagation(); }, true);
for (const back of ["pageshow", "focus"]) addEventListener(back, look);
document.addEventListener("visibilitychange", look);

most = Date.now() + Number(bar.dataset.most) * 1000 - EARLY_MS;
told(Number(bar.dataset.left));
