// What an earlier visit left on this device is said and sent: recordings of a
// tab that was closed or of a time without network, and what was shared to the
// app.

import { openDevice } from "./device.js";
import { Delivery, alone } from "./delivery.js";

export async function sendUnfinished(person) {
  const device = await openDevice();
  for (const thing of await device.all(person)) {
    alone(thing, () => goOn(device, thing.id, person));
  }
}

// goOn has the thing alone: no other tab is recording or sending it any more.
async function goOn(device, id, person) {
  const thing = await device.get(id);
  if (!thing || (thing.person !== 0 && thing.person !== person)) return;
  if (thing.size === 0) return device.remove(thing);
  await device.change(thing, { ended: true, person });
  const delivery = new Delivery(device, thing, { earlier: "Is on this device from an earlier visit." });
  delivery.show();
  await delivery.run();
}
