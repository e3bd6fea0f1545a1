// One timer for the page, aligned to the server's second. Touches only what is on screen and only what changed.
import { describe, isOutdated, paint, read } from "./chips.js";
import { ago } from "./words.js";

const WAKE_MS = 3000;

export class Ticker {
  #clock;
  #zone;
  #onCross;
  #onWake;
  #onTick;
  #seen = new Set();
  #known = new WeakMap();
  #watch = new IntersectionObserver((entries) => this.#noticed(entries), { rootMargin: "200px" });
  #last = null;

  // `onCross` is told of each countdown that changed its state by itself, `onWake` that time has passed unseen.
  constructor(clock, zone, { onCross = () => {}, onWake = () => {}, onTick = () => {} } = {}) {
    this.#clock = clock;
    this.#zone = zone;
    this.#onCross = onCross;
    this.#onWake = onWake;
    this.#onTick = onTick;
  }

  start() {
    this.#schedule();
    for (const [target, name] of [[document, "visibilitychange"], [window, "pageshow"], [window, "online"]]) {
      target.addEventListener(name, () => {
        if (document.visibilityState !== "visible") return;
        this.tick();
        this.#onWake();
      });
    }
  }

  // Count these elements from now on; what the server wrote there is where they begin.
  take(elements) {
    for (const element of elements) {
      this.#known.set(element, { facts: read(element), shown: null, asked: false });
      this.#watch.observe(element);
    }
  }

  drop(elements) {
    for (const element of elements) {
      this.#watch.unobserve(element);
      this.#seen.delete(element);
    }
  }

  tick() {
    const now = this.#clock.now();
    for (const element of this.#seen) this.#show(element, now);
    for (const element of document.querySelectorAll("[data-age]")) {
      write(element, ago(now - Number(element.dataset.age)));
    }
    for (const element of document.querySelectorAll("[data-read-at]")) {
      write(element, `${ago(now - Number(element.dataset.readAt))} ago`);
    }
    this.#onTick(now);
  }

  // What a countdown says at this second, on screen or not; null when it is done.
  words(element) {
    const known = this.#known.get(element);
    return known ? describe(known.facts, this.#clock.now(), this.#zone) : null;
  }

  #schedule() {
    const passed = this.#clock.nowMs() % 1000;
    setTimeout(() => {
      this.#wakeful();
      this.tick();
      this.#schedule();
    }, 1000 - passed + 1);
  }

  // Two ticks far apart by either clock: the machine slept, or somebody set its time.
  #wakeful() {
    const here = { wall: Date.now(), run: performance.now() };
    if (this.#last && Math.max(Math.abs(here.wall - this.#last.wall), here.run - this.#last.run) > WAKE_MS) this.#onWake();
    this.#last = here;
  }

  #noticed(entries) {
    const now = this.#clock.now();
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && target.isConnected) {
        this.#seen.add(target);
        this.#show(target, now);
      } else {
        this.#seen.delete(target);
      }
    }
  }

  #show(element, now) {
    const known = this.#known.get(element);
    const words = known && describe(known.facts, now, this.#zone);
    if (!words) return;
    const text = [words.css, words.time, words.state, words.due, words.share].join("\n");
    if (text !== known.shown) {
      const crossed = !element.classList.contains(words.css.split(" ")[0]);
      paint(element, words);
      known.shown = text;
      if (crossed) this.#onCross(element, words);
    }
    if (!known.asked && isOutdated(known.facts, now)) {
      known.asked = true;
      this.#onCross(element, words);
    }
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
