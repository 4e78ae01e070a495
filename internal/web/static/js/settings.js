// What makes the settings easier: who types a number of days means days, and
// what was refused has the focus.
const days = document.querySelector("[name=audio_days]");
days?.addEventListener("input", () => {
  document.querySelector("[name=keep][value=days]").checked = true;
});

document.querySelector("[aria-invalid=true]")?.focus();
