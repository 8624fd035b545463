// Work under way: the page is asked for again every two seconds, and what it says of the progress put in this one.
// Once the work is over the page has no such part: it is loaded anew. Without this file, « Actualiser » does it.

const EVERY = 2000;
const live = document.querySelector("[data-live]");
const state = document.querySelector("[data-state]");

// Only what changed is written, so that a screen reader is told of a new step, not of every row.
function copy(from, to) {
  const fresh = from.querySelector("progress");
  const bar = to.querySelector("progress");
  if (!fresh !== !bar) {
    to.replaceChildren(...from.childNodes);
    return;
  }
  const step = to.querySelector("[data-part=step]");
  const said = from.querySelector("[data-part=step]").textContent;
  if (step.textContent !== said) step.textContent = said;
  if (!bar) return;
  bar.max = fresh.max;
  bar.value = fresh.value;
  to.querySelector(".bs-progress__words").textContent = from.querySelector(".bs-progress__words").textContent;
}

async function ask() {
  let wait = EVERY;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    // Signed out meanwhile, or gone: loading the page says so.
    if (answer.redirected || (answer.status >= 400 && answer.status < 500)) {
      location.reload();
      return;
    }
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (!fresh) {
        location.reload();
        return;
      }
      copy(fresh, live);
      state.replaceChildren(...page.querySelector("[data-state]").childNodes);
    } else {
      wait = 5 * EVERY;
    }
  } catch {
    wait = 5 * EVERY; // no network: it may come back
  }
  setTimeout(ask, wait);
}

if (live) setTimeout(ask, EVERY);
