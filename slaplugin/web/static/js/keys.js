// Single keys, for hands that stay on the keyboard. None fires while somebody types or with Ctrl, Alt or Meta, and all
// of them can be switched off (WCAG 2.1.4).
const SWITCH = "slaplugin-keys";
const GOTO_MS = 1500;

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

export function areOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

// `actions` maps a key to what it does; an action that returns false leaves the key to the browser.
export function listen(actions = {}) {
  let goingUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.id === "q") {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]") || !areOn()) return;
    if (performance.now() < goingUntil) {
      goingUntil = 0;
      const link = document.querySelector(`[data-goto="${CSS.escape(event.key)}"]`);
      if (link) link.click();
      return;
    }
    if (event.key === "g") goingUntil = performance.now() + GOTO_MS;
    else if (event.key === "?") openList();
    else if (!actions[event.key] || actions[event.key](event) === false) return;
    event.preventDefault();
  });
  dialog();
}

export function openList() {
  document.getElementById("keys")?.showModal();
}

function dialog() {
  const list = document.getElementById("keys");
  const box = document.getElementById("keys-on");
  box.checked = areOn();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(SWITCH, box.checked ? "on" : "off");
    } catch {
      // private windows without storage: the switch holds for nothing, the keys stay on
    }
  });
  list.querySelector("[data-close]").addEventListener("click", () => list.close());
  for (const opener of document.querySelectorAll("[data-keys]")) opener.addEventListener("click", openList);
}
