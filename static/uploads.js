// Files sent one by one, so that each says where it is: waiting, being read, read, to be typed, refused. The server
// does the same for each as for all at once. Without this file, or on any answer that is not understood, the form is
// sent as it stands.

const form = document.getElementById("ajout");
let busy = false;
const KEPT = "refused-files";

const WORDS = {
  waiting: "en attente",
  sending: "lecture en cours…",
  read: "lue",
  to_enter: "gardée, à saisir",
};

function say(line, state, words) {
  let mark = line.querySelector(".bs-drop__state");
  if (!mark) {
    mark = document.createElement("span");
    line.append(" ", mark);
  }
  mark.className = `bs-drop__state bs-drop__state--${state}`;
  mark.textContent = words;
}

async function send(address, token, file) {
  const body = new FormData();
  body.append("csrf_token", token);
  body.append("files", file);
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error("not understood");
  return answer.json();
}

// What was refused is said on the page that shows what was read.
function remember(refused, total) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ refused, total }));
    return true;
  } catch {
    return false; // a browser that keeps nothing: the list on this page stays
  }
}

async function sendAll(event) {
  const input = form.querySelector("input[type=file]");
  const files = [...input.files];
  if (files.length === 0) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  const lines = [...form.querySelectorAll(".bs-drop__list li")];
  const token = form.querySelector("input[name=csrf_token]").value;
  lines.forEach((line) => say(line, "waiting", WORDS.waiting));
  let { action } = form;
  let next = action;
  let asks = false;
  const refused = [];
  for (const [rank, file] of files.entries()) {
    say(lines[rank], "sending", WORDS.sending);
    let result;
    try {
      result = await send(action, token, file);
    } catch {
      // Signed out, out of reach, too large: the form is sent with what is left, and the server says why.
      const left = new DataTransfer();
      for (const one of files.slice(rank)) left.items.add(one);
      input.files = left.files;
      form.action = action;
      form.submit();
      return;
    }
    action = result.action;
    asks ||= result.state === "to_enter" || result.asks;
    next = asks ? action : result.next;
    if (result.state === "refused") refused.push({ name: result.name, sentence: result.sentence });
    say(lines[rank], result.state, result.sentence ?? WORDS[result.state]);
  }
  if (refused.length > 0 && !remember(refused, files.length)) return;
  location.assign(refused.length > 0 ? action : next);
}

function tellRefused() {
  const place = document.querySelector("[data-refused]");
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
  } catch {
    return;
  }
  if (!kept || !place) return;
  const alert = place.content.firstElementChild.cloneNode(true);
  const { refused, total } = kept;
  alert.querySelector("h3").textContent =
    refused.length === 1 ? "Un fichier n’a pas pu être pris" : `${refused.length} fichiers n’ont pas pu être pris`;
  alert.querySelector("ul").replaceChildren(
    ...refused.map(({ name, sentence }) => {
      const line = document.createElement("li");
      const strong = document.createElement("strong");
      strong.textContent = name;
      line.append(strong, `\u00a0: ${sentence}`);
      return line;
    }),
  );
  if (refused.length === total) alert.querySelector("p").remove();
  place.before(alert);
  alert.focus();
}

if (form) {
  form.addEventListener("submit", sendAll);
  tellRefused();
}
