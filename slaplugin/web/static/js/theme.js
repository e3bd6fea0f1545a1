// Light or dark as the system says, before the first paint. A classic script: modules come too late for that.
(function () {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const set = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  root.classList.remove("no-js");
  dark.addEventListener("change", set);
  set();
})();
