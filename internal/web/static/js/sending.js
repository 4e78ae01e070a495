// The list of what is on its way to the server: a line for each recording and
// file, with how far it came, and what can be done about it.

const list = document.querySelector("[data-sending]");

// Line is one of them.
export class Line {
  #item = document.createElement("li");
  #title = document.createElement("p");
  #state = document.createElement("p");
  #bar = document.createElement("progress");
  #buttons = document.createElement("div");

  constructor(title) {
    this.#item.className = "row";
    this.#title.className = "title";
    this.#title.textContent = title;
    this.#bar.setAttribute("aria-label", `${title}: sent`);
    this.#buttons.className = "side";
    const words = document.createElement("div");
    words.append(this.#title, this.#state);
    this.#item.append(words, this.#buttons, this.#bar);
    list.append(this.#item);
    list.hidden = false;
  }

  say(words, bad = false) {
    this.#state.className = bad ? "error" : "excerpt";
    if (bad) this.#state.setAttribute("role", "alert");
    else this.#state.removeAttribute("role");
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }

  // progress shows what is done, 0 to 1; null hides it.
  progress(part) {
    this.#bar.hidden = part === null;
    this.#bar.value = Math.min(1, part ?? 0);
  }

  // offer shows buttons: [words, act] each.
  offer(...buttons) {
    this.#buttons.replaceChildren(...buttons.map(([words, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link quiet";
      button.textContent = words;
      button.setAttribute("aria-label", `${words}: ${this.#title.textContent}`);
      button.addEventListener("click", act);
      return button;
    }));
  }

  remove() {
    this.#item.remove();
    list.hidden = list.children.length === 0;
  }
}

// saysOf is what holds sending up, in words; kept says where the sound is.
export function saysOf(state, reason, kept) {
  switch (state) {
    case "offline":
      return words("The server cannot be reached.", kept, "Sending goes on by itself.");
    case "signed-out":
      return words("You are no longer signed in.", kept, "Sign in again, in another tab if you like, and sending goes on.");
  }
  return words(reason || "The server is busy.", kept, "It is tried again by itself.");
}

const words = (...sentences) => sentences.filter(Boolean).join(" ");

// sure asks before something is lost, and gives whether to do it.
export function sure(question, yes) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  const words = document.createElement("p");
  words.id = "ask-words";
  words.textContent = question;
  dialog.setAttribute("aria-labelledby", words.id);
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "actions";
  for (const [text, value, look] of [["Keep it", "", "button"], [yes, "yes", "button danger"]]) {
    const button = document.createElement("button");
    button.className = look;
    button.textContent = text;
    button.value = value;
    form.append(button);
  }
  dialog.append(words, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  }));
}
