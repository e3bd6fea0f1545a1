// Ask the server again and again, conditionally: every 5 s, 60 s on a hidden page, slower while it does not answer.
const EVERY_MS = 5000;
const ALONE_MS = 15000;
const HIDDEN_MS = 60000;
const FAILED_MS = [5000, 10000, 20000, 40000, 60000];

export class Poller {
  #address;
  #clock;
  #on;
  #etag = null;
  #timer = null;
  #asking = false;
  #again = false;
  #failures = 0;
  #running = false;
  #every = EVERY_MS;

  // `on.answer({status, text, sources})`, `on.failure({since, inSeconds})`, `on.signedOut()`.
  // `etag` is that of what the page shows already.
  constructor(address, clock, on, etag = null) {
    this.#address = address;
    this.#etag = etag;
    this.#clock = clock;
    this.#on = on;
    document.addEventListener("visibilitychange", () => this.#schedule());
  }

  // Without other tabs to share with, ask less often.
  start({ alone = false } = {}) {
    this.#running = true;
    this.#every = alone ? ALONE_MS : EVERY_MS;
    this.now();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  moveTo(address) {
    this.#address = address;
    this.#etag = null;
    this.now();
  }

  // Ask at once; once more when an answer is under way.
  async now() {
    if (!this.#running) return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    clearTimeout(this.#timer);
    try {
      await this.#ask();
    } finally {
      this.#asking = false;
      if (this.#again) {
        this.#again = false;
        this.now();
      } else {
        this.#schedule();
      }
    }
  }

  async #ask() {
    const address = this.#address;
    const sent = performance.now();
    let answer, text, received;
    try {
      const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
      answer = await fetch(address, { headers, signal: AbortSignal.timeout(15000) });
      received = performance.now();
      text = answer.status === 200 ? await answer.text() : "";
    } catch {
      this.#failed();
      return;
    }
    if (answer.status === 401 || answer.redirected) {
      this.#on.signedOut?.();
      return;
    }
    if (answer.status !== 200 && answer.status !== 304) {
      this.#failed();
      return;
    }
    this.#failures = 0;
    const serverMs = Number(answer.headers.get("X-Server-Time"));
    if (serverMs) this.#clock.learn(serverMs, sent, received);
    if (address !== this.#address) return;
    if (answer.status === 200) this.#etag = answer.headers.get("ETag");
    this.#on.answer({ status: answer.status, text, sources: answer.headers.get("X-Sources") ?? "" });
  }

  #failed() {
    this.#failures += 1;
    this.#on.failure?.({ inSeconds: Math.round(this.#wait() / 1000) });
  }

  #wait() {
    if (this.#failures === 0) return document.hidden ? HIDDEN_MS : this.#every;
    return FAILED_MS[Math.min(this.#failures, FAILED_MS.length) - 1];
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (!this.#running || this.#asking) return;
    const spread = this.#failures ? 1 + (Math.random() - 0.5) * (2 / 3) : 1;
    this.#timer = setTimeout(() => this.now(), this.#wait() * spread);
  }
}
