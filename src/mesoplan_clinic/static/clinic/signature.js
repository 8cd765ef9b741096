// A signature with a finger, a pen or the mouse; what was drawn travels as a PNG in the form.
const field = document.querySelector(".signature canvas");
if (field) {
  const pen = field.getContext("2d");
  const form = field.closest("form");
  const value = form.querySelector("[name=drawn]");
  let drawn = false;
  let last = null;

  const place = (event) => {
    const box = field.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * field.width, ((event.clientY - box.top) / box.height) * field.height];
  };

  field.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    field.setPointerCapture(event.pointerId);
    last = place(event);
  });
  field.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.strokeStyle = "#10202c";
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
    drawn = true;
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) field.addEventListener(end, () => { last = null; });
  form.querySelector(".clear").addEventListener("click", () => {
    pen.clearRect(0, 0, field.width, field.height);
    drawn = false;
    value.value = "";
  });
  form.addEventListener("submit", () => { value.value = drawn ? field.toDataURL("image/png") : ""; });
}
document.documentElement.dataset.ready = "yes";
