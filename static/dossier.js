// A dossier that several agents may have open, and its keys. The page works without this file.

const POLL_MS = 30_000;

function presence(place) {
  const others = place.querySelector("[data-others]");
  const news = place.querySelector("[data-news]");

  const form = () => {
    const data = new FormData();
    data.set("csrf_token", place.dataset.token);
    data.set("page", place.dataset.page);
    data.set("mark", place.dataset.mark);
    return data;
  };

  // A region that says the same again is not read out again.
  const say = (node, shown, text) => {
    if (node.textContent !== text) node.textContent = text;
    shown.hidden = text === "";
  };

  const poll = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(place.dataset.presence, { method: "POST", body: form() });
      if (!answer.ok) return;
      const told = await answer.json();
      say(others, others, told.others);
      say(news, news.parentElement, told.news ? `${told.news}.` : "");
    } catch {
      // The network is away: the next turn asks again.
    }
  };

  setInterval(poll, POLL_MS);
  document.addEventListener("visibilitychange", poll);
  window.addEventListener("pagehide", () => navigator.sendBeacon(place.dataset.leave, form()));
  // Back from another page, the browser may show this one as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && poll());
}

const OFF = "bonus.raccourcis"; // as on the lists (queue.js): turned off there, they are here

function keys(list) {
  const box = list.querySelector("[data-keys-on]");
  list.hidden = false;
  try {
    box.checked = localStorage.getItem(OFF) !== "non";
  } catch {
    // A browser that keeps nothing: they are on, as at first.
  }
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "non");
    } catch {
      // Not kept: it holds for this page.
    }
  });

  const typing = (node) => node.closest("input, textarea, select, [contenteditable]") !== null;

  const go = (link) => {
    const target = link.hash && link.pathname === location.pathname ? document.getElementById(link.hash.slice(1)) : null;
    if (!target) {
      link.click();
      return;
    }
    target.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  };

  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (typing(event.target)) return;
    if (event.key === "?") {
      list.open = !list.open;
      if (list.open) list.querySelector("summary").focus();
    } else if (event.key === "i") {
      document.getElementById("note")?.focus();
    } else {
      const link = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
      if (!link) return;
      go(link);
    }
    event.preventDefault();
  });
}

const place = document.querySelector("[data-presence]");
if (place) presence(place);
const list = document.querySelector("[data-keys]");
if (list) keys(list);
