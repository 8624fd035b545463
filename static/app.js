// Small comforts. Every page works without this file.

// After a failed submit, the summary of errors is where reading starts again; its links go to the
// control itself, so that one can type at once.
function focusErrors() {
  const summary = document.querySelector("[data-focus]");
  if (!summary) return;
  summary.focus();
  for (const link of summary.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      const control = document.getElementById(link.hash.slice(1));
      if (!control) return;
      event.preventDefault();
      control.scrollIntoView({ block: "center" });
      control.focus({ preventScroll: true });
    });
  }
}

// A form is sent once: a second click while the answer is on its way does nothing. The buttons are not
// disabled, which would leave their name and value out of what is sent.
function sendOnce(form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
  });
  // Back from the next page, the browser may show this one as it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sent = false;
    for (const button of form.querySelectorAll("button[type=submit]")) button.removeAttribute("aria-disabled");
  });
}

function weight(bytes) {
  const units = ["octets", "ko", "Mo"];
  let rank = 0;
  let value = bytes;
  while (value >= 1000 && rank < units.length - 1) {
    value /= 1000;
    rank += 1;
  }
  return `${value.toLocaleString("fr-FR", { maximumFractionDigits: rank === 0 ? 0 : 1 })}\u00a0${units[rank]}`;
}

// The whole block takes dropped files, and names what was chosen.
function dropZone(zone) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector(".bs-drop__list");
  zone.querySelector(".bs-drop__invite").hidden = false;

  const show = () => {
    list.replaceChildren(
      ...Array.from(input.files, (file) => {
        const line = document.createElement("li");
        line.textContent = `${file.name} (${weight(file.size)})`;
        return line;
      }),
    );
    list.hidden = input.files.length === 0;
  };
  input.addEventListener("change", show);

  let depth = 0;
  const over = (inside) => zone.classList.toggle("bs-drop--over", inside);
  zone.addEventListener("dragenter", () => over((depth += 1) > 0));
  zone.addEventListener("dragleave", () => over((depth -= 1) > 0));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    const chosen = new DataTransfer();
    const dropped = [...event.dataTransfer.files];
    const files = input.multiple ? [...input.files, ...dropped] : dropped.slice(0, 1);
    for (const file of files) chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// Paper is white: a dark page is printed in its light colours, then comes back.
function printInLight() {
  const root = document.documentElement;
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = root.getAttribute("data-fr-theme");
    root.setAttribute("data-fr-theme", "light");
  });
  window.addEventListener("afterprint", () => root.setAttribute("data-fr-theme", theme));
}

printInLight();
focusErrors();
document.querySelectorAll("form[data-once]").forEach(sendOnce);
document.querySelectorAll("[data-drop]").forEach(dropZone);
