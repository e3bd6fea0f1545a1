// The queue while somebody looks at it: counts, asks, moves rows, tells, obeys keys.
import { enhance } from "./acknowledge.js";
import { clock, learnAges, showStale, start, zone } from "./frame.js";
import { Link } from "./link.js";
import { Poller } from "./poll.js";
import { Rows } from "./rows.js";
import { Speaker } from "./say.js";
import { search } from "./search.js";
import { canShare, Tabs } from "./tabs.js";
import { clockTime } from "./words.js";

const live = document.getElementById("live");
const speaker = new Speaker(document.getElementById("say"));
const ticker = start({
  keys: { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
          o: openOutside, a: acknowledge, "/": () => searchBox.focus() },
  on: {
    onCross: (chip, words) => {
      tell(chip, words);
      askSoon();
    },
    onWake: () => poller.now(),
    onTick: (now) => {
      link.tick(now, tabs?.isLeading ?? true);
      showStale(now);
    },
  },
});
const rows = new Rows(document.getElementById("rows"), ticker, (row) => {
  for (const chip of row.querySelectorAll("[data-chip]")) {
    const words = ticker.words(chip);
    if (words) tell(chip, words);
  }
});
for (const chip of document.querySelectorAll("[data-chip]")) speaker.learn(chip.dataset.timer, state(ticker.words(chip)));
const poller = new Poller(address(), clock, { answer, failure, signedOut: () => link.signedOut() }, live.dataset.etag);
const link = new Link(clock, zone, document.getElementById("notice"), () => poller.now());
let tabs = null;
elect();
const searchBox = search(document.getElementById("q"), ({ page, body }) => {
  history.replaceState(null, "", page);
  document.querySelector("#ack [name=back]").value = location.pathname + location.search;
  if (body !== null) show(body, { atOnce: true });
  poller.moveTo(address());
  elect();
});
enhance(document.getElementById("ack"), () => poller.now());
document.addEventListener("focusin", ({ target }) => here(target.closest?.("tr[data-row]")));

function address() {
  return live.dataset.rows + location.search;
}

// One tab of an address asks; the others listen.
function elect() {
  tabs?.close();
  tabs = null;
  if (!canShare()) {
    poller.start({ alone: true });
    return;
  }
  tabs = new Tabs(address(), { lead: () => poller.start(), follow: () => poller.stop(), message: heard });
}

function answer({ status, text, sources }) {
  link.answered();
  if (status === 200) show(text);
  confirmed(sources);
  tabs?.send({ text: status === 200 ? text : "", sources, serverMs: clock.nowMs() });
}

function heard({ text, sources, serverMs, inSeconds }) {
  if (inSeconds !== undefined) {
    link.failed(inSeconds);
    return;
  }
  const now = performance.now();
  clock.learn(serverMs, now - 50, now);
  link.answered();
  if (text) show(text);
  confirmed(sources);
}

function failure({ inSeconds }) {
  link.failed(inSeconds);
  tabs?.send({ inSeconds });
}

function confirmed(sources) {
  learnAges(sources);
  const now = clock.now();
  document.getElementById("updated").textContent = clockTime(now, zone);
}

// Take a newer answer apart: the parts by id, the rows by key.
function show(text, { atOnce = false } = {}) {
  const next = new DOMParser().parseFromString(text, "text/html");
  for (const id of ["notice", "tabs", "foot"]) {
    const mine = document.getElementById(id), other = next.getElementById(id);
    if (other && mine.innerHTML !== other.innerHTML && !mine.contains(document.activeElement)) mine.innerHTML = other.innerHTML;
  }
  const atRisk = next.getElementById("notice").dataset.atRisk;
  document.title = document.title.replace(/^(\(\d+\) )?/, atRisk === "0" ? "" : `(${atRisk}) `);
  rows.update(next.getElementById("rows"), { atOnce });
}

let asked = 0;

function askSoon() {
  if (performance.now() - asked < 2000) return;
  asked = performance.now();
  setTimeout(() => (tabs === null || tabs.isLeading) && poller.now(), 300);
}

function state(words) {
  return words?.css.includes("s-over") || words?.css.includes("is-over") ? `over ${words.css}` : words?.css;
}

function tell(chip, words) {
  const name = chip.closest("tr")?.dataset.name ?? "";
  const metric = chip.querySelector(".chip-metric").textContent.toLowerCase();
  speaker.note(chip.dataset.timer, state(words), `${name}, ${metric} ${words.state}, ${words.spoken}`);
}

function current() {
  return document.activeElement.closest?.("tr[data-row]") ?? document.querySelector("tr.is-here");
}

function here(row) {
  if (!row || row.classList.contains("is-here")) return;
  for (const other of document.querySelectorAll("tr.is-here")) {
    other.classList.remove("is-here");
    other.removeAttribute("aria-current");
  }
  row.classList.add("is-here");
  row.setAttribute("aria-current", "true");
}

function move(by) {
  const all = rows.all();
  const at = all.indexOf(current());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector(".subject").focus();
}

function openOutside() {
  current()?.querySelector("[data-outside]")?.click();
}

function acknowledge() {
  const row = current();
  const button = row?.querySelector(".q-act button");
  if (!button) return false;
  row.querySelector(".subject").focus();
  button.click();
  return true;
}
