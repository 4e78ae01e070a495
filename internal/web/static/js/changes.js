// Changes of recordings, as the server tells of them while somebody looks. A
// page that is hidden lets go of its connection: a browser has but six to a
// server that speaks HTTP/1.1, for all tabs together.

const again = 30_000; // ms after which one that was refused is tried anew

// follow calls told with each recording that changed, and missed after a time
// of which nobody told. It gives a function that ends it.
export function follow(path, told, missed = () => {}) {
  let events = null;
  let timer = 0;
  let gap = false;

  function open() {
    clearTimeout(timer);
    events = new EventSource(path);
    events.addEventListener("recording", (event) => told(JSON.parse(event.data)));
    events.addEventListener("error", () => {
      gap = true;
      if (events?.readyState === EventSource.CLOSED) timer = setTimeout(open, again); // signed out, perhaps
    });
    events.addEventListener("open", () => {
      if (gap) missed();
      gap = false;
    });
  }

  function close() {
    clearTimeout(timer);
    events?.close();
    events = null;
    gap = true;
  }

  function seen() {
    const hidden = document.visibilityState === "hidden";
    if (hidden) close();
    else if (!events) open();
  }

  document.addEventListener("visibilitychange", seen);
  seen();
  return () => {
    document.removeEventListener("visibilitychange", seen);
    close();
  };
}
