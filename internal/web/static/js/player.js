// The sound of a note: played, shown as it goes, and tied to the words of its
// text. The server knows how long it is; files that browsers record do not say.

const NEAR = 3; // seconds that one step back or forward goes
const REST = 1500; // ms after a hand moved the page, before it may follow again

export function player(sheet) {
  const audio = sheet.querySelector("audio");
  if (!audio) return silence();
  const play = sheet.querySelector(".play");
  const scrub = sheet.querySelector(".scrub input");
  const clock = sheet.querySelector(".clock");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let words = [];
  let times = [];
  let now = -1; // which word is marked
  let following = true;
  let moved = 0; // when a hand last moved the page
  let wanted = null; // where to go once the browser knows the file
  let frame = 0;

  audio.controls = false;

  const seconds = () => Number(sheet.dataset.seconds) || (Number.isFinite(audio.duration) ? audio.duration : 0);
  const at = () => wanted ?? audio.currentTime;

  function toggle() {
    if (audio.paused) {
      following = true;
      audio.play().catch(broken);
    } else {
      audio.pause();
    }
  }

  function seek(to) {
    const most = seconds() || Infinity;
    wanted = Math.max(0, Math.min(to, most));
    following = true;
    if (audio.readyState > 0) {
      audio.currentTime = wanted;
      wanted = null;
    } else {
      audio.load();
    }
    show();
  }

  audio.addEventListener("loadedmetadata", () => {
    scrub.max = seconds();
    if (wanted !== null) seek(wanted);
    show();
  });

  // broken says why nothing is heard, in the place of what would play it.
  function broken(error) {
    if (error?.name === "AbortError") return; // paused before it began
    sheet.dataset.state = "broken";
    play.disabled = true;
    clock.textContent = "This browser cannot play the sound. Download it to hear it.";
    clock.removeAttribute("aria-hidden");
  }
  audio.addEventListener("error", () => broken(audio.error));

  for (const name of ["play", "pause", "ended"]) {
    audio.addEventListener(name, () => {
      const playing = !audio.paused && !audio.ended;
      sheet.dataset.state = playing ? "playing" : "paused";
      play.setAttribute("aria-label", playing ? "Pause" : "Play");
      cancelAnimationFrame(frame);
      if (playing) tick();
      else show();
    });
  }
  audio.addEventListener("seeked", show);

  function tick() {
    show();
    frame = requestAnimationFrame(tick);
  }

  // show brings clock, waveform and text to where the sound is.
  function show() {
    if (sheet.dataset.state === "broken") return;
    const whole = seconds();
    const time = at();
    const told = `${clockOf(time)} / ${clockOf(whole)}`;
    if (clock.textContent !== told) {
      clock.textContent = told;
      scrub.setAttribute("aria-valuetext", `${clockOf(time)} of ${clockOf(whole)}`);
    }
    if (document.activeElement !== scrub || !scrub.matches(":active")) scrub.value = time;
    const left = whole ? 100 - Math.min(100, (time / whole) * 100) : 100;
    for (const bars of sheet.querySelectorAll(".played")) bars.style.clipPath = `inset(-2px ${left}% -2px 0)`;
    mark(time);
    if (!audio.paused) follow();
  }

  // mark shows which word is being said: the last that began.
  function mark(time) {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time * 100 + 1) low = middle + 1;
      else high = middle;
    }
    const word = time > 0 || !audio.paused ? low - 1 : -1;
    if (word === now) return;
    words[now]?.classList.remove("now");
    words[word]?.classList.add("now");
    now = word;
  }

  // follow keeps the word in view, unless a hand moved the page away from it.
  function follow() {
    const word = words[now];
    if (!word?.checkVisibility()) return; // its text is being edited
    const box = word.getBoundingClientRect();
    const bottom = sheet.getBoundingClientRect().top - 24;
    const inView = box.top > 24 && box.bottom < (bottom > 0 ? bottom : innerHeight);
    if (!following) {
      following = inView && performance.now() - moved > REST;
    } else if (!inView) {
      scrollBy({ top: box.top - innerHeight / 3, behavior: still.matches ? "instant" : "smooth" });
    }
  }

  function byHand() {
    following = false;
    moved = performance.now();
  }
  addEventListener("wheel", byHand, { passive: true });
  addEventListener("touchmove", byHand, { passive: true });
  addEventListener("keydown", (event) => {
    if (["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key) && event.target !== scrub) byHand();
  });

  play.addEventListener("click", toggle);
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  // The range's own steps are tenths of a second, for the pointer.
  scrub.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -NEAR, ArrowDown: -NEAR, ArrowRight: NEAR, ArrowUp: NEAR, PageDown: -30, PageUp: 30 }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    seek(at() + step);
  });
  sheet.querySelector("select")?.addEventListener("change", (event) => {
    audio.playbackRate = Number(event.target.value);
  });

  show();
  return {
    toggle,
    seek,
    step: (by) => seek(at() + by),
    word: () => words[now] ?? null,
    // read takes the words of a text, in place of those before, as they were
    // said: where two speak at once, times go back from one turn to the next.
    read(text) {
      const said = Array.from(text?.querySelectorAll("[data-t]") ?? [], (word) => [Number(word.dataset.t), word]);
      said.sort(([a], [b]) => a - b);
      words = said.map(([, word]) => word);
      times = said.map(([time]) => time);
      now = -1;
      show();
    },
    // renew takes what the server knows by now: length and waveform.
    renew(fresh) {
      sheet.dataset.seconds = fresh.dataset.seconds;
      scrub.max = fresh.dataset.seconds;
      const shapes = fresh.querySelectorAll("path.bars");
      sheet.querySelectorAll("path.bars").forEach((bars, i) => bars.setAttribute("d", shapes[i]?.getAttribute("d") ?? ""));
      show();
    },
  };
}

// silence is the player of sound that is gone.
function silence() {
  return { toggle() {}, seek() {}, step() {}, word: () => null, read() {}, renew() {} };
}

function clockOf(seconds) {
  const s = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
