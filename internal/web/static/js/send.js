// Sending sound to the server for as long as it takes: a lost network, a server
// that restarts and a session that ended are waited for. There are two ways to
// one upload, which go on from each other's offset: a socket, by which words
// come back while somebody speaks, and the tus protocol, for files and where no
// socket can be had.

import { bySocket, socketPossible } from "./live.js";
import { Refused } from "./problem.js";
import { byTus } from "./tus.js";

// send sends one thing and gives the id of the recording that the server made
// of it. what is
//
//   source    { size, slice(start, end) } as tus-js-client wants it; size is
//             null where it is not known yet
//   mime      what the sound is, for live
//   metadata  of the recording
//   person    the id of whose it is
//   url       where the server has a part of it already, or ""
//   keepURL   is told each new url, "" when the server knows nothing of it
//   tell      is told of { sent, state }: bytes, and "sending", "offline",
//             "busy" (the server has words: words) or "signed-out"
//   live      { started(news), words(news), until }, told of words as they are
//             heard; until is up to which second; none where nobody is speaking
//   signal    stops it; the promise never settles then
//
// It throws Refused. An attempt by either way gives { id } of the recording, or
// { status, words, retryAfter, broken, refused }: an HTTP status, 0 where the
// server could not be reached; whether a connection stood until then; and why
// the source refused, if it did.
export async function send(what) {
  let failures = 0;
  for (;;) {
    const way = what.live && socketPossible() ? bySocket : byTus;
    if (way === byTus) what.live?.started({ live: false, detail: "No words come while you speak: the network here lets none through. The text comes once you are done." });
    const outcome = (await mayNotBegin(what)) ?? (await way(what, () => (failures = 0)).catch(() => ({ status: 0 })));
    if (what.signal.aborted) return new Promise(() => {});
    if (outcome.id) return outcome.id;
    if (outcome.refused) throw outcome.refused;
    if (refuses.has(outcome.status)) throw new Refused(outcome.words);
    if (what.url && gone.has(outcome.status)) {
      what.url = "";
      await what.keepURL("");
      if (failures++ === 0) continue;
    }
    const state = states[outcome.status] ?? "busy";
    const hitch = failures === 0 && (state === "busy" || outcome.broken); // of one nobody needs to hear
    if (!hitch) what.tell({ state, words: outcome.words });
    await rest(failures++, outcome.retryAfter, what.signal);
  }
}

// mayNotBegin makes sure that an upload begins as the person's whose it is: in
// another tab somebody else may have signed in.
async function mayNotBegin({ person, url }) {
  if (url) return null; // the server knows whose that is
  const page = await fetch("/app").catch(() => null);
  if (!page?.ok) return { status: page?.status ?? 0 };
  const place = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[data-person]");
  if (!place) return { status: 401 };
  if (Number(place.dataset.person) === Number(person)) return null;
  return { refused: new Refused("Somebody else is signed in here by now, so it is not sent: it would become theirs. Sign in again, and try again.") };
}

// What statuses mean: the server will not take it; it does not know the upload
// (any more); it cannot be reached, or not as this person.
const refuses = new Set([400, 403, 405, 413, 415, 422]);
const gone = new Set([404, 410]);
const states = { 0: "offline", 401: "signed-out", 502: "offline", 504: "offline" };

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
