// A text that is typed and not saved yet, kept in this browser for one person
// and one note.

export function draftOf(person, note) {
  const name = `draft ${person} ${note}`;
  return {
    get() {
      try {
        const kept = JSON.parse(localStorage.getItem(name));
        return typeof kept?.text === "string" ? kept : null;
      } catch {
        return null;
      }
    },
    set(kept) {
      try {
        localStorage.setItem(name, JSON.stringify(kept));
      } catch {
        // No room, or not allowed: then it is kept on the page alone.
      }
    },
    drop() {
      try {
        localStorage.removeItem(name);
      } catch {
        // then there is none
      }
    },
  };
}
