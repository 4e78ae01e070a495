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

const some = 16; // pieces that are brought from memory to the disk at once

class Device {
  #keeps; // whether the browser keeps anything at all
  #db = null; // null while the connection is closed
  #opening = null;
  #turn = Promise.resolve(); // what changes something is done one after the other
  #things = new Map(); // what could not be written to the database, or not all of it
  #pieces = new Map(); // that are not written to it, or not yet

  constructor(db) {
    this.#keeps = db !== null;
    if (db) this.#use(db);
  }

  #use(db) {
    this.#db = db;
    db.onversionchange = () => this.#leave(db);
    db.onclose = () => this.#leave(db);
  }

  #leave(db) {
    db.close();
    if (this.#db === db) this.#db = null;
  }

  // connection gives the one that is open, or a new one: a browser closes them
  // when it is asked to clear what sites keep, and when the disk fails.
  async #connection() {
    if (!this.#keeps) throw new Error("this browser keeps nothing");
    this.#opening ??= this.#db ? null : openDatabase().then((db) => this.#use(db)).finally(() => (this.#opening = null));
    await this.#opening;
    return this.#db ?? this.#connection();
  }

  // lasting tells whether all that is here outlives the page.
  get lasting() {
    return this.#keeps && !this.fleeting;
  }

  // fleeting tells whether something is here that does not.
  get fleeting() {
    return this.#things.size > 0;
  }

  async begin(fields) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
    const thing = { id, person: 0, type: "note", language: "", name: "", from: "microphone", startedOn: Date.now(), seconds: 0, size: 0, ended: false, url: "", mime: "", refused: "", ...fields };
    await this.#put(thing);
    return thing;
  }

  // put writes a thing, and what of it is in memory alone. Where there is no
  // room for that, it still writes the thing: where the server takes it counts
  // more than anything. What cannot be written stays in memory.
  #put(thing) {
    return this.#inTurn(async () => {
      const all = await this.#write(thing, some).catch(() => this.#write(thing, 0)).catch(() => false);
      if (all) this.#things.delete(thing.id);
      else this.#things.set(thing.id, thing);
    });
  }

  // write brings the oldest pieces to the disk first, and the size that the disk
  // gets is where they end: what is there is always whole from its start. It
  // tells whether that is all.
  async #write(thing, most) {
    const waiting = this.#pieces.get(thing.id) ?? [];
    const now = waiting.slice(0, most);
    const size = waiting[now.length]?.start ?? thing.size;
    await this.#run(["things", "pieces"], (things, pieces) => {
      for (const piece of now) pieces.put(piece);
      things.put({ ...thing, size });
    });
    const left = (this.#pieces.get(thing.id) ?? []).filter((piece) => !now.includes(piece));
    if (left.length > 0) this.#pieces.set(thing.id, left);
    else this.#pieces.delete(thing.id);
    return now.length === waiting.length;
  }

  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  // append adds a piece of sound at the end. When the disk is full it stays in
  // memory, so that it can still be sent, until there is room again.
  async append(thing, blob, seconds) {
    const bytes = await blob.arrayBuffer();
    const piece = { thing: thing.id, start: thing.size, bytes };
    Object.assign(thing, { size: thing.size + blob.size, seconds });
    this.#pieces.set(thing.id, [...(this.#pieces.get(thing.id) ?? []), piece]);
    await this.#put(thing);
  }

  async change(thing, fields) {
    Object.assign(thing, fields);
    await this.#put(thing);
  }

  // get reads a thing as it is kept, undefined if it is there no more.
  async get(id) {
    return this.#things.get(id) ?? (this.#keeps ? this.#run(["things"], (things) => things.get(id)) : undefined);
  }

  // all lists what is a person's or nobody's, everyone's where no person is
  // given, oldest first.
  async all(person) {
    const kept = this.#keeps ? await this.#run(["things"], (things) => things.getAll()) : [];
    const there = [...kept.filter((t) => !this.#things.has(t.id)), ...this.#things.values()];
    return there.filter((t) => person === undefined || t.person === person || t.person === 0).sort((a, b) => a.startedOn - b.startedOn);
  }

  // read gives some of the bytes from start on, at most most of them; null where
  // there are none. It throws where the device does not let them be read.
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

  // from gives pieces in order, beginning with the one that holds start. Where
  // the database cannot be read, memory may have it.
  async #from(thing, start) {
    const here = this.#pieces.get(thing.id) ?? [];
    if (!this.#keeps) return here;
    try {
      return [...(await this.#stored(thing.id, start)), ...here].sort((a, b) => a.start - b.start);
    } catch (error) {
      if (here.some((piece) => piece.start <= start && start < piece.start + piece.bytes.byteLength)) return here;
      throw error;
    }
  }

  async #stored(id, start) {
    let all;
    await this.#run(["pieces"], (pieces) => {
      const last = pieces.openKeyCursor(IDBKeyRange.bound([id, 0], [id, start]), "prev");
      last.onsuccess = () => {
        const first = last.result ? last.result.key : [id, 0];
        all = pieces.getAll(IDBKeyRange.bound(first, [id, Infinity]), 256);
      };
    }, "readonly");
    return all.result;
  }

  remove(thing) {
    return this.#inTurn(async () => {
      this.#things.delete(thing.id);
      this.#pieces.delete(thing.id);
      if (!this.#keeps) return;
      await this.#run(["things", "pieces"], (things, pieces) => {
        things.delete(thing.id);
        pieces.delete(IDBKeyRange.bound([thing.id, 0], [thing.id, Infinity]));
      });
    });
  }

  // run does work in one transaction and gives the result of the request that
  // work returned. What was written is on the disk then. Whatever goes wrong but
  // a full disk may be the connection, so it is tried once more over a new one.
  async #run(stores, work, mode = "readwrite") {
    const db = await this.#connection();
    try {
      return await transact(db, stores, work, mode);
    } catch (error) {
      if (error.name === "QuotaExceededError") throw error;
      this.#leave(db);
    }
    return transact(await this.#connection(), stores, work, mode);
  }
}

function transact(db, stores, work, mode) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(stores, mode, { durability: "strict" }); // throws where the connection is closed, which rejects
    const request = work(...stores.map((name) => tx.objectStore(name)));
    tx.oncomplete = () => resolve(request?.result);
    tx.onabort = () => reject(tx.error ?? new Error("the device did not keep it"));
  });
}
