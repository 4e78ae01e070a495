// The page of a note: its sound and its words together, and what can be done
// with them without leaving the page.
import { toast } from "./base.js";
const { keys } = await import("./keys.js").catch(() => ({ keys() {} }));
import { player } from "./player.js";

const note = document.getElementById("note");
const sound = player(note.querySelector(".player"));
const part = (name) => note.querySelector(`[data-part="${name}"]`);
const text = () => note.querySelector(".text:not(textarea)");

sound.read(text());

// A click on a word goes there; one that ends a selection does not.
note.addEventListener("click", (event) => {
  const word = event.target.closest(".text [data-t]");
  if (word && getSelection().isCollapsed) sound.seek(Number(word.dataset.t) / 100);
  const what = event.target.closest("[data-do]");
  if (what && deeds[what.dataset.do]) {
    event.preventDefault();
    deeds[what.dataset.do]();
  }
});

// unsure goes to a word that the engine was unsure of, from where one is.
function unsure(by) {
  const all = [...note.querySelectorAll(".text .unsure")];
  if (all.length === 0) {
    toast("The engine was sure of all words.");
    return;
  }
  const here = all.includes(document.activeElement) ? document.activeElement : sound.word();
  const after = (word) => !here || here.compareDocumentPosition(word) & Node.DOCUMENT_POSITION_FOLLOWING;
  const before = (word) => here && here.compareDocumentPosition(word) & Node.DOCUMENT_POSITION_PRECEDING;
  const word = by > 0 ? (all.find(after) ?? all[0]) : (all.findLast(before) ?? all.at(-1));
  word.tabIndex = -1;
  word.focus({ preventScroll: true });
  word.scrollIntoView({ block: "center" });
  sound.seek(Number(word.dataset.t) / 100);
}

async function copy() {
  const words = [...text().querySelectorAll("p")].map((p) => p.textContent).join("\n\n");
  try {
    await navigator.clipboard.writeText(words);
    toast("The text is copied.");
  } catch {
    toast("The browser did not let the text be copied. Select it and copy it by hand.");
  }
}

const deeds = { copy, next: () => unsure(1) };

keys({
  " ": ["Play or pause", sound.toggle],
  ArrowLeft: ["3 seconds back", () => sound.step(-3)],
  j: ["3 seconds back", () => sound.step(-3)],
  ArrowRight: ["3 seconds forward", () => sound.step(3)],
  l: ["3 seconds forward", () => sound.step(3)],
  n: ["Next word to check", () => unsure(1)],
  p: ["The word to check before", () => unsure(-1)],
});
