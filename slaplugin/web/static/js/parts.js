// A page that is asked for again: the parts that changed are put in place, the one that somebody works in is left.
export function take(text, { before = () => {}, after = () => {} } = {}) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const known = [...document.querySelectorAll("[data-part]")];
  const fresh = [...next.querySelectorAll("[data-part]")];
  if (known.map((one) => one.id).join() !== fresh.map((one) => one.id).join()) {
    const main = document.getElementById("main");
    before(main);
    main.replaceChildren(...next.getElementById("main").childNodes);
    after(main);
    document.title = next.title;
    return true;
  }
  for (const [place, part] of known.entries()) {
    if (part.innerHTML === fresh[place].innerHTML || inUse(part)) continue;
    before(part);
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    part.replaceWith(fresh[place]);
    for (const [at, one] of [...fresh[place].querySelectorAll("details")].entries()) one.open = open[at] ?? false;
    after(fresh[place]);
  }
  document.title = next.title;
  return false;
}

function inUse(part) {
  const selection = document.getSelection();
  const isSelected = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  return isSelected || part.contains(document.activeElement);
}
