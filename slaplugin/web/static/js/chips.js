// A countdown: what its data attributes say, what that means at an instant, and how it is shown.
// The rules are those of slaplugin/web/ui/chips.py.
import { moment, remaining, spoken } from "./words.js";

const whole = (text) => (text === undefined || text === "" ? null : Number(text));

// What the server said. Null `countingUntil` means that it stands still.
export function read(element) {
  const said = element.dataset;
  return {
    timer: said.timer, state: said.state, at: whole(said.at), remaining: whole(said.remaining),
    countingUntil: whole(said.countingUntil), resumesAt: whole(said.resumesAt), target: whole(said.target),
    riskAt: whole(said.riskAt), due: whole(said.due), breached: said.breached === "1", inDays: said.days === "1",
    reason: said.reason,
  };
}

// Class, icon, words and share at `now`; null for a timer that is done, which never changes.
export function describe(facts, now, zone) {
  if (facts.state !== "active" && facts.state !== "paused") return null;
  const left = remainingAt(facts, now);
  const isActive = facts.state === "active";
  const breached = facts.breached || (isActive && facts.due !== null && now > facts.due);
  const atRisk = isActive && !breached && facts.riskAt !== null && left <= facts.riskAt;
  const before = breached ? "breached, " : atRisk ? "at risk, " : "";
  const still = breached ? " is-over" : "";
  const counts = isActive && facts.countingUntil !== null && now < facts.countingUntil;
  let css, icon, state;
  if (!isActive) {
    [css, icon, state] = [`s-paused${still}`, "paused", `${before}paused: ${facts.reason}`];
  } else if (!counts) {
    const again = facts.resumesAt === null ? "does not count again" : `counts again ${moment(facts.resumesAt, now, zone)}`;
    [css, icon, state] = [`s-off${still}`, "off", before + again];
  } else if (breached) {
    [css, icon, state] = ["s-over", "over", "breached"];
  } else {
    [css, icon, state] = atRisk ? ["s-risk", "risk", "at risk"] : ["s-ok", "track", "on track"];
  }
  return {
    css, icon, state, remaining: left, time: remaining(left, facts.inDays, breached && isActive), spoken: spoken(left),
    due: counts && facts.due !== null ? `due ${moment(facts.due, now, zone)}` : "",
    share: Math.min(100, Math.max(0, Math.floor(((facts.target - left) * 100) / facts.target))),
  };
}

// Counted time left: it shrinks only inside the window that the server named.
export function remainingAt(facts, now) {
  if (facts.state !== "active" || facts.countingUntil === null) return facts.remaining;
  return facts.remaining - Math.max(0, Math.min(now, facts.countingUntil) - facts.at);
}

// Whether the server has to be asked what comes next: a window has ended, or an off-hours timer counts again.
export function isOutdated(facts, now) {
  if (facts.state !== "active") return false;
  if (facts.countingUntil !== null) return now >= facts.countingUntil;
  return facts.resumesAt !== null && now >= facts.resumesAt;
}

// Change a chip, or the big time of the ticket page, to these words; what says them already is left alone.
export function paint(element, words) {
  const kept = [...element.classList].filter((name) => !name.startsWith("s-") && name !== "is-over");
  attribute(element, "class", [...kept, ...words.css.split(" ")].join(" "));
  for (const use of element.querySelectorAll("[data-tag] use, .big use, :scope > .i use")) attribute(use, "href", `#i-${words.icon}`);
  text(element.querySelector(".chip-time, [data-time]"), words.time, words.spoken);
  text(element.querySelector(".chip-state"), words.state, words.state);
  text(element.querySelector("[data-state]"), words.state);
  text(element.querySelector(".chip-due"), words.due);
  text(element.querySelector("[data-share]"), String(words.share));
  const fill = element.querySelector(".fill");
  if (fill) attribute(fill, "width", `${words.share}%`);
  const tag = element.querySelector("[data-tag]");
  if (tag) attribute(tag, "class", ["tag", TAGS[words.css]].filter(Boolean).join(" "));
}

const TAGS = { "s-ok": "tag-ok", "s-risk": "tag-risk", "s-over": "tag-over" };

function text(element, words, title) {
  if (!element) return;
  if (element.textContent !== words) element.textContent = words;
  if (title !== undefined) attribute(element, "title", title);
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
