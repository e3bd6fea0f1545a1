// Searching while typing: after a quarter of a second the answer comes and the address says what was asked.
const WAIT_MS = 250;

// `onFound({page, body})`: the new address of the page, and its body when it is another one.
export function search(box, onFound) {
  const form = box.form;
  let timer = null;
  let last = box.value.trim();
  const go = async () => {
    clearTimeout(timer);
    const query = box.value.trim();
    if (query === last) return;
    last = query;
    const asked = new URLSearchParams(new FormData(form));
    if (!query) asked.delete("q");
    const page = form.action.split("?")[0] + (asked.size ? `?${asked}` : "");
    const rows = document.getElementById("live").dataset.rows + (asked.size ? `?${asked}` : "");
    let body = null;
    try {
      const answer = await fetch(rows);
      if (answer.ok) body = await answer.text();
    } catch {
      // said by the next poll
    }
    if (query === last) onFound({ page, body });
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(go, WAIT_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  return box;
}
