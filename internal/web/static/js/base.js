// What every page does: it tells the server where the person is, so that
// times are theirs, and closes a menu when one chose from it or looks elsewhere.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-items > a")) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// toast says something that needs no answer.
export function toast(words) {
  const place = document.querySelector(".toasts");
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = words;
  place.replaceChildren(note);
  setTimeout(() => note.remove(), 6000);
}

// call asks an operation of the API, with the session. It gives the JSON of the
// answer, or throws an Error whose message is for people, with the status where
// there was an answer.
export async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The server cannot be reached. What you typed is still here; try again in a moment.");
  }
  if (answer.status === 401) {
    throw new Error("You are no longer signed in. Sign in again in another tab, then try once more.");
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || "That did not work. Try again."), { status: answer.status });
  }
  return answer.status === 204 ? null : answer.json();
}
