// Moves the line between two photos, and says how strongly the earlier one lies over the camera.
function follow(field, target, name, unit, share) {
  if (!field || !target) return;
  const set = () => target.style.setProperty(name, unit ? `${field.value}${unit}` : String(Number(field.value) / share));
  field.addEventListener("input", set);
  set();
}
follow(document.querySelector("[data-slide]"), document.querySelector("[data-compare]"), "--at", "%", 1);
follow(document.querySelector("[data-strength]"), document.querySelector("[data-ghost]"), "--strength", "", 100);
