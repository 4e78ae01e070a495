// The service worker of the app does two things. What another app shares is
// kept on the device and sent from the page that opens. Where the server cannot
// be reached, a page says so. It keeps no page of anybody.

import { openDevice } from "./device.js";
import { titleOf } from "./say.js";

const cacheName = `offline ${import.meta.url}`; // a version is in the address
const offline = "/app/offline";

addEventListener("install", (event) => {
  event.waitUntil(keepOffline());
  skipWaiting();
});

addEventListener("activate", (event) => event.waitUntil(forgetOlder()));

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { pathname, origin } = new URL(url);
  if (origin !== location.origin) return;
  if (method === "POST" && pathname === "/app/share") event.respondWith(take(event.request));
  else if (method === "GET" && mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(offline)));
  else if (method === "GET" && pathname.startsWith("/static/")) {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(event.request)) ?? Response.error()));
  }
});

async function keepOffline() {
  const page = await fetch(offline, { credentials: "omit" });
  const files = (await page.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"#]+)/g);
  const needed = new Set([new URL("device.js", import.meta.url).pathname, ...Array.from(files, (found) => found[1])]);
  const cache = await caches.open(cacheName);
  await cache.put(offline, page);
  await cache.addAll([...needed]);
}

async function forgetOlder() {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
  await clients.claim();
}

const piece = 4 << 20; // bytes

// take keeps shared files on the device. Where it cannot, the server gets them
// at once.
async function take(request) {
  const form = await request.formData();
  const files = form.getAll("audio").filter((file) => file.size > 0);
  const device = await openDevice();
  const things = [];
  for (const file of files) {
    const thing = await device.begin({ name: titleOf(file.name), mime: file.type, from: "share" });
    things.push(thing);
    for (let at = 0; at < file.size; at += piece) await device.append(thing, file.slice(at, at + piece), 0);
    await device.change(thing, { ended: true });
  }
  if (device.lasting) return Response.redirect("/app", 303);
  for (const thing of things) await device.remove(thing);
  const answer = await fetch("/app/share", { method: "POST", body: form });
  return answer.redirected ? Response.redirect(answer.url, 303) : answer;
}
