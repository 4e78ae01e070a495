// The words that are heard while somebody speaks: those that stay as they are
// in full ink, those that may still change lighter. They have their room before
// they come, so that nothing moves.

const place = document.querySelector("[data-heard]");
const [settled, open] = place.children;
const aloud = document.querySelector("[data-aloud]");

let shown = null; // whose words the place has

// Heard is what is heard of one recording.
export class Heard {
  #words = []; // that stay
  #note = "Words come here as you speak.";
  #resumed = false;
  #unsaid = ""; // for those who hear the page

  // show gives it the place.
  show() {
    shown = this;
    place.hidden = false;
    this.#draw([]);
  }

  // leave gives the place up, unless the next recording has it.
  leave() {
    if (shown !== this) return;
    place.hidden = true;
    aloud.textContent = "";
    shown = null;
  }

  // end is called when nobody speaks any more. What was heard stays.
  end() {
    if (this.#words.length === 0) this.leave();
  }

  get text() {
    return join(this.#words);
  }

  // until is up to which second of the recording words stay as they are.
  get until() {
    return this.#words.at(-1)?.end ?? 0;
  }

  // started is told by the server each time it begins to listen.
  started({ live, detail }) {
    if (!live) {
      this.#note = detail || "No words come while you speak. The text comes once you are done.";
      if (shown === this && this.#words.length === 0) aloud.textContent = this.#note;
    }
    this.#resumed = true;
    this.#draw([]);
  }

  // words are { confirmed, tentative }: more words that stay, and what may come
  // after them. The first after a connection was lost may be said again.
  words({ confirmed, tentative }) {
    if (this.#resumed && confirmed.length > 0) {
      const from = confirmed[0].start;
      this.#words = this.#words.filter((word) => word.start < from - 0.05);
      this.#resumed = false;
    }
    this.#words.push(...confirmed);
    this.#draw(tentative);
    this.#say(confirmed);
  }

  #draw(tentative) {
    if (shown !== this) return;
    const low = place.scrollHeight - place.scrollTop - place.clientHeight < 30; // who scrolled up is reading
    const text = this.text;
    if (settled.textContent !== text) settled.textContent = text;
    const more = tentative.map(({ word }) => word).join("");
    place.classList.toggle("none", text + more === "");
    open.textContent = text + more === "" ? this.#note : more;
    if (low) place.scrollTop = place.scrollHeight;
  }

  // say reads whole sentences to those who hear the page, not word by word.
  #say(words) {
    if (shown !== this) return;
    for (const word of words) {
      this.#unsaid += word.word;
      if (!/[.!?…]["'”’)]?$/.test(this.#unsaid) && this.#unsaid.length < 200) continue;
      aloud.textContent = this.#unsaid;
      this.#unsaid = "";
    }
  }
}

// Words begin with the space before them.
const join = (words) => words.map(({ word }) => word).join("").trimStart();
