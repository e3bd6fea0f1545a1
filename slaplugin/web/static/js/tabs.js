// Many tabs of one address, one that asks the server. Web Locks elect it, a BroadcastChannel carries its answers.
// The tab that was shown last leads: hidden ones are slowed down by browsers.

export function canShare() {
  return Boolean(navigator.locks && window.BroadcastChannel);
}

export class Tabs {
  #name;
  #channel;
  #on;
  #leaving = null;

  // `on.lead()`, `on.follow()`, `on.message(content)`.
  constructor(address, on) {
    this.#name = `slaplugin-poll:${address}`;
    this.#on = on;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.addEventListener("message", ({ data }) => this.#on.message(data));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && !this.isLeading) this.#request(true);
    });
    this.isLeading = false;
    this.#request(document.visibilityState === "visible");
  }

  send(content) {
    this.#channel.postMessage(content);
  }

  // Another address: leave this election.
  close() {
    this.#leaving?.abort();
    this.#leaving = null;
    this.#release?.();
    this.#channel.close();
    this.isLeading = false;
  }

  #release = null;

  async #request(takeOver) {
    this.#leaving?.abort();
    const leaving = new AbortController();
    this.#leaving = leaving;
    const options = takeOver ? { steal: true } : { signal: leaving.signal };
    try {
      await navigator.locks.request(this.#name, options, () => {
        if (leaving.signal.aborted) return undefined;
        this.isLeading = true;
        this.#on.lead();
        return new Promise((resolve) => (this.#release = resolve));
      });
    } catch {
      if (this.#leaving !== leaving) return; // left, or asked anew
      this.isLeading = false;
      this.#on.follow();
      this.#request(false); // next in line behind the one who took over
    }
  }
}
