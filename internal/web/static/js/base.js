// What every page does: it tells the server where the person is, so that
// times are theirs, and closes the account menu when one looks elsewhere.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

for (const menu of document.querySelectorAll("details.account")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

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
