// Who says that there was an adverse event is asked about it at once.
const part = document.querySelector("details[data-event]");
for (const choice of document.querySelectorAll("input[name=found]")) {
  choice.addEventListener("change", () => {
    if (choice.checked && choice.value === "event") part.open = true;
  });
}
