// Files: chosen or dropped, two on their way at a time, each with its line.

import { Refused } from "./problem.js";
import { send, withdraw } from "./send.js";
import { Line, saysOf } from "./sending.js";
import { bytes, titleOf } from "./say.js";

const form = document.querySelector("[data-files]");
const input = form.querySelector("input[type=file]");
const most = Number(form.dataset.most);
const person = form.dataset.person;

const waiting = [];
let running = 0;
let open = 0; // not over yet

// sendingFiles tells whether leaving the page would break something off.
export function sendingFiles() {
  return open > 0;
}

export function setUpFiles() {
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("over");
  };
  addEventListener("dragenter", over);
  addEventListener("dragover", over);
  addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("over"));
  addEventListener("drop", (event) => {
    document.body.classList.remove("over");
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
}

// choose opens the browser's own dialog.
export function choose() {
  input.click();
}

function add(files) {
  for (const file of files) new Sending(file, form.elements.type.value, form.elements.language.value);
}

function next() {
  while (running < 2 && waiting.length > 0) waiting.shift().run();
}

class Sending {
  #file;
  #type;
  #language;
  #line;
  #stop = new AbortController();

  constructor(file, type, language) {
    this.#file = file;
    this.#type = type;
    this.#language = language;
    this.#line = new Line(file.name);
    open++;
    this.#wait();
  }

  #wait() {
    const { size } = this.#file;
    if (size === 0) return this.#fail(new Refused("The file is empty."));
    if (size > most) return this.#fail(new Refused(`The file has ${bytes(size)}; this server takes ${bytes(most)} at most. Send it in parts, or in a compressed format.`));
    this.#line.say(`${bytes(size)} · waits for its turn`);
    this.#line.progress(0);
    this.#line.offer(["Cancel", () => this.#cancel()]);
    waiting.push(this);
    next();
  }

  async run() {
    running++;
    const file = this.#file;
    const metadata = { type: this.#type, filename: file.name };
    if (titleOf(file.name)) metadata.name = titleOf(file.name);
    if (this.#language) metadata.language = this.#language;
    try {
      const source = { size: file.size, slice: (start, end) => slice(file, start, end) };
      const id = await Promise.race([this.#stopped(), send({ source, metadata, person, url: known(this.#key), signal: this.#stop.signal,
        keepURL: (url) => remember(this.#key, url), tell: (news) => this.#told(news) })]);
      if (id) document.dispatchEvent(new CustomEvent("talkit:recording", { detail: { id } }));
      this.#end();
    } catch (error) {
      this.#fail(error);
    }
    running--;
    next();
  }

  #stopped() {
    return new Promise((resolve) => this.#stop.signal.addEventListener("abort", () => resolve(0)));
  }

  // What makes a file the same as one that was half sent before.
  get #key() {
    const { name, size, lastModified } = this.#file;
    return `talkit-upload ${[person, this.#type + this.#language, size, lastModified, name].join(" ")}`;
  }

  #told({ sent = 0, state, words }) {
    const { size } = this.#file;
    if (state !== "sending") return this.#line.say(saysOf(state, words, "What it has is kept."));
    this.#line.progress(sent / size);
    this.#line.say(sent >= size ? "All is there. The server looks at it." : `${bytes(sent)} of ${bytes(size)}`);
  }

  #cancel() {
    withdraw(known(this.#key));
    const at = waiting.indexOf(this);
    if (at >= 0) waiting.splice(at, 1);
    this.#stop.abort();
    if (at >= 0) this.#end();
  }

  #fail(error) {
    remember(this.#key, "");
    open--;
    this.#line.progress(null);
    this.#line.say(error instanceof Refused ? error.message : `It could not be sent (${error.message}).`, true);
    this.#line.offer(["Try again", () => {
      open++;
      this.#wait();
    }], ["Remove", () => this.#line.remove()]);
  }

  #end() {
    remember(this.#key, "");
    open--;
    this.#line.remove();
  }
}

async function slice(file, start, end) {
  const value = file.slice(start, end);
  try {
    await value.slice(0, 1).arrayBuffer();
  } catch {
    throw new Refused("The file was changed or moved while it was sent. Choose it again.");
  }
  return { value, done: end >= file.size };
}

// Where the server takes a file is remembered for a day, so that one chosen
// again goes on where it was.
function known(key) {
  try {
    const { url, on } = JSON.parse(localStorage.getItem(key));
    return Date.now() - on < 86_400_000 ? url : "";
  } catch {
    return "";
  }
}

function remember(key, url) {
  try {
    if (url) localStorage.setItem(key, JSON.stringify({ url, on: Date.now() }));
    else localStorage.removeItem(key);
  } catch {
    // full or forbidden: then it begins anew
  }
}
