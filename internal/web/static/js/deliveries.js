// A delivery that is on its way is looked at again until something came of it.
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow() {
  for (let pause = 300; document.querySelector("#delivery[data-pending]"); pause = Math.min(pause * 1.5, 5000)) {
    await wait(pause);
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#delivery");
    const shown = document.querySelector("#delivery");
    if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
  }
}

follow();
