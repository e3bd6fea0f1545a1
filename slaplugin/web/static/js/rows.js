// The table of the queue, brought up to date row by row: words at once, order a little later.
const SETTLE_MS = 3000;
const LONGEST_MS = 15000;

export class Rows {
  #root;
  #ticker;
  #onChange;
  #pending = null;
  #changedAt = 0;
  #timer = null;
  #pointerInside = false;

  // `onChange(rows)` is told of every row that is new or has other words than before.
  constructor(root, ticker, onChange) {
    this.#root = root;
    this.#ticker = ticker;
    this.#onChange = onChange;
    root.addEventListener("pointerenter", () => (this.#pointerInside = true));
    root.addEventListener("pointerleave", () => {
      this.#pointerInside = false;
      this.#settle();
    });
    ticker.take(root.querySelectorAll("[data-chip]"));
  }

  all() {
    return [...this.#root.querySelectorAll("tr[data-row]")];
  }

  // `next` is the same part of a newer answer.
  update(next, { atOnce = false } = {}) {
    const mine = new Map(this.all().map((row) => [row.dataset.row, row]));
    for (const row of next.querySelectorAll("tr[data-row]")) {
      const known = mine.get(row.dataset.row);
      if (known) this.#refresh(known, row);
    }
    if (order(this.#root) === order(next)) {
      this.#pending = null;
      this.#headings(next);
      return;
    }
    if (!this.#pending) this.#changedAt = performance.now();
    this.#pending = next;
    if (atOnce || mine.size === 0) this.#apply();
    else this.#settle();
  }

  // Rows keep their place for 3 s, and while a pointer or focus is among them, but not for ever.
  #settle() {
    clearTimeout(this.#timer);
    if (!this.#pending) return;
    const waited = performance.now() - this.#changedAt;
    const isBusy = this.#pointerInside || this.#root.contains(document.activeElement);
    const wait = (isBusy ? LONGEST_MS : SETTLE_MS) - waited;
    if (wait <= 0) this.#apply();
    else this.#timer = setTimeout(() => this.#settle(), Math.min(wait, 500));
  }

  #apply() {
    const next = this.#pending;
    this.#pending = null;
    const focus = focused(this.#root);
    const mine = new Map(this.all().map((row) => [row.dataset.row, row]));
    const added = [];
    for (const row of next.querySelectorAll("tr[data-row]")) {
      const known = mine.get(row.dataset.row);
      if (!known) {
        added.push(row);
        continue;
      }
      mine.delete(row.dataset.row);
      row.replaceWith(known);
    }
    for (const row of mine.values()) this.#ticker.drop(row.querySelectorAll("[data-chip]"));
    this.#root.replaceChildren(...next.childNodes);
    for (const row of added) {
      this.#ticker.take(row.querySelectorAll("[data-chip]"));
      this.#onChange(row);
    }
    if (focus) refocus(this.#root, focus);
  }

  #refresh(row, next) {
    let changed = false;
    for (const [place, cell] of [...row.cells].entries()) {
      const other = next.cells[place];
      if (!other || cell.dataset.html === other.innerHTML || (!cell.dataset.html && cell.innerHTML === other.innerHTML)) continue;
      const focus = cell.contains(document.activeElement);
      this.#ticker.drop(cell.querySelectorAll("[data-chip]"));
      cell.replaceChildren(...[...other.childNodes].map((node) => document.importNode(node, true)));
      this.#ticker.take(cell.querySelectorAll("[data-chip]"));
      if (focus) (cell.querySelector("a, button") ?? row.querySelector(".subject")).focus({ preventScroll: true });
      changed = true;
    }
    row.dataset.name = next.dataset.name;
    if (changed) this.#onChange(row);
  }

  #headings(next) {
    const headings = [...next.querySelectorAll("tr.group th")];
    for (const [place, heading] of [...this.#root.querySelectorAll("tr.group th")].entries()) {
      if (headings[place] && heading.innerHTML !== headings[place].innerHTML) heading.innerHTML = headings[place].innerHTML;
    }
    if (!next.querySelector("table") && this.#root.innerHTML !== next.innerHTML) this.#root.innerHTML = next.innerHTML;
  }
}

function order(root) {
  return [...root.querySelectorAll("tbody[data-group]")]
    .map((group) => [group.dataset.group, ...[...group.querySelectorAll("tr[data-row]")].map((row) => row.dataset.row)].join("\n"))
    .join("\n\n");
}

function focused(root) {
  const at = document.activeElement;
  const row = root.contains(at) ? at.closest("tr[data-row]") : null;
  if (!row) return null;
  const rows = [...root.querySelectorAll("tr[data-row]")];
  return { key: row.dataset.row, place: rows.indexOf(row), isSubject: at.classList.contains("subject"), isButton: at.matches("button") };
}

// The same row, or the one that took its place.
function refocus(root, { key, place, isSubject, isButton }) {
  const rows = [...root.querySelectorAll("tr[data-row]")];
  const row = rows.find((one) => one.dataset.row === key) ?? rows[Math.min(place, rows.length - 1)];
  if (!row) return;
  const wanted = isButton ? row.querySelector("button") : isSubject ? row.querySelector(".subject") : row.querySelector(".meta a");
  (wanted ?? row.querySelector(".subject"))?.focus({ preventScroll: true });
}
