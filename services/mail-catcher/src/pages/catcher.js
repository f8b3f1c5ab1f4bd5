// @ts-nocheck Runs in the browser; the project is checked for Node.
// Keeps the list as it is in the catcher, and gives the frame of a mail the height of the mail.
const live = document.querySelector("[data-live]");
if (live !== null) {
  const refresh = async () => {
    const response = await fetch(location.href);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    live.innerHTML = page.querySelector("[data-live]").innerHTML;
    document.querySelector(".count").textContent = page.querySelector(".count").textContent;
    document.title = page.title;
  };
  new EventSource("/events").onmessage = refresh;
  // Ages grow old.
  setInterval(refresh, 30_000);
}

const frame = document.querySelector("iframe.body");
if (frame !== null) {
  const fit = () => {
    // A document is never less high than its frame, so it is measured in a frame without height.
    frame.style.height = "0";
    const height = frame.contentDocument?.documentElement?.scrollHeight ?? 0;
    frame.style.height = height > 0 ? `${height + 2}px` : "";
  };
  frame.addEventListener("load", fit);
  addEventListener("resize", fit);
  fit();
}
