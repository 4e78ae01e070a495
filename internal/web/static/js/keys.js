// Keys of a page. keys({ e: ["Edit", fn] }) makes the key e do fn, and lists it
// in the help that ? shows. Later calls add to it. A null fn lists a key that
// works by other means. Names are those of KeyboardEvent.key; Space is " ".
//
// While one types, and together with Ctrl, Alt or Meta, keys are left alone.

const known = new Map();

export function keys(more) {
  for (const [key, [words, act]] of Object.entries(more)) known.set(key, { words, act });
}

keys({ "?": ["Show these keys", help] });

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || typing(event.target)) return;
  const it = known.get(event.key);
  if (!it?.act || (pressing(event.target) && (event.key === " " || event.key === "Enter"))) return;
  if (it.act(event) !== false) event.preventDefault();
});

function typing(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=button], [type=submit])");
}

// pressing tells whether Space and Enter already mean something there.
function pressing(target) {
  return target.matches("a[href], button, summary, input:not([type=range]), label, audio, video");
}

// Who has a mouse finds the help at the foot of the page.
for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", help);
}

const names = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

function help() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = "Keys";
  const list = document.createElement("dl");
  list.className = "keys";
  for (const [key, { words }] of known) {
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = names[key] ?? key;
    term.append(cap);
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    list.append(term, meaning);
  }
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "actions";
  const close = document.createElement("button");
  close.className = "button";
  close.textContent = "Close";
  form.append(close);
  dialog.append(title, list, form);
  dialog.addEventListener("close", () => dialog.remove()); // focus goes back by itself
  document.body.append(dialog);
  dialog.showModal();
}
