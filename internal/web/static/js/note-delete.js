// With a note that is deleted goes what was typed in it and not saved.
import { draftOf } from "./draft.js";

for (const form of document.querySelectorAll("form[data-note]")) {
  form.addEventListener("submit", () => draftOf(form.dataset.person, form.dataset.note).drop());
}
