// Buttons that copy a text of the page. They are shown only where a script and
// a clipboard are there (which a browser keeps from plain http).
import { toast } from "./base.js";

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
        toast("Copied.");
      } catch {
        toast("The browser did not let us copy. Mark the text and copy it by hand.");
      }
    });
  }
}
