// A form that keeps itself: what is typed is sent a moment later, and kept on this device until it was saved, so
// that a lost network, a session that ended or a server that stopped loses nothing. The answer is HTML: the parts
// of the page to bring up to date.

const WAIT = 800;
const RETRY = 5000;

const place = document.querySelector("[data-draft]");
const form = place && document.getElementById(place.dataset.form);
if (form) keep(form, place);

function keep(form, place) {
  const address = place.dataset.draft;
  const key = `bonus-draft:${address}`;
  const controls = () => [...form.elements].filter((one) => /-\d+-/.test(one.name) && one.type !== "search");
  let timer;
  let sending = false;
  let typed = 0; // how often something was typed; what was sent is saved only if nothing was typed since

  const say = (text, link) => {
    const line = document.createElement("p");
    line.className = "fr-text--sm";
    line.textContent = text;
    if (link) line.append(" ", link);
    place.replaceChildren(line);
    delete place.dataset.shown;
  };

  // One row a line of the dossier, by its number there: between two visits, lines come and go.
  const rows = () => {
    const found = {};
    for (const one of controls()) {
      const [, prefix, name] = one.name.match(/^(.*-\d+)-(.*)$/);
      (found[prefix] ??= {})[name] = one;
    }
    return Object.values(found);
  };
  const state = (one) => (one.type === "checkbox" ? "checked" : "value");
  const values = () =>
    Object.fromEntries(
      rows().map((row) => [
        row.line_id.value,
        Object.fromEntries(Object.entries(row).map(([name, one]) => [name, one[state(one)]])),
      ]),
    );

  const store = () => {
    try {
      localStorage.setItem(key, JSON.stringify(values()));
    } catch {
      // This browser keeps nothing: what is typed is then safe once it is sent.
    }
  };
  const forget = () => {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  };

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };

  async function send() {
    if (sending) return later(WAIT);
    sending = true;
    const sent = typed;
    try {
      const response = await fetch(address, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (response.type === "opaqueredirect" || response.status === 400) return ended();
      if (![200, 409, 422].includes(response.status)) throw new Error(`answered ${response.status}`);
      update(await response.text());
      // What was refused or questioned is not saved yet: it stays here until it is.
      if (typed === sent && response.status === 200) forget();
    } catch {
      say("Pas de connexion. Votre saisie est gardée sur cet appareil et sera enregistrée dès que possible.");
      later(RETRY);
    } finally {
      sending = false;
    }
  }

  const ended = () => {
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "Se reconnecter";
    say("Votre session a pris fin. Votre saisie est gardée sur cet appareil.", link);
  };

  const update = (text) => {
    const answer = new DOMParser().parseFromString(text, "text/html");
    for (const part of answer.querySelectorAll("[data-replace]")) {
      const old = document.getElementById(part.dataset.replace);
      if (!old || old.dataset.shown === part.innerHTML) continue;
      // What is open stays open.
      const open = [...old.querySelectorAll("details")].map((one) => one.open);
      old.dataset.shown = part.innerHTML;
      old.replaceChildren(...part.childNodes);
      old.querySelectorAll("details").forEach((one, rank) => (one.open = open[rank] ?? false));
    }
    for (const one of answer.querySelectorAll("data[data-value-of]")) {
      const control = document.getElementById(one.dataset.valueOf);
      if (control) control.value = one.value;
    }
  };

  const restore = () => {
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(key));
    } catch {
      return;
    }
    if (!kept) return;
    let changed = false;
    for (const row of rows()) {
      const before = kept[row.line_id.value];
      if (!before) continue;
      for (const [name, one] of Object.entries(row)) {
        if (one.type === "hidden" || !(name in before) || one[state(one)] === before[name]) continue;
        const shown = one[state(one)];
        one[state(one)] = before[name];
        // A choice that the list no longer offers stays as the page has it.
        if (one[state(one)] !== before[name]) one[state(one)] = shown;
        else {
          changed = true;
          row.seen.value = before.seen; // what was typed answered to this: another's words since then are no answer to it
        }
      }
    }
    if (!changed) return forget();
    say("Nous avons retrouvé ce que vous aviez saisi sur cet appareil.");
    typed += 1;
    later(0);
  };

  form.addEventListener("input", (event) => {
    if (event.target.type === "search") return; // words to look for are not what is declared
    typed += 1;
    store();
    later(WAIT);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  window.addEventListener("online", () => later(0));
  restore();
}
