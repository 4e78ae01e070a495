// One attempt to send sound over a socket while it is spoken: the server says how
// much of it is safe, and what it hears. See docs/live.md.

import { problemOf, Refused } from "./problem.js";
import { uploads } from "./tus.js";

const part = 64 << 10; // bytes in one message
const most = 1 << 20; // bytes that wait in the browser to be sent
const stalled = 10_000; // sound that is not safe for so long: the connection is dead
const ending = 60_000; // the server may look at it for so long

let refusals = 0; // of sockets, by a server that answers requests

// socketPossible tells whether a socket can be had here: some proxies let none
// through.
export function socketPossible() {
  return refusals < 2 && "WebSocket" in globalThis;
}

// bySocket goes on with one upload until it ends or breaks off, and gives the
// outcome, see send. gotOn is called when more of it is safe.
export function bySocket(what, gotOn) {
  return new Promise((resolve) => new Session(what, gotOn, resolve));
}

class Session {
  #what;
  #gotOn;
  #resolve;
  #socket;
  #open = false;
  #begun = false; // the server said where to go on
  #ended = false; // it was told that this is all
  #over = false;
  #sent = 0; // where what was sent ends
  #safe = 0; // where what is safe ends
  #watch = null;

  constructor(what, gotOn, resolve) {
    this.#what = what;
    this.#gotOn = gotOn;
    this.#resolve = resolve;
    this.#socket = new WebSocket(address());
    this.#socket.addEventListener("open", () => this.#start());
    this.#socket.addEventListener("message", ({ data }) => this.#told(JSON.parse(data), data));
    this.#socket.addEventListener("close", () => this.#closed());
    what.signal.addEventListener("abort", this.#stop);
    addEventListener("offline", this.#stop);
    this.#wind();
  }

  // wind gives the server time to say what it owes, if it owes anything. A
  // connection that is dead says nothing.
  #wind() {
    clearTimeout(this.#watch);
    const owes = !this.#begun || this.#ended || this.#sent > this.#safe;
    this.#watch = owes ? setTimeout(this.#stop, this.#ended ? ending : stalled) : null;
  }

  #stop = () => this.#end({ status: 0 });

  #end(outcome) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#watch);
    this.#what.signal.removeEventListener("abort", this.#stop);
    removeEventListener("offline", this.#stop);
    this.#socket.close();
    this.#resolve(outcome);
  }

  async #closed() {
    if (!this.#over) this.#end(this.#open ? { status: 0, broken: true } : await whyNot());
  }

  #say(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #start() {
    this.#open = true;
    refusals = 0;
    const { metadata, mime, url } = this.#what;
    this.#say({ type: "start", content_type: mime, name: metadata.name, kind: metadata.type, language: metadata.language, upload: url ? url.split("/").at(-1) : undefined });
    this.#wind();
  }

  #told(message, text) {
    if (this.#over) return;
    switch (message.type) {
      case "started":
        return this.#go(message);
      case "stored":
        this.#gotOn();
        return this.#stored(message.offset);
      case "words":
        return this.#what.live.words(message);
      case "recording":
        return this.#end({ id: message.recording.id });
      case "problem":
        return this.#end({ status: message.status, words: problemOf(message.status, text), retryAfter: message.retry_after });
    }
  }

  #stored(offset) {
    this.#safe = offset;
    this.#what.tell({ sent: offset, state: "sending" });
    this.#wind();
  }

  // go sends from where the server's sound ends.
  async #go({ upload, offset, ...news }) {
    const url = new URL(`${uploads}/${upload}`, location.href).href;
    if (url !== this.#what.url) this.#what.keepURL((this.#what.url = url));
    this.#begun = true;
    this.#sent = offset;
    this.#stored(offset);
    this.#what.live.started(news);
    try {
      while (await this.#next());
    } catch (error) {
      this.#end({ status: 0, refused: error instanceof Refused ? error : null });
    }
  }

  // next sends a part once there is one, and tells whether more will come.
  async #next() {
    const { value, done } = await this.#what.source.slice(this.#sent, this.#sent + part);
    const bytes = await value?.arrayBuffer();
    if (this.#over) return false;
    const owed = this.#sent > this.#safe;
    if (bytes) this.#socket.send(bytes);
    this.#sent += bytes?.byteLength ?? 0;
    if (done) this.#say({ type: "end" });
    this.#ended = done;
    if (!owed || done) this.#wind();
    while (this.#socket.bufferedAmount > most && !this.#over) await new Promise((go) => setTimeout(go, 50));
    return !done;
  }
}

function address() {
  const url = new URL("/recordings/live", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

// whyNot tells why no socket was opened, which a browser keeps to itself: the
// same address, asked in the ordinary way, does not.
async function whyNot() {
  const answer = await fetch(address().replace("ws", "http")).catch(() => null);
  if (!answer) return { status: 0 };
  const { status } = answer;
  if (status === 401 || status === 429 || status >= 500) {
    return { status, words: problemOf(status, await answer.text().catch(() => "")), retryAfter: Number(answer.headers.get("Retry-After")) };
  }
  refusals++;
  return { status: 0 };
}
