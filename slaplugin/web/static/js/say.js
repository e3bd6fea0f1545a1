// What a screen reader is told while the page lives: changes of state, one sentence every ten seconds at most.
const GAP_MS = 10000;

export class Speaker {
  #element;
  #states = new Map();
  #waiting = [];
  #last = -Infinity;
  #timer = null;

  constructor(element) {
    this.#element = element;
  }

  // Remember how things stand, without a word.
  learn(timer, css) {
    this.#states.set(timer, css);
  }

  // Say that a timer's state is another one now; nothing when it is not.
  note(timer, css, sentence) {
    const known = this.#states.get(timer);
    this.#states.set(timer, css);
    if (known === undefined || known === css) return;
    this.#waiting.push(sentence);
    this.#flush();
  }

  #flush() {
    if (this.#timer || this.#waiting.length === 0) return;
    const wait = this.#last + GAP_MS - performance.now();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#last = performance.now();
      const many = this.#waiting.length;
      this.#element.textContent = many === 1 ? this.#waiting[0] : `${many} tickets changed state`;
      this.#waiting = [];
    }, Math.max(wait, 200));
  }
}
