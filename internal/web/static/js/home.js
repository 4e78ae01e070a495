// The page of a person's notes: the recorder, files, the list, its keys.

import { keys } from "./keys.js";
import { choose, sendingFiles, setUpFiles } from "./files.js";
import { openDevice } from "./device.js";
import { setUpList } from "./list.js";
import { recording, setUp, toggle } from "./recorder.js";
import { sendUnfinished } from "./unfinished.js";

const person = Number(document.querySelector("[data-recorder]").dataset.person);

setUp();
setUpFiles();
setUpList();
sendUnfinished(person);

keys({
  r: ["Record, and stop", toggle],
  u: ["Choose files", choose],
});
if (new URLSearchParams(location.search).has("record")) { // the shortcut of the installed app
  history.replaceState(null, "", "/app");
  toggle();
}

// Leaving is warned of when something would be lost.
let device;
openDevice().then((it) => (device = it));
addEventListener("beforeunload", (event) => {
  if (recording() || sendingFiles() || device?.fleeting) event.preventDefault();
});

if (isSecureContext) navigator.serviceWorker?.register("/app/sw.js", { type: "module", scope: "/app" }).catch(() => {});
