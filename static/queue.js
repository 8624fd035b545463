// The agents' lists by keyboard: j and k move from dossier to dossier, Enter opens (it is the link's own), / searches,
// ? says all this. Letters are left alone while one types, with Ctrl, Alt or Meta, and once they are turned off: that is
// kept on this device. Without this file the lists are read with Tab.

const OFF = "bonus.raccourcis";
const help = document.querySelector("[data-keys]");
const opener = document.querySelector("[data-keys-open]");
const toggle = document.querySelector("[data-keys-on]");
const links = [...document.querySelectorAll("[data-open]")];
const field = document.querySelector("[data-search]");

function enabled() {
  try {
    return localStorage.getItem(OFF) !== "non";
  } catch {
    return true; // a browser that keeps nothing
  }
}

function enable(on) {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "non");
  } catch {
    // kept for nothing but this page
  }
}

function move(step) {
  if (!links.length) return;
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link.focus({ preventScroll: true });
  link.closest("tr").scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => {
    field.focus();
    field.select();
  },
  "?": () => help.showModal(),
};

function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || help.open) return;
  if (!(event.key in KEYS) || typing(event.target) || !enabled()) return;
  event.preventDefault();
  KEYS[event.key]();
});

opener.hidden = false;
opener.addEventListener("click", () => help.showModal());
toggle.checked = enabled();
toggle.addEventListener("change", () => enable(toggle.checked));
