// Whatever takes longer than a blink says that it is under way: pages that are opened, forms that are sent, files.
const AFTER_MS = 250;
const LONGEST_MS = 30000;
const bar = document.createElement("div");
bar.className = "under-way";
bar.hidden = true;
bar.setAttribute("role", "progressbar");
bar.setAttribute("aria-label", document.body.dataset.wait ?? "");
document.body.append(bar);
let timer = 0;

function begin() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    bar.hidden = false;
    timer = setTimeout(end, LONGEST_MS); // a file that came without a page of its own
  }, AFTER_MS);
}

function end() {
  clearTimeout(timer);
  bar.hidden = true;
}

async function fetchFile(link) {
  const answer = await fetch(link.href).catch(() => null);
  const kind = answer?.headers.get("Content-Disposition") ?? "";
  if (!answer?.ok || !kind.startsWith("attachment")) {
    window.location.assign(link.href); // a page that says why, or logging in again
    return;
  }
  const file = document.createElement("a");
  file.href = URL.createObjectURL(await answer.blob());
  file.download = /filename="([^"]+)"/.exec(kind)?.[1] ?? "";
  file.click();
  URL.revokeObjectURL(file.href);
  end();
}

addEventListener("submit", (event) => {
  if (!event.defaultPrevented) begin();
});
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const plain = !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!link || !plain || link.target || link.origin !== location.origin) return;
  if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
  begin();
  if ("file" in link.dataset) {
    event.preventDefault();
    fetchFile(link);
  }
});
addEventListener("pageshow", end);
addEventListener("pagehide", end);
