// The list of notes: it stays up to date by itself, and other pages of it,
// filters and searches are put in its place without leaving the page. All of it
// is links and forms that work without this.

import { call, toast } from "./base.js";
import { follow } from "./changes.js";
import { keys } from "./keys.js";

const region = document.querySelector("[data-list]");
const search = document.querySelector("[data-search]");
const found = document.querySelector("[data-found]");

export function setUpList() {
  region.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
    if (!link || !plain || link.pathname !== "/app") return;
    event.preventDefault();
    go(link.href, link.rel ? "page" : "");
  });
  region.addEventListener("submit", (event) => {
    const row = event.target.closest("[data-note]");
    if (!row) return;
    event.preventDefault();
    again(Number(row.dataset.note));
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    go(asked());
  });
  search.elements.q.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => go(asked(), "typing"), 250);
  });
  addEventListener("popstate", () => load(location.href));
  document.addEventListener("talkit:recording", ({ detail: { id, heard } }) => {
    if (heard) heards.set(id, heard);
    refresh();
  });
  follow("/recordings/events", changed, refresh);
  keys({
    "/": ["Search", () => search.elements.q.focus()],
    j: ["Next note", () => step(1)],
    k: ["Note before", () => step(-1)],
    Enter: ["Open the note", null],
  });
}

let typing;

// asked is the address of what the form asks for.
function asked() {
  const params = new URLSearchParams([...new FormData(search)].filter(([, value]) => value !== ""));
  return params.size > 0 ? `/app?${params}` : "/app";
}

// go shows another part of the list. how is "page" for older and newer, and
// "typing" while somebody does.
async function go(url, how = "") {
  clearTimeout(typing);
  region.querySelector("details[open]")?.removeAttribute("open");
  if (how === "typing") history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  if (!(await load(url))) return;
  const rows = region.querySelectorAll("[data-note]");
  found.textContent = rows.length === 0 ? "Nothing found" : rows.length === 1 ? "One note" : `${rows.length} notes`;
  if (how === "page") {
    region.scrollIntoView();
    rows[0]?.querySelector("a").focus({ preventScroll: true });
  }
}

let latest = 0;

// load puts the list of a page of ours in place of this one. Where nobody asked
// for it, an answer of another kind is let be.
async function load(url, asked = true) {
  const mine = ++latest;
  let page;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) { // signed out, or an error that the page tells of
      if (asked) location.assign(url);
      return false;
    }
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    if (asked) toast("The server cannot be reached.");
    return false;
  }
  if (mine !== latest) return false;
  if (!asked && region.querySelector("details[open]")) return false; // somebody picks dates
  const list = page.querySelector("[data-list]");
  if (!list) { // not from us: a network that wants one to sign in to it, say
    if (asked) location.assign(url);
    return false;
  }
  put(list);
  narrow(new URL(url, location.href));
  return true;
}

// put swaps the list and leaves the focus where it was.
function put(list) {
  const id = document.activeElement?.closest?.("[data-note]")?.id;
  const at = region.querySelector(".at")?.id;
  region.replaceChildren(...list.childNodes);
  search.hidden = !region.querySelector(".filters");
  if (id) document.getElementById(id)?.querySelector("a").focus({ preventScroll: true });
  if (at) document.getElementById(at)?.classList.add("at");
  for (const left of lefts.values()) show(left);
  for (const id of heards.keys()) preview(id);
}

// What was heard of a note while it was spoken stands in its row until its text
// is there.
const heards = new Map();

function preview(id) {
  const title = document.querySelector(`#note-${id} .title`);
  if (!title || !heards.has(id)) return;
  if (title.nextElementSibling || !document.querySelector(`#note-${id} .state:not(.asks)`)) return heards.delete(id);
  const words = document.createElement("p");
  words.className = "excerpt clip";
  words.textContent = heards.get(id);
  title.after(words);
}

// narrow sets the search form to what is shown.
function narrow({ searchParams }) {
  const { q, type } = search.elements;
  if (document.activeElement !== q) q.value = searchParams.get("q") ?? "";
  type?.remove();
  if (!searchParams.has("type")) return;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "type", value: searchParams.get("type") });
  search.append(field);
}

function step(by) {
  const rows = [...region.querySelectorAll("[data-note]")];
  const at = rows.findIndex((row) => row.classList.contains("at") || row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by))];
  if (!next) return;
  for (const row of rows) row.classList.toggle("at", row === next);
  next.querySelector("a").focus();
}

function changed(recording) {
  estimate(recording);
  if (document.getElementById(`note-${recording.id}`)) update(recording.id);
  else if (first()) refresh();
}

// first tells whether the newest notes are shown, so that a new one belongs
// on top.
function first() {
  const { searchParams } = new URL(location.href);
  return !["after", "before", "q", "from", "until"].some((name) => searchParams.has(name));
}

// What is asked for often is fetched once in a while: the rows that changed, or
// the list where there are many.
let wanted = new Set();
let due = false;

function refresh() {
  update("list");
}

function update(what) {
  wanted.add(what);
  if (due) return;
  due = true;
  setTimeout(async () => {
    const now = wanted;
    wanted = new Set();
    const hits = new URL(location.href).searchParams.has("q"); // a row has one to show
    try {
      if (now.has("list") || now.size > 3 || hits) await load(location.href, false);
      else await Promise.all([...now].map(row));
    } catch {
      // an answer that broke off: the next change asks again
    } finally {
      due = false;
      if (wanted.size > 0) update([...wanted][0]);
    }
  }, 300);
}

// row fetches one row and puts it in its place.
async function row(id) {
  const answer = await fetch(`/app/notes/${id}/row`).catch(() => null);
  const old = document.getElementById(`note-${id}`);
  if (!old || !answer) return;
  if (answer.status === 404) return refresh(); // it was deleted
  if (!answer.ok || answer.redirected) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const next = template.content.querySelector("[data-note]");
  if (!next) return; // not from us
  const focused = old.contains(document.activeElement);
  next.classList.toggle("at", old.classList.contains("at"));
  old.replaceWith(next);
  if (focused) next.querySelector("a").focus({ preventScroll: true });
  if (lefts.has(id)) show(lefts.get(id));
  preview(id);
}

// again has a failed recording tried once more.
async function again(id) {
  try {
    changed(await call("POST", `/recordings/${id}/retry`));
  } catch (error) {
    toast(error.message);
    update(id);
  }
}

// How long a recording will still take is estimated from how it got on while
// this page watched; before that, from when it was begun.
const lefts = new Map();

function estimate({ id, status, progress, waiting_for: waiting, job }) {
  if (status !== "processing" || waiting || progress <= 0 || progress >= 1) return lefts.delete(id);
  const now = performance.now();
  const begun = job?.started_on ? now - Math.max(0, Date.now() - Date.parse(job.started_on)) : now;
  const known = lefts.get(id) ?? { id, samples: [[begun, 0]] };
  if (known.samples.at(-1)[1] !== progress) known.samples.push([now, progress]);
  if (known.samples.length > 12) known.samples.splice(1, 1); // the speed of late counts most
  const [from, done] = known.samples.length > 3 ? known.samples[1] : known.samples[0];
  const speed = (progress - done) / (now - from);
  known.seconds = speed > 0 ? (1 - progress) / speed / 1000 : 0;
  lefts.set(id, known);
  show(known);
}

function show({ id, seconds }) {
  const place = document.querySelector(`#note-${id} [data-left]`);
  if (!place || !seconds) return;
  const minutes = Math.round(seconds / 60);
  const words = seconds < 50 ? "Less than a minute left" : minutes < 90 ? `About ${Math.max(1, minutes)} min left` : `About ${Math.round(seconds / 3600)} h left`;
  if (place.textContent !== words) place.textContent = words;
}
