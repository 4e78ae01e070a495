// The recorder: one button, the voice as a moving picture, the time. What it
// hears goes to the device at once and to the server as it comes.

import { openDevice } from "./device.js";
import { Delivery, Source, alone } from "./delivery.js";
import { Heard } from "./heard.js";
import { Level } from "./level.js";
import { clock } from "./say.js";

const place = document.querySelector("[data-recorder]");
const part = (name) => document.querySelector(`[data-${name}]`);
const parts = { record: part("record"), pause: part("pause"), time: part("time"), call: part("call"), controls: part("controls"), words: part("words"), level: part("level"), type: part("type"), language: part("language") };
const level = new Level(parts.level);
const person = Number(place.dataset.person);

let now = null; // the recording under way
let asking = false; // for the microphone

export function setUp() {
  parts.record.addEventListener("click", toggle);
  parts.pause.addEventListener("click", () => now?.pause());
  const words = cannot();
  if (words) {
    show("blocked");
    say(words, true);
  }
}

// toggle starts a recording, or ends the one under way.
export function toggle() {
  if (now) now.stop();
  else if (!asking) start();
}

// recording tells whether leaving the page would end a recording.
export function recording() {
  return now !== null;
}

function say(words, bad = false) {
  if (parts.words.textContent !== words) parts.words.textContent = words;
  parts.words.className = bad ? "error" : "hint";
}

async function start() {
  const words = cannot();
  if (words) return say(words, true);
  asking = true;
  say("Allow the microphone, if the browser asks.");
  let stream;
  let begun;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true } });
    begun = new Recording(stream, await openDevice());
    await begun.start();
    now = begun;
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    show("idle");
    say(silent[error.name] ?? `The browser could not record (${error.name}). Choose files instead.`, true);
    await begun?.undo();
  } finally {
    asking = false;
  }
}

// cannot says why there can be no recording here, "" if there can.
function cannot() {
  if (!isSecureContext) return "A browser gives no microphone to a page without https. Ask whoever runs this server for its https address, or choose files.";
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) return "This browser cannot record. Use a newer one, or record with another program and choose the file here.";
  return "";
}

// silent says what keeps the microphone silent, by the name of the error.
const silent = {
  NotAllowedError: "This page may not use the microphone. Allow it beside the address of the page, or in the settings of the browser, then press record again. Or choose files.",
  NotFoundError: "There is no microphone. Plug one in and press record again, or choose files.",
  NotReadableError: "The microphone is switched off, or another program has it. Free it and press record again.",
};

// show switches between "idle", "recording", "paused" and "blocked".
function show(state) {
  const running = state === "recording" || state === "paused";
  place.dataset.state = state;
  parts.record.setAttribute("aria-label", running ? "Stop recording" : "Record");
  parts.call.hidden = running;
  parts.level.hidden = parts.controls.hidden = !running;
  parts.pause.textContent = state === "paused" ? "Go on" : "Pause";
  parts.type.disabled = parts.language.disabled = running;
  document.title = (state === "recording" ? "● " : "") + document.title.replace("● ", "");
}

const piece = 250; // ms of sound: so late are words at least

const formats = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

class Recording {
  #stream;
  #device;
  #recorder;
  #thing;
  #source;
  #delivery;
  #heard = new Heard();
  #kept = Promise.resolve(); // pieces are kept one after the other
  #before = 0; // seconds until the last pause
  #since = 0; // when it went on; 0 while it does not
  #ticks;
  #awake = null; // keeps the screen on
  #stopped = false; // by the person
  #lost = false; // a piece could not be kept

  constructor(stream, device) {
    this.#stream = stream;
    this.#device = device;
    this.#recorder = new MediaRecorder(stream, { mimeType: formats.find((f) => MediaRecorder.isTypeSupported(f)), audioBitsPerSecond: 64_000 });
  }

  async start() {
    level.listen(this.#stream);
    this.#thing = await this.#device.begin({ person, type: parts.type.value, language: parts.language.value, mime: this.#recorder.mimeType });
    this.#recorder.start(piece); // the last of what may fail
    this.#source = new Source(this.#device, this.#thing);
    this.#delivery = new Delivery(this.#device, this.#thing, { source: this.#source, live: this.#heard });
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#keep(data));
    this.#recorder.addEventListener("stop", () => this.#end()); // also when the microphone is gone
    this.#go(true);
    this.#ticks = setInterval(() => this.#tick(), 250);
    document.addEventListener("visibilitychange", this.#seen);
    this.#seen();
    this.#heard.show();
    alone(this.#thing, () => this.#delivery.run()).then(() => this.#heard.leave());
  }

  // undo leaves nothing of a start that failed.
  async undo() {
    level.end();
    if (this.#thing) await this.#device.remove(this.#thing);
  }

  #go(on) {
    this.#before = this.seconds;
    this.#since = on ? performance.now() : 0;
    level.go(on);
    show(on ? "recording" : "paused");
  }

  get seconds() {
    return this.#before + (this.#since && (performance.now() - this.#since) / 1000);
  }

  pause() {
    const paused = this.#recorder.state === "paused";
    if (paused) {
      this.#recorder.resume();
    } else {
      this.#recorder.requestData();
      this.#recorder.pause();
    }
    this.#go(paused);
    this.#tick();
  }

  stop() {
    this.#stopped = true;
    if (this.#recorder.state !== "inactive") this.#recorder.stop(); // the last piece comes, then "stop"
  }

  #keep(data) {
    if (data.size === 0) return;
    const seconds = this.seconds;
    this.#kept = this.#kept.then(async () => {
      await this.#device.append(this.#thing, data, seconds);
      this.#source.grown();
    }).catch(() => (this.#lost = true));
  }

  #tick() {
    parts.time.textContent = clock(this.seconds);
    if (this.#delivery.held) say(this.#delivery.held, true);
    else if (!this.#device.lasting) say("This browser keeps nothing on the device. Leave the page open until all is sent.", true);
    else if (this.#lost) say("The browser lost a part of what you said. The rest is kept.", true);
    else if (!this.#since) say("Paused. What you said is kept.");
    else if (this.seconds > 6 && !level.heard) say("The microphone gives no sound. Is it switched off?", true); // later silence is somebody who thinks
    else say("Saved on this device and on the server as you speak.");
  }

  // seen: a phone may end a page that is hidden without a word, and the lock
  // that keeps the screen on does not outlast hiding.
  #seen = async () => {
    if (document.visibilityState === "hidden") {
      if (this.#recorder.state === "recording") this.#recorder.requestData();
      return;
    }
    this.#awake = await navigator.wakeLock?.request("screen").catch(() => null);
    if (this.#recorder.state === "inactive") this.#awake?.release();
  };

  async #end() {
    this.#go(false);
    level.end();
    clearInterval(this.#ticks);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#awake?.release();
    for (const track of this.#stream.getTracks()) track.stop();
    try {
      await this.#kept;
      await this.#finish();
    } finally {
      now = null;
      show("idle");
      parts.time.textContent = clock(0);
    }
  }

  async #finish() {
    if (this.#thing.size === 0) {
      this.#heard.leave();
      say("Nothing was recorded.");
      return this.#delivery.drop();
    }
    this.#heard.end();
    await this.#device.change(this.#thing, { ended: true });
    this.#delivery.show();
    this.#source.grown();
    if (this.#lost) say("The browser lost a part of what you said. The rest is kept. You can record the next.", true);
    else if (this.#stopped) say("Kept. You can record the next.");
    else say("The microphone went away. What it heard is kept.", true);
  }
}
