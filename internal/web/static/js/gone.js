// With a deleted account goes what this browser keeps of it: recordings that
// were not sent, texts that were not saved. What it keeps of others stays.

import { openDevice } from "./device.js";

const person = Number(document.querySelector("[data-gone]").dataset.gone);

const device = await openDevice();
for (const thing of await device.all()) if (thing.person === person) await device.remove(thing);

for (const name of Object.keys(localStorage)) {
  if (name.startsWith(`draft ${person} `) || name.startsWith(`talkit-upload ${person} `)) localStorage.removeItem(name);
}
