// Says when the server does not answer, and since when: times go on from what was known then.
import { clockTime } from "./words.js";
import { picture } from "./toasts.js";

const SILENT_SECONDS = 15;
const OLD_SECONDS = 60;

export class Link {
  #clock;
  #zone;
  #place;
  #retry;
  #box = null;

  // `place` is where a notice stands; `retry` asks at once.
  constructor(clock, zone, place, retry) {
    this.#clock = clock;
    this.#zone = zone;
    this.#place = place;
    this.#retry = retry;
  }

  answered() {
    this.#box?.remove();
    this.#box = null;
    document.body.classList.remove("is-stale");
  }

  failed(inSeconds) {
    if (this.#clock.silence() >= SILENT_SECONDS) this.#say(inSeconds);
  }

  // Every second: what nobody confirmed for a minute is shown as old.
  tick(now, isAsking) {
    const silence = this.#clock.silence();
    document.body.classList.toggle("is-stale", isAsking && silence >= OLD_SECONDS);
  }

  signedOut() {
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: "Sign in again" });
    this.#write("You are signed out. What you see is from before. ", "", link);
  }

  #say(inSeconds) {
    const since = clockTime(this.#clock.now() - Math.round(this.#clock.silence()), this.#zone);
    const again = Object.assign(document.createElement("a"), { href: location.href, textContent: "Try now" });
    again.addEventListener("click", (event) => {
      event.preventDefault();
      this.#retry();
    });
    const lead = `No answer from the server since ${since}.`;
    this.#write(lead, ` Times go on from what was known then. Next try in ${inSeconds} s. `, again);
  }

  #write(lead, text, link) {
    const box = document.createElement("div");
    box.className = "notice";
    box.setAttribute("role", "status");
    const words = document.createElement("span");
    words.append(Object.assign(document.createElement("b"), { textContent: lead }), text, link);
    box.append(picture("cloud"), words);
    if (this.#box) this.#box.replaceWith(box);
    else this.#place.after(box);
    this.#box = box;
  }
}
