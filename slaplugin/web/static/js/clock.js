// The server's time in the browser, whatever the machine's clock says: it counts on performance.now() alone.
const KEPT = 8;
const JUMP_MS = 250;

export class ServerClock {
  #samples = [];
  #base = 0;

  // The page itself is the first answer: it was written at `serverMs`, asked for and received at the times of its load.
  constructor(serverMs) {
    const load = performance.getEntriesByType?.("navigation")[0];
    const received = load?.responseStart || performance.now();
    this.#base = serverMs - ((load?.requestStart || received) + received) / 2;
    this.#samples.push({ base: this.#base, roundTrip: Infinity });
    this.answeredAt = performance.now();
  }

  // An answer that says `serverMs`, asked for and received at these performance times. The quickest of the last eight
  // tells best; a difference that nobody could see is left alone.
  learn(serverMs, sent, received) {
    const sample = { base: serverMs - (sent + received) / 2, roundTrip: received - sent };
    this.#samples = [...this.#samples, sample].slice(-KEPT);
    this.answeredAt = received;
    // A machine that slept has a new base in every new answer: old samples would hold the old time.
    if (Math.abs(sample.base - this.#base) > sample.roundTrip + JUMP_MS) this.#samples = [sample];
    const best = this.#samples.reduce((one, other) => (other.roundTrip < one.roundTrip ? other : one));
    if (Math.abs(best.base - this.#base) >= JUMP_MS) this.#base = best.base;
  }

  // Milliseconds of the server's time now.
  nowMs() {
    return performance.now() + this.#base;
  }

  // Whole seconds, as the server counts them.
  now() {
    return Math.floor(this.nowMs() / 1000);
  }

  // Seconds since the server last answered.
  silence() {
    return (performance.now() - this.answeredAt) / 1000;
  }
}
