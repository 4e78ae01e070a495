// The page of a note: its sound and its words together, and what can be done
// with them without leaving the page.
import { toast } from "./base.js";
import { follow } from "./changes.js";
import { editor } from "./editor.js";
import { keys } from "./keys.js";
import { player } from "./player.js";

const note = document.getElementById("note");
const sound = player(note.querySelector(".player"));
const text = () => note.querySelector(".text:not(textarea)");

sound.read(text());

const edit = editor(note, sound, refresh);

// refresh shows the note as it is by now; the sound plays on. A text in
// somebody's hands is left there, unless they are done with it. It throws
// where the server cannot be reached.
async function refresh(done = false) {
  const answer = await fetch(`/app/notes/${note.dataset.id}`);
  if (answer.status >= 500) throw new Error("the server, or what stands before it, has nothing to show");
  if (!answer.ok || answer.redirected) {
    location.reload(); // it is gone, or the person is
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("note");
  if (!fresh) throw new Error("the answer is not from us");
  const editing = !done && edit.active();
  const another = fresh.dataset.version !== note.dataset.version;
  for (const old of note.querySelectorAll("[data-part]")) {
    const it = fresh.querySelector(`[data-part="${old.dataset.part}"]`);
    if (old.dataset.part === "player") sound.renew(it);
    else if (old.dataset.part !== "editor" || !editing) old.replaceWith(document.adoptNode(it));
  }
  for (const name of ["version", "state"]) note.dataset[name] = fresh.dataset[name];
  document.title = page.title;
  sound.read(text());
  edit.refreshed(editing && another);
}

// live shows how far the text has come, and the text once it is there.
function live() {
  let waits = null;
  let timer = 0;

  // catchUp shows the note as it is by now, and tries until it is there.
  async function catchUp(last) {
    clearTimeout(timer);
    try {
      await refresh();
      if (last) end();
    } catch {
      clearTimeout(timer);
      timer = setTimeout(catchUp, 5000, last);
    }
  }

  const end = follow(`/recordings/${note.dataset.id}/events`, (r) => {
    const again = r.again && ["queued", "running"].includes(r.again.job.status) ? r.again : null; // its text is made once more
    const working = again || r.status === "queued" || r.status === "processing";
    const waitsNow = (again ?? r).waiting_for?.code ?? "";
    if (!working || (waits !== null && waits !== waitsNow)) catchUp(!working);
    waits = waitsNow;
    const bar = note.querySelector("progress");
    const run = again ?? r;
    if (!bar || !run.progress) return;
    bar.value = run.progress;
    note.querySelector("[data-words]").textContent =
      `${again ? "Being transcribed again: " : ""}${Math.round(run.progress * 100)} % done${timeLeft(run.seconds_left)}`;
  });
}
if (note.dataset.live !== undefined) live();

// timeLeft says it as the page does, which has it from the server at first.
function timeLeft(seconds) {
  if (seconds === null) return "";
  if (seconds < 90) return ", less than two minutes left";
  if (seconds < 90 * 60) return `, about ${Math.round(seconds / 60)} minutes left`;
  const hours = Math.round(seconds / 3600);
  return `, about ${hours} ${hours === 1 ? "hour" : "hours"} left`;
}

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
    toast("There are no words to check.");
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

const deeds = { copy, edit: edit.begin, leave: edit.leave, next: () => unsure(1) };

keys({
  " ": ["Play or pause", sound.toggle],
  ArrowLeft: ["3 seconds back", () => sound.step(-3)],
  j: ["3 seconds back", () => sound.step(-3)],
  ArrowRight: ["3 seconds forward", () => sound.step(3)],
  l: ["3 seconds forward", () => sound.step(3)],
  e: ["Edit the text", edit.begin],
  n: ["Next word to check", () => unsure(1)],
  p: ["The word to check before", () => unsure(-1)],
  "Alt + K": ["While editing: play or pause"],
  "Alt + J": ["While editing: 3 seconds back"],
  "Alt + L": ["While editing: 3 seconds forward"],
  "Alt + N": ["While editing: next word to check"],
  "Ctrl + Enter": ["While editing: save"],
  Escape: ["While editing: stop, and keep what is not saved in this browser"],
});
