// How things are said in the scripts of the pages.

// span is how long something lasts: "40 s", "2 min", "1 h 5 min".
export function span(seconds) {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const minutes = Math.round(s / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// clock is a running time: "0:47", "1:02:03".
export function clock(seconds) {
  const s = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const short = `${Math.floor(s / 60) % 60}:${two(s % 60)}`;
  return s < 3600 ? short : `${Math.floor(s / 3600)}:${short.padStart(5, "0")}`;
}

// timeOfDay is "09:14", with the day before it when that is not today.
export function timeOfDay(ms) {
  const at = new Date(ms);
  const time = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
  if (at.toDateString() === new Date().toDateString()) return time;
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, ${time}`;
}

// bytes is "3.4 MiB".
export function bytes(n) {
  for (const [size, unit] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]) {
    if (n >= size) return `${(n / size).toFixed(1)} ${unit}`;
  }
  return `${n} bytes`;
}

// titleOf makes a title of a file's name, "" of one that a machine gave: the
// first words say more than AUD-20260102-WA0003.
export function titleOf(fileName) {
  const name = fileName.replace(/\.[A-Za-z0-9]{1,5}$/, "").trim();
  const said = name.replace(/\b(new|audio|aud|voice|recording|record|rec|memo|note|ptt|vid|video|img|file|track|clip|wa\d+)\b/gi, "");
  return /\p{L}{3}/u.test(said.replaceAll("_", " ")) ? name.slice(0, 200) : "";
}
