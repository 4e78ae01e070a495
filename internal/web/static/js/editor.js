// The text of a note in its person's hands: in the place where it is read,
// beside its sound. Until it is saved, what is typed is kept in this browser.
import { call, toast } from "./base.js";
import { draftOf } from "./draft.js";

// editor edits the text of a note. refresh(true) shows the note as it is by now,
// and no longer the editor.
export function editor(note, sound, refresh) {
  const draft = draftOf(note.dataset.person, note.dataset.id);
  const form = () => note.querySelector("form.editor");
  const area = () => form().elements.text;
  const reading = () => note.querySelector('[data-part="text"]');
  let before = ""; // the text that was there
  let doubts = []; // words to check, where they are in the text by now
  let last = ""; // the text as of the last look at it
  let timer = 0;

  const active = () => form() && !form().hidden;

  function begin() {
    if (!form() || active()) return;
    const read = readText(reading());
    const kept = draft.get();
    before = last = read.text;
    doubts = read.doubts;
    area().value = read.text;
    form().elements.version.value = note.dataset.version;
    if (kept) {
      form().elements.version.value = kept.version; // so that what was saved since is not overwritten unseen
      area().value = kept.text;
      moved();
    }
    const at = whereOf(read, document.activeElement) ?? whereOf(read, sound.word()) ?? 0;
    form().hidden = false;
    reading().hidden = true;
    offer(false);
    fit();
    area().setSelectionRange(at, at);
    area().focus();
  }

  // leave goes back to reading. What was changed is kept, and offered.
  function leave() {
    keep();
    form().querySelector(".another")?.remove();
    if (!reading().querySelector(".text")) {
      location.assign(notePath()); // this page was for editing alone
      return;
    }
    history.replaceState(null, "", notePath());
    form().hidden = true;
    reading().hidden = false;
    offer(Boolean(draft.get()));
    note.querySelector('[data-do="edit"]')?.focus();
  }

  async function save() {
    const button = form().querySelector("button.main");
    if (button.getAttribute("aria-busy")) return;
    if (area().value.trim() === before && note.dataset.version !== "0") {
      leave();
      return;
    }
    keep();
    const text = area().value.trim();
    const revision = Number(form().elements.version.value);
    button.setAttribute("aria-busy", "true");
    try {
      await call("PUT", `/recordings/${note.dataset.id}/transcript`, { text, revision });
    } catch (error) {
      if (error.status === 409) {
        form().submit(); // the answer shows both texts
        return;
      }
      complain(error.message);
      return;
    } finally {
      button.removeAttribute("aria-busy");
    }
    draft.drop();
    history.replaceState(null, "", notePath());
    toast("Saved.");
    try {
      await refresh(true);
      note.querySelector('[data-do="edit"]')?.focus();
    } catch {
      before = text; // the next changes are to what was saved
      note.dataset.version = form().elements.version.value = revision + 1;
      catchUp();
    }
  }

  // catchUp shows what was saved, where the page could not be had right after.
  // Who went on with the text keeps it.
  function catchUp() {
    setTimeout(() => refresh(!active() || area().value.trim() === before).catch(catchUp), 3000);
  }

  const notePath = () => `/app/notes/${note.dataset.id}`;

  // complain says above the text what is wrong; what was typed stays.
  function complain(words) {
    form().querySelector(".notice.bad")?.remove();
    tell(words, "bad", "alert").scrollIntoView({ block: "nearest" });
  }

  function tell(words, look, role) {
    const notice = document.createElement("p");
    notice.className = `notice ${look}`;
    notice.setAttribute("role", role);
    notice.textContent = words;
    form().prepend(notice);
    return notice;
  }

  // refreshed looks at the page once it shows the note as it is by now: the text
  // that is edited may have got another one beside it. Saving says over which
  // version it was typed, so that neither is lost.
  function refreshed(another) {
    if (!active()) {
      if (form()) resume();
      return;
    }
    reading().hidden = true;
    if (!another) return;
    form().querySelector(".another")?.remove();
    tell("There is a new text by now. Go on with yours: when you save it, you see both. Or cancel, and read the new one.", "info another", "status");
  }

  function keep() {
    clearTimeout(timer);
    if (!active()) return;
    const text = area().value;
    if (text.trim() === before.trim()) draft.drop();
    else draft.set({ version: Number(form().elements.version.value), text });
  }

  // offer shows, above the text, that there are changes that were not saved.
  function offer(there) {
    note.querySelector(".unsaved")?.remove();
    if (!there) return;
    const notice = document.createElement("div");
    notice.className = "notice info unsaved";
    const words = document.createElement("p");
    words.textContent = "You have changes that are not saved. They are kept in this browser. ";
    words.append(button("Go on", begin), " ", button("Throw them away", discard));
    notice.append(words);
    reading().before(notice);
  }

  function button(words, act) {
    const it = document.createElement("button");
    it.type = "button";
    it.className = "link";
    it.textContent = words;
    it.addEventListener("click", act);
    return it;
  }

  function discard() {
    draft.drop();
    offer(false);
    toast("Your changes are thrown away. The text is as it was saved.");
  }

  // fit makes the field as high as its text, where the browser does not.
  function fit() {
    if (CSS.supports("field-sizing", "content")) return;
    area().style.height = "auto";
    area().style.height = `${area().scrollHeight + 2}px`;
  }

  // moved keeps track of the words to check while text around them changes.
  function moved() {
    const text = area().value;
    const least = Math.min(text.length, last.length);
    let head = 0;
    while (head < least && text[head] === last[head]) head++;
    let tail = 0;
    while (tail < least - head && text[text.length - 1 - tail] === last[last.length - 1 - tail]) tail++;
    const end = last.length - tail;
    const by = text.length - last.length;
    doubts = doubts.filter((d) => d.end <= head || d.start >= end);
    for (const d of doubts) if (d.start >= end) [d.start, d.end] = [d.start + by, d.end + by];
    last = text;
  }

  // check selects the next word to check, and goes to its sound.
  function check() {
    const next = doubts.find((d) => d.start >= area().selectionEnd) ?? doubts[0];
    if (!next) {
      toast("There are no more words to check.");
      return;
    }
    area().setSelectionRange(next.start, next.end);
    area().blur(); // only taking the focus scrolls to the selection
    area().focus();
    sound.seek(next.time);
  }

  note.addEventListener("input", (event) => {
    if (event.target !== form()?.elements.text) return;
    moved();
    fit();
    clearTimeout(timer);
    timer = setTimeout(keep, 300);
  });
  addEventListener("pagehide", keep);

  note.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    save();
  });

  // These keys are by their place, as Alt makes other characters of some.
  const typing = { KeyK: sound.toggle, KeyJ: () => sound.step(-3), KeyL: () => sound.step(3), KeyN: check };
  note.addEventListener("keydown", (event) => {
    if (event.target !== form()?.elements.text || event.isComposing) return;
    const act = event.altKey && !event.ctrlKey && !event.metaKey ? typing[event.code] : undefined;
    if (act) act();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  });

  // What was typed before the page was closed.
  function resume() {
    const kept = draft.get();
    if (!kept) return;
    if (!active()) {
      const same = kept.text.trim() === readText(reading()).text;
      if (same) draft.drop();
      offer(!same);
      return;
    }
    if (form().dataset.conflict !== undefined || kept.text.trim() === area().value.trim()) return;
    area().value = kept.text;
    form().elements.version.value = kept.version;
    toast("What you typed before is here again. It is not saved yet.");
  }
  if (active()) before = last = form().dataset.conflict === undefined ? area().value.trim() : "";
  if (form()) resume();
  if (active()) fit();

  return { begin, leave, active, refreshed };
}

// readText is what the page shows, and where its words to check are in it.
function readText(place) {
  const places = new Map();
  const doubts = [];
  let text = "";
  for (const p of place.querySelectorAll(".text > p")) {
    if (text) text += "\n\n";
    for (const node of p.childNodes) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        places.set(node, text.length);
        if (node.classList.contains("unsure")) {
          doubts.push({ start: text.length, end: text.length + node.textContent.length, time: Number(node.dataset.t) / 100 });
        }
      }
      text += node.textContent;
    }
  }
  return { text: text.trimEnd(), places, doubts };
}

const whereOf = (read, word) => read.places.get(word);
