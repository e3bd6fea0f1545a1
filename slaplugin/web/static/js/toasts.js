// What has just happened and what follows: 6 s, 12 s with Undo, longer under a pointer or focus, two at most.
const SHORT_MS = 6000;
const LONG_MS = 12000;

export function show(text, { icon = "met", undo = null } = {}) {
  const place = document.getElementById("toasts");
  const toast = document.createElement("div");
  toast.className = "toast-x";
  toast.setAttribute("role", "status");
  toast.append(picture(icon), Object.assign(document.createElement("span"), { textContent: text }));
  if (undo) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-bare", textContent: "Undo" });
    button.addEventListener("click", () => {
      toast.remove();
      undo();
    });
    toast.append(button);
  }
  place.append(toast);
  while (place.children.length > 2) place.firstElementChild.remove();
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else toast.remove();
  };
  setTimeout(leave, undo ? LONG_MS : SHORT_MS);
}

export function picture(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}
