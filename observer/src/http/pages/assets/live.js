// @ts-nocheck: it runs in a browser, whose names the other files must not see.
// Brings a page that shows the present up to date when the observer says that something changed, while somebody looks at it and is
// not using it. Where the observer cannot say so, it asks every few seconds.
const everyMs = 5_000;
let isBusy = false;
let polling;
let events;

async function refresh() {
  const main = document.querySelector("main[data-live]");
  const inUse =
    main === null || document.hidden || main.contains(document.activeElement) || !getSelection().isCollapsed;
  if (inUse) return;
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const nextMain = next.querySelector("main[data-live]");
  if (nextMain === null || main.contains(document.activeElement)) return;
  // Charts are drawn by a script of their own and stay.
  for (const kept of main.querySelectorAll("[data-keep]"))
    nextMain.querySelector(`#${CSS.escape(kept.id)}`)?.replaceWith(kept);
  const scrolled = [...main.querySelectorAll(".table-scroll")].map((one) => one.scrollLeft);
  main.replaceChildren(...nextMain.childNodes);
  for (const [at, one] of [...main.querySelectorAll(".table-scroll")].entries())
    one.scrollLeft = scrolled[at] ?? 0;
  document.title = next.title;
  const nav = document.querySelector("nav");
  const nextNav = next.querySelector("nav");
  if (nav && nextNav && !nav.contains(document.activeElement)) nav.replaceChildren(...nextNav.childNodes);
}

async function update() {
  if (isBusy) return;
  isBusy = true;
  await refresh().catch(() => undefined);
  isBusy = false;
}

function stopPolling() {
  clearInterval(polling);
  polling = undefined;
}

function startPolling() {
  polling ??= setInterval(update, everyMs);
}

/** A browser keeps only a few connections to one server open: a page that nobody sees gives its own back. */
function followVisibility() {
  events?.close();
  events = undefined;
  stopPolling();
  if (document.hidden) return;
  events = new EventSource("/events");
  events.addEventListener("changed", update);
  events.addEventListener("open", stopPolling);
  events.addEventListener("error", startPolling);
}

document.addEventListener("visibilitychange", () => {
  followVisibility();
  update();
});
addEventListener("pagehide", () => events?.close());
followVisibility();
