// What is kept on this device on its way to the server.

import { toast } from "./base.js";
import { Refused } from "./problem.js";
import { send, withdraw } from "./send.js";
import { Line, saysOf, sure } from "./sending.js";
import { bytes, span, timeOfDay } from "./say.js";

// Source is the sound of a kept thing as send reads it. It waits for
// more while the thing grows, and says that it is done in an answer of its own,
// without bytes: the server is told the length only once it has them all, so
// that no request can break off in between.
export class Source {
  size = null; // for tus: not known yet
  cut = false; // its end is not on this device, so it ends before
  #device;
  #thing;
  #wake = () => {};

  constructor(device, thing) {
    this.#device = device;
    this.#thing = thing;
  }

  // grown is called when there is more, or no more will come.
  grown() {
    this.#wake();
  }

  async slice(start, end) {
    for (;;) {
      const { size, ended } = this.#thing;
      if (start < size) return this.#read(start, end);
      if (ended) return { value: null, done: true };
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  // read gives what is there. A part may be gone: the browser cleared it away,
  // or had no room for it and the tab was closed. What comes before that is sent.
  async #read(start, end) {
    const value = await this.#device.read(this.#thing, start, end - start).catch(() => {
      throw new Refused("This browser does not let it be read from the device at the moment.");
    });
    this.cut = !value && this.#thing.ended && start > 0;
    if (!value && !this.cut) throw new Refused("A part of it is no longer on this device: the browser cleared it away.");
    return { value, done: this.cut };
  }
}

// alone runs work while no other tab of the browser has the thing, and waits
// for that.
export function alone(thing, work) {
  return navigator.locks ? navigator.locks.request(`talkit-${thing.id}`, work) : work();
}

// title is what a kept thing is called.
export function title(thing) {
  return thing.name || `Recording of ${span(thing.seconds)} from ${timeOfDay(thing.startedOn)}`;
}

// What the ends of files are called that media types do not say.
const endings = { mpeg: "mp3", mp4: "m4a", wave: "wav", "vnd.wave": "wav", "3gpp": "3gp", quicktime: "mov" };

// fileName is what a kept thing is called as a file. What was shared may have an
// ending in its name.
function fileName(thing, type) {
  const name = title(thing);
  const kind = type.split("/")[1]?.replace(/^x-/, "") ?? "";
  const ending = endings[kind] ?? (/^[a-z0-9]{2,4}$/.test(kind) ? kind : "");
  return !ending || /\.(?=\d*[a-z])[a-z0-9]{2,5}$/i.test(name) ? name : `${name}.${ending}`;
}

// described is what the server is told of a thing. What an older page kept has
// no language.
function described({ type, name, language }) {
  return Object.fromEntries(Object.entries({ type, name, language }).filter(([, value]) => value));
}

// Delivery takes one kept thing to the server, and forgets it here once the
// server has it.
export class Delivery {
  held = ""; // what holds it up, in words
  #earlier; // words of where it comes from
  #device;
  #thing;
  #source;
  #line = null;
  #live; // who is told of words as they are heard
  #sent = 0;
  #stop = new AbortController();
  #over;

  constructor(device, thing, { source = new Source(device, thing), earlier = "", live } = {}) {
    this.#device = device;
    this.#thing = thing;
    this.#source = source;
    this.#earlier = earlier;
    this.#live = live;
  }

  // run settles once the thing is gone from here: delivered, or removed by hand.
  run() {
    return new Promise((resolve) => {
      this.#over = resolve;
      this.#send();
    });
  }

  // show gives it a line in the list of what is on its way.
  show() {
    this.#line ??= new Line(title(this.#thing));
    if (this.#thing.refused) return this.#refused(this.#thing.refused);
    this.#line.offer(["Remove", () => this.#ask()]);
    this.#line.progress(0);
    this.#say(this.held || "Sending it goes on.");
  }

  #say(words, bad = false) {
    this.#line.say(`${this.#earlier} ${words}`.trim(), bad);
  }

  // drop forgets the thing, here and on the server.
  async drop() {
    this.#stop.abort();
    withdraw(this.#thing.url);
    await this.#device.remove(this.#thing);
    this.#end();
  }

  async #send() {
    const thing = this.#thing;
    if (thing.refused) return this.show();
    const metadata = described(thing);
    try {
      const id = await send({ source: this.#source, metadata, mime: thing.mime, person: thing.person, url: thing.url, live: this.#live, signal: this.#stop.signal,
        keepURL: (url) => this.#device.change(thing, { url }), tell: (news) => this.#told(news) });
      await this.#device.remove(thing);
      if (this.#source.cut) toast(`The end of “${title(thing)}” is missing: this device did not keep it.`);
      document.dispatchEvent(new CustomEvent("talkit:recording", { detail: { id, heard: this.#live?.text } }));
      this.#end();
    } catch (error) {
      const words = error instanceof Refused ? error.message : `It could not be sent (${error.message}).`;
      await this.#device.change(thing, { refused: words, url: error.taken ? thing.url : "" });
      this.show();
    }
  }

  #told({ sent, state, words }) {
    this.#sent = sent ?? this.#sent;
    this.held = state === "sending" ? "" : saysOf(state, words, this.#kept);
    if (!this.#line) return;
    const { size } = this.#thing;
    this.#line.progress(size > 0 ? this.#sent / size : 0);
    this.#say(this.held || (this.#sent >= size ? "All is there. The server looks at it." : `${bytes(this.#sent)} of ${bytes(size)} sent`));
  }

  // kept says that it is, where that was not said.
  get #kept() {
    if (!this.#device.lasting) return "Leave this page open: nothing else keeps it.";
    return this.#earlier ? "" : "It is kept on this device.";
  }

  // refused leaves it to the person what becomes of it.
  #refused(words) {
    this.#line.progress(null);
    this.#say(`${words} ${this.#kept}`, true);
    this.#line.offer(["Try again", () => this.#again()], ["Save as a file", () => this.#save()], ["Remove", () => this.#ask()]);
  }

  async #again() {
    await this.#device.change(this.#thing, { refused: "" });
    this.show();
    this.#send();
  }

  async #ask() {
    if (await sure(`Remove “${title(this.#thing)}”? The server does not have all of it. It cannot be brought back.`, "Remove")) this.drop();
  }

  // save makes a file of it, up to where a part is no longer there.
  async #save() {
    const parts = [];
    for (let at = 0; at < this.#thing.size; at += parts.at(-1).size) {
      const part = await this.#device.read(this.#thing, at, 8 << 20).catch(() => null);
      if (!part) {
        toast(at > 0 ? "The end of it is missing: this device did not keep it." : "Its beginning is no longer on this device, and the rest is no file without it.");
        break;
      }
      parts.push(part);
    }
    if (parts.length === 0) return;
    const type = this.#thing.mime.split(";")[0];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = fileName(this.#thing, type);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  #end() {
    this.#line?.remove();
    this.#line = null;
    this.#over();
  }
}
