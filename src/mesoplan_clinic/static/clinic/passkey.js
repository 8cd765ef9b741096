// What a browser says when no passkey was used, in words on the page instead of in the console.
const said = document.getElementById("passkey-failed");

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  said.hidden = false;
  said.scrollIntoView({ block: "nearest" });
});
document.addEventListener("click", (event) => {
  if (event.target.closest("button")) said.hidden = true;
});
