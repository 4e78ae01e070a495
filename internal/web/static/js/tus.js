// One attempt to send sound by the tus protocol: requests that append where the
// upload ends.

import { problemOf, Refused } from "./problem.js";

export const uploads = "/recordings/uploads";

const part = 8 << 20; // bytes in one request
const stalled = 60_000; // a request that moves nothing for so long is given up
const pace = 1000; // of what grows, no more than a request in so many ms

// byTus goes on with one upload until it ends or breaks off, and gives the
// outcome, see send. gotOn is called for each part that the server has.
export async function byTus(what, gotOn) {
  const tus = await library();
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
    let last = -pace;
    // tus-js-client sends what it waited for even if it was stopped meanwhile.
    const slice = async (from, to) => {
      const early = last + pace - performance.now();
      if (what.source.size === null && early > 0) await new Promise((done) => setTimeout(done, early));
      last = performance.now();
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
  if (!answer) return { status: 0, refused: error.causingError instanceof Refused ? error.causingError : null };
  return { status: answer.getStatus(), words: problemOf(answer.getStatus(), answer.getBody()), retryAfter: Number(answer.getHeader("Retry-After")) };
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
