// Sending sound to the server by the tus protocol, for as long as it takes: a
// lost network, a server that restarts and a session that ended are waited for.

import { problemOf } from "./problem.js";

const uploads = "/recordings/uploads";
const part = 8 << 20; // bytes in one request
const stalled = 60_000; // a request that moves nothing for so long is given up

// Refused is what the server does not take, in words for people.
export class Refused extends Error {}

// send sends one thing and gives the id of the recording that the server made
// of it. what is
//
//   source    { size, slice(start, end) } as tus-js-client wants it; size is
//             null where it is not known yet
//   metadata  of the recording
//   url       where the server has a part of it already, or ""
//   keepURL   is told each new url, "" when the server knows nothing of it
//   tell      is told of { sent, state }: bytes, and "sending", "offline",
//             "busy" (the server has words: words) or "signed-out"
//   signal    stops it; the promise never settles then
//
// It throws Refused.
export async function send(what) {
  let failures = 0;
  for (;;) {
    let outcome;
    try {
      const tus = await library();
      outcome = await attempt(tus, what, () => (failures = 0));
    } catch (error) {
      outcome = { status: 0, error };
    }
    if (what.signal.aborted) return new Promise(() => {});
    if (outcome.id) return outcome.id;
    if (outcome.error?.causingError instanceof Refused) throw outcome.error.causingError; // of the source
    if (refuses.has(outcome.status)) throw new Refused(outcome.words);
    if (what.url && gone.has(outcome.status)) {
      what.url = "";
      await what.keepURL("");
      if (failures++ === 0) continue;
    }
    const state = states[outcome.status] ?? "busy";
    if (failures > 0 || state !== "busy") what.tell({ state, words: outcome.words }); // of one hitch nobody needs to hear
    await rest(failures++, outcome.retryAfter, what.signal);
  }
}

// What statuses mean: the server will not take it; it does not know the upload
// (any more); it cannot be reached, or not as this person.
const refuses = new Set([400, 403, 405, 413, 415, 422]);
const gone = new Set([404, 410]);
const states = { 0: "offline", 401: "signed-out", 502: "offline", 504: "offline" };

// attempt goes on with one upload until it ends or breaks off. gotOn is called
// for each part that the server has.
function attempt(tus, what, gotOn) {
  return new Promise((resolve) => {
    let watch = null; // while a request is under way
    let over = false;
    const still = () => {
      clearTimeout(watch);
      watch = null;
    };
    const end = (outcome) => {
      still();
      over = true;
      what.signal.removeEventListener("abort", stop);
      resolve(outcome);
    };
    const wind = () => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        upload.abort();
        end({ status: 0 });
      }, stalled);
    };
    const stop = () => {
      upload.abort();
      end({});
    };
    // tus-js-client sends what it waited for even if it was stopped meanwhile.
    const slice = async (from, to) => {
      const given = await what.source.slice(from, to);
      return over ? new Promise(() => {}) : given;
    };
    const upload = new tus.Upload({}, {
      // Without an endpoint tus-js-client does not begin anew when it cannot
      // ask how far it came.
      endpoint: what.url ? null : new URL(uploads, location.href).href,
      uploadUrl: what.url || null,
      metadata: what.metadata,
      uploadLengthDeferred: what.source.size === null,
      chunkSize: part,
      retryDelays: null,
      fileReader: { openFile: async () => ({ size: what.source.size, slice, close() {} }) },
      fingerprint: async () => null, // where it stands is kept by who calls
      onBeforeRequest: wind,
      onAfterResponse: still,
      onUploadUrlAvailable: () => {
        if (upload.url !== what.url) what.keepURL((what.url = upload.url));
      },
      onProgress: (sent) => {
        what.tell({ sent, state: "sending" });
        if (watch) wind();
      },
      onChunkComplete: gotOn,
      onSuccess: ({ lastResponse }) => end(made(lastResponse)),
      onError: (error) => end(broken(error)),
    });
    what.signal.addEventListener("abort", stop);
    upload.start();
  });
}

function made(answer) {
  const id = answer.getHeader("Talkit-Recording");
  return id ? { id: Number(id) } : { status: 503, words: "" };
}

function broken(error) {
  const answer = error.originalResponse;
  if (!answer) return { status: 0, error };
  return { status: answer.getStatus(), words: problemOf(answer.getStatus(), answer.getBody()), retryAfter: Number(answer.getHeader("Retry-After")) };
}

// rest waits before the next attempt: longer each time, a minute at most, but
// no longer once the network is back or somebody looks at the page again.
function rest(failures, retryAfter, signal) {
  const most = retryAfter > 0 ? retryAfter * 1000 : Math.min(500 * 2 ** failures, 60_000) * (0.75 + Math.random() / 2);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, most);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}

// withdraw tells the server that no more will come of an upload. Where that
// does not reach it, it drops what it has after a day.
export function withdraw(url) {
  if (url) fetch(url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => {});
}

let tries = 0;

// library is tus-js-client, fetched when there is something to send. A browser
// may remember that a module could not be loaded, so each try has its own
// address.
async function library() {
  if (!globalThis.tus) await import(`./vendor/tus-4.3.1.js${tries ? `?${tries}` : ""}`).catch((error) => {
    tries++;
    throw error;
  });
  return globalThis.tus;
}
