// One attempt to send sound over a socket while it is spoken: the server says how
// much of it is safe, and what it hears. See docs/live.md.

import { problemOf, Refused } from "./problem.js";
import { uploads } from "./tus.js";

const part = 64 << 10; // bytes read at once
const size = 8 << 10; // of one message: the server keeps, and says so of, none that is half there
const most = 1 << 20; // bytes that wait in the browser to be sent
const stalled = 10_000; // sound that is not safe for so long: the connection is dead
const restarts = 1012; // what a server closes sockets with that stops
const ending = 60_000; // the server may look at it for so long

let refusals = 0; // of sockets, in a row, where the server answers requests
let refusedOn = 0;
const fades = 600_000; // networks change

// socketPossible tells whether a socket can be had here: some proxies let none
// through, or open one and let no message through.
export function socketPossible() {
  if (performance.now() - refusedOn > fades) refusals = 0;
  return refusals < 2 && "WebSocket" in globalThis;
}

function countRefusal() {
  refusals++;
  refusedOn = performance.now();
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
  #leaving = false; // what to say of it is being found out
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
    this.#socket.addEventListener("close", ({ code }) => this.#closed(code));
    what.signal.addEventListener("abort", this.#stop);
    addEventListener("offline", this.#stop);
    this.#wind();
  }

  // wind gives the server time to say what it owes, if it owes anything. A
  // connection that is dead says nothing.
  #wind() {
    clearTimeout(this.#watch);
    const owes = !this.#begun || this.#ended || this.#sent > this.#safe;
    this.#watch = owes ? setTimeout(() => this.#silent(), this.#ended ? ending : stalled) : null;
  }

  // silent ends a connection on which the server does not say what it owes.
  #silent() {
    if (this.#begun) return this.#stop();
    this.#socket.close();
    this.#closed();
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

  async #closed(code) {
    if (this.#over || this.#leaving) return;
    this.#leaving = true;
    if (!this.#open) return this.#end(await whyNot());
    if (!this.#begun && code !== restarts) countRefusal();
    this.#end({ status: 0, broken: true });
  }

  #say(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #start() {
    this.#open = true;
    const { metadata, mime, url, live } = this.#what;
    const begin = url ? { upload: url.split("/").at(-1), heard: live.until } : { name: metadata.name, kind: metadata.type, language: metadata.language };
    this.#say({ type: "start", content_type: mime, ...begin });
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
        return this.#made(message.recording);
      case "problem":
        return this.#problem(message, text);
    }
  }

  // made: a server ends a recording by itself after almost a day. What it has
  // not got then is no file without its beginning, so all of it stays here.
  async #made({ id, audio }) {
    this.#leaving = true;
    clearTimeout(this.#watch);
    const { done } = await this.#what.source.slice(audio.size, audio.size + 1).catch(() => ({}));
    if (done) return this.#end({ id });
    this.#end({ refused: new Refused("The server has ended this recording, as it does after a day. What it has is in your notes; what you said after that is not.") });
  }

  #problem({ status, retry_after }, text) {
    const words = problemOf(status, text);
    if (status !== 423 || !this.#begun) return this.#end({ status, words, retryAfter: retry_after });
    this.#end({ refused: Object.assign(new Refused("Another page or program has taken over sending it."), { taken: true }) });
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
    refusals = 0;
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
    if (this.#over || this.#socket.readyState !== WebSocket.OPEN) return false;
    const owed = this.#sent > this.#safe;
    for (let at = 0; at < (bytes?.byteLength ?? 0); at += size) this.#socket.send(bytes.slice(at, at + size));
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
  const answer = await fetch(address().replace("ws", "http"), { signal: AbortSignal.timeout(stalled) }).catch(() => null);
  if (!answer) return { status: 0 };
  const { status } = answer;
  if (status === 401 || status === 429 || status >= 500) {
    return { status, words: problemOf(status, await answer.text().catch(() => "")), retryAfter: Number(answer.headers.get("Retry-After")) };
  }
  countRefusal();
  return { status: 0 };
}
