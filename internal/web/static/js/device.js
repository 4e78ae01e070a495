// What is kept on this device until the server has it: recordings, piece by
// piece as they are made, and files that were shared to the app. Pages and the
// service worker use it.
//
// A kept thing is { id, person, type, language, name, from, startedOn, seconds,
// size, ended, url, mime, refused }: person is the id of whose it is, 0 while
// nobody's (it was shared before anyone signed in); language is "" where none
// was chosen; from is "microphone" or "share"; size is in
// bytes, and grows until ended; url is where the server takes it; refused is why
// it does not, in words.

let opened;

// openDevice gives the one store of this page. Where the browser keeps nothing,
// as some private windows do, it keeps things in memory, and says so: lasting
// is false.
export function openDevice() {
  opened ??= openDatabase().then((db) => new Device(db), () => new Device(null));
  return opened;
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("talkit", 1); // throws where there is none, which rejects
    request.onupgradeneeded = () => {
      request.result.createObjectStore("things", { keyPath: "id" });
      request.result.createObjectStore("pieces", { keyPath: ["thing", "start"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

class Device {
  #db;
  #things = new Map(); // what could not be written to the database
  #pieces = new Map();

  constructor(db) {
    this.#db = db;
    if (db) db.onversionchange = () => db.close();
  }

  // lasting tells whether all that is here outlives the page.
  get lasting() {
    return this.#db !== null && !this.fleeting;
  }

  // fleeting tells whether something is here that does not.
  get fleeting() {
    return this.#things.size + this.#pieces.size > 0;
  }

  async begin(fields) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
    const thing = { id, person: 0, type: "note", language: "", name: "", from: "microphone", startedOn: Date.now(), seconds: 0, size: 0, ended: false, url: "", mime: "", refused: "", ...fields };
    await this.#put(thing);
    return thing;
  }

  async #put(thing) {
    try {
      if (!this.#db || this.#things.has(thing.id)) throw new Error("in memory");
      await this.#run(["things"], (things) => things.put(thing));
    } catch {
      this.#things.set(thing.id, thing);
    }
  }

  // append adds a piece of sound at the end. When the disk is full it stays in
  // memory, so that it can still be sent.
  async append(thing, blob, seconds) {
    const piece = { thing: thing.id, start: thing.size, bytes: await blob.arrayBuffer() };
    Object.assign(thing, { size: thing.size + blob.size, seconds });
    try {
      if (!this.#db || this.#things.has(thing.id)) throw new Error("in memory");
      await this.#run(["things", "pieces"], (things, pieces) => {
        pieces.put(piece);
        things.put(thing);
      });
    } catch {
      if (!this.#pieces.has(thing.id)) this.#pieces.set(thing.id, []);
      this.#pieces.get(thing.id).push(piece);
    }
  }

  async change(thing, fields) {
    Object.assign(thing, fields);
    await this.#put(thing);
  }

  // get reads a thing as it is kept, undefined if it is there no more.
  async get(id) {
    return this.#things.get(id) ?? (this.#db && this.#run(["things"], (things) => things.get(id)));
  }

  // all lists what is a person's or nobody's, everyone's where no person is
  // given, oldest first.
  async all(person) {
    const kept = this.#db ? await this.#run(["things"], (things) => things.getAll()) : [];
    return [...kept, ...this.#things.values()].filter((t) => person === undefined || t.person === person || t.person === 0).sort((a, b) => a.startedOn - b.startedOn);
  }

  // read gives some of the bytes from start on, at most most of them; null where
  // there are none.
  async read(thing, start, most) {
    const parts = [];
    let at = start;
    for (const piece of await this.#from(thing, start)) {
      const end = piece.start + piece.bytes.byteLength;
      if (piece.start > at || at - start >= most) break;
      if (end <= at) continue;
      parts.push(piece.bytes.slice(at - piece.start, at - piece.start + most - (at - start)));
      at += parts.at(-1).byteLength;
    }
    return at > start ? new Blob(parts) : null;
  }

  // from gives pieces in order, beginning with the one that holds start.
  async #from(thing, start) {
    const kept = this.#db ? await this.#stored(thing.id, start) : [];
    return [...kept, ...(this.#pieces.get(thing.id) ?? [])].sort((a, b) => a.start - b.start);
  }

  #stored(id, start) {
    return new Promise((resolve, reject) => {
      const tx = this.#db.transaction("pieces");
      const pieces = tx.objectStore("pieces");
      const last = pieces.openKeyCursor(IDBKeyRange.bound([id, 0], [id, start]), "prev");
      last.onsuccess = () => {
        const first = last.result ? last.result.key : [id, 0];
        const all = pieces.getAll(IDBKeyRange.bound(first, [id, Infinity]), 256);
        all.onsuccess = () => resolve(all.result);
      };
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
  }

  async remove(thing) {
    this.#things.delete(thing.id);
    this.#pieces.delete(thing.id);
    if (!this.#db) return;
    await this.#run(["things", "pieces"], (things, pieces) => {
      things.delete(thing.id);
      pieces.delete(IDBKeyRange.bound([thing.id, 0], [thing.id, Infinity]));
    });
  }

  // run does work in one transaction and gives the result of the request that
  // work returned. What was written is on the disk then.
  #run(stores, work) {
    return new Promise((resolve, reject) => {
      const tx = this.#db.transaction(stores, "readwrite", { durability: "strict" });
      const request = work(...stores.map((name) => tx.objectStore(name)));
      tx.oncomplete = () => resolve(request?.result);
      tx.onerror = tx.onabort = () => reject(tx.error ?? new Error("the device did not keep it"));
    });
  }
}
