// What every page does: the menu on small screens, ages that grow, keys that go elsewhere.
import { ServerClock } from "./clock.js";
import { listen } from "./keys.js";
import { Ticker } from "./ticker.js";

const root = document.documentElement;
export const zone = root.dataset.zone ?? "UTC";
export const clock = new ServerClock(Number(root.dataset.serverTime));

// Start the page: `keys` are its own keys, `on` what its countdowns report.
export function start({ keys = {}, on = {} } = {}) {
  const menu = document.getElementById("menu");
  menu.addEventListener("click", () => {
    const isOpen = menu.closest(".rail").classList.toggle("is-open");
    menu.setAttribute("aria-expanded", String(isOpen));
  });
  listen(keys);
  const ticker = new Ticker(clock, zone, on);
  ticker.start();
  return ticker;
}

// When each source was last read, as the answer's header says it.
export function learnAges(header) {
  for (const pair of header.split(", ")) {
    const [name, at] = pair.split("=");
    const line = at && document.querySelector(`[data-source="${CSS.escape(name)}"] [data-read-at], [data-source="${CSS.escape(name)}"] .push`);
    if (line) line.dataset.readAt = at;
  }
}

// Sources that are older than they should be turn amber, and back.
export function showStale(now) {
  for (const line of document.querySelectorAll("[data-source]")) {
    const at = line.querySelector("[data-read-at]")?.dataset.readAt;
    const isStale = at !== undefined && now - Number(at) > Number(line.dataset.staleAfter);
    if (line.classList.contains("t-risk") === isStale) continue;
    line.classList.toggle("t-risk", isStale);
    line.querySelector("b").classList.toggle("t-risk", isStale);
    line.querySelector("use").setAttribute("href", isStale ? "#i-risk" : "#i-dot-ok");
  }
}
