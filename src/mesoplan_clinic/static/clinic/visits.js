// Saves a step as it is typed, one save after the other; reads a package's code by the tablet's camera where it can.

const AUTOSAVE_AFTER_MS = 500;

function autosave(form) {
  const shown = form.querySelector("[data-saved]");
  let last = Promise.resolve(), timer = 0, waiting = false, closed = false;

  async function save() {
    waiting = false;
    if (closed) return;
    const answer = await fetch(form.action || location.href, {
      method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, redirect: "manual",
    }).catch(() => null);
    if (answer && answer.ok) {
      document.dispatchEvent(new CustomEvent("session-left", { detail: answer.headers.get("X-Session-Left") }));
      const { version, broken } = await answer.json();
      for (const field of document.querySelectorAll("input[name=version]")) field.value = version;
      if (shown) shown.textContent = "\u2713";
      if (broken) say(broken);
    } else {
      closed = true; // somebody else saved, or the session ended: sending the form shows the page that says so
      if (shown) shown.textContent = "!";
    }
  }

  form.addEventListener("input", () => {
    waiting = true;
    if (shown) shown.textContent = "\u2026";
    clearTimeout(timer);
    timer = setTimeout(() => { last = last.then(save); }, AUTOSAVE_AFTER_MS);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (form.dataset.settled) return;
    event.preventDefault();
    const button = event.submitter;
    // not within this event: a form that is being submitted does not submit itself again
    last.then(() => setTimeout(() => {
      form.dataset.settled = "1";
      form.requestSubmit(button);
    }));
  });
  window.addEventListener("pageshow", () => { delete form.dataset.settled; });
  window.addEventListener("pagehide", () => { if (waiting && !form.dataset.settled) save(); });
}

// a limit that stops is said beside what is typed, not only when it is signed
function say(broken) {
  const place = document.querySelector("[data-broken]");
  if (!place || place.dataset.said === broken.join("\n")) return; // said once, not at every key
  place.dataset.said = broken.join("\n");
  const [part, title, list] = ["section", "h2", "ul"].map((name) => document.createElement(name));
  part.className = "broken";
  title.textContent = place.dataset.title;
  for (const one of broken) {
    const line = document.createElement("li");
    line.textContent = one;
    list.append(line);
  }
  part.append(title, list);
  place.replaceChildren(...(broken.length ? [part] : []));
}

async function scanner(field) {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const known = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
  const formats = known.filter((one) => ["data_matrix", "code_128", "qr_code", "ean_13"].includes(one));
  if (!formats.length) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "\u{1F4F7}";
  button.setAttribute("aria-label", field.labels[0]?.textContent ?? "");
  field.after(button);
  button.addEventListener("click", async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream) return;
    const video = document.createElement("video");
    video.playsInline = true;
    video.srcObject = stream;
    button.after(video);
    await video.play();
    const detector = new window.BarcodeDetector({ formats });
    const stop = () => { for (const track of stream.getTracks()) track.stop(); video.remove(); };
    const look = async () => {
      if (!video.isConnected) return;
      const [found] = await detector.detect(video).catch(() => []);
      if (!found) { requestAnimationFrame(look); return; }
      stop();
      field.value = found.rawValue;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      if ("submit" in field.dataset) field.form.requestSubmit();
    };
    look();
  });
}

// a scanner ends with Enter: within a step it must not send the form
function typed(field) {
  if ("submit" in field.dataset) return;
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  field.addEventListener("input", () => {
    for (const one of field.closest("[data-picker]")?.querySelectorAll("input[type=radio]") ?? []) one.checked = false;
  });
}

for (const form of document.querySelectorAll("form[data-autosave]")) autosave(form);
for (const field of document.querySelectorAll("[data-scan]")) { typed(field); scanner(field); }
