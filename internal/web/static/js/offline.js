// The page without a server: it says what waits on this device, and leaves as
// soon as there is a network again.

import { openDevice } from "./device.js";

const things = await (await openDevice()).all();
const place = document.querySelector("[data-waiting]");
if (things.length > 0) {
  place.textContent = things.length === 1 ? "One recording waits on this device. It is sent when you open your notes again."
    : `${things.length} recordings wait on this device. They are sent when you open your notes again.`;
}

addEventListener("online", () => location.replace("/app"));
