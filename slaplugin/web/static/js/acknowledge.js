// "Mine", without leaving the page: the form's own request, answered in words, with Undo.
import { show } from "./toasts.js";

// `onDone` is told when something changed, to ask the server at once.
export function enhance(form, onDone) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    const address = button?.getAttribute("formaction") ?? form.action;
    const ticket = button?.value;
    const message = await send(form, address, ticket);
    if (message === null) return;
    const undo = address === form.action ? () => withdraw(form, ticket, onDone) : null;
    show(message, { undo });
    onDone();
  });
}

async function withdraw(form, ticket, onDone) {
  const message = await send(form, form.dataset.undo, ticket);
  if (message !== null) show(message);
  onDone();
}

// The server's sentence; null when it refused, which is said where it happened.
async function send(form, address, ticket) {
  const body = new FormData(form);
  body.set("ticket", ticket);
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    complain("The server does not answer. Nothing was changed.");
    return null;
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said.message;
  complain([said.title, said.detail].filter(Boolean).join(" ") || "That did not work. Nothing was changed.");
  return null;
}

function complain(text) {
  const place = document.querySelector("#notice, #p-notice");
  const box = Object.assign(document.createElement("div"), { className: "notice notice-over", textContent: text });
  box.setAttribute("role", "status");
  place.replaceChildren(box);
}
