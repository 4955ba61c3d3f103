// All requests of a thread with their responses: the newest one first, and open.
import { element, folded, showList } from "./element.js";

const at = (id) => document.getElementById(id);
let newest = "";

export function showRequests(deliveries) {
  at("no-requests").hidden = deliveries.length > 0;
  const before = newest;
  newest = deliveries.at(-1)?.key ?? "";
  showList(at("deliveries"), deliveries.toReversed(), request);
  if (newest === before) return;
  for (const each of at("deliveries").children) {
    if (each.dataset.key === newest) each.open = true;
    else if (each.dataset.key === before && !each.dataset.kept) each.open = false;
  }
}

export function errorLine({ code, what, advice }) {
  return element("p", { class: "alarm" }, `${code} ${what}${advice ? `: ${advice.replace(/\.$/, "")}` : ""}.`);
}

function request(delivery, old) {
  const last = delivery.attempts.at(-1);
  const made = element("details", { class: "panel request" });
  const title = element("span", { class: "said", dir: "auto" }, delivery.body || "(no text)");
  made.append(
    element("summary", {}, title, " ", element("span", { class: "faint" }, outcome(last))),
    ...delivery.errors.map(errorLine),
    ...delivery.attempts.map(attempt),
    ...(delivery.receipts.length ? [folded(`${delivery.receipts.length} delivery receipts`, ...delivery.receipts.map(attempt))] : []),
  );
  made.open = old?.open ?? false;
  made.firstChild.addEventListener("click", () => { made.dataset.kept = "yes"; }); // the reader decides
  return made;
}

function outcome(made) {
  return made?.answer ? `→ ${made.answer.status} in ${made.answer.milliseconds} ms` : "→ no answer";
}

function attempt(made) {
  const panel = element("div", { class: "attempt" }, element("h3", {}, `${made.method} ${new URL(made.url).pathname} ${outcome(made)}`));
  if (made.answer) panel.append(element("pre", { class: "twiml", tabindex: "0", dir: "auto" }, made.answer.document));
  panel.append(
    folded("Parameters", table(made.parameters)),
    folded("Headers", table(made.headers)),
    folded("As a curl command", element("pre", { tabindex: "0" }, made.curl), copying(made.curl)),
  );
  return panel;
}

function table(pairs) {
  const rows = Object.entries(pairs).map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", { dir: "auto" }, value)));
  return element("table", {}, ...rows);
}

function copying(text) {
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  });
  return button;
}
