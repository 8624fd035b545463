// Runs before the page is drawn, so that a dark page never flashes white. DSFR's own script, which
// comes later, keeps the choice under "scheme" and takes over from here.
(() => {
  const root = document.documentElement;
  root.classList.add("bs-js");
  let scheme = "system";
  try {
    scheme = localStorage.getItem("scheme") || scheme;
  } catch {
    // Storage refused by the browser: the device's own theme is used.
  }
  const dark = scheme === "dark" || (scheme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-fr-theme", dark ? "dark" : "light");
})();
