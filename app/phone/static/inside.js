// For those who want to see inside: the cookie opened, the requests as sent, the answers, the errors.
import { element } from "./element.js";

const at = (id) => document.getElementById(id);
let endsAt = 0;

export function showInside(seen) {
  const errors = seen.deliveries.flatMap((delivery) => delivery.errors);
  at("errors").replaceChildren(...errors.map((error) => element("p", {}, `${error.code} ${error.what}: ${error.advice}.`)));
  at("cookie").replaceChildren(...cookie(seen.cookie));
  const attempts = seen.deliveries.flatMap((delivery) => delivery.attempts);
  at("deliveries").replaceChildren(...attempts.map(attempt));
}

export function tick() {
  const left = document.getElementById("left");
  if (left) left.textContent = clock(Math.max(0, Math.round((endsAt - Date.now()) / 1000)));
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function cookie(kept) {
  if (!kept) return [element("p", { class: "facts" }, "No cookie: the next text begins a conversation.")];
  endsAt = Date.now() + kept.seconds_left * 1000;
  const size = element("meter", { max: kept.largest, value: kept.size, "aria-label": "Size of the cookie" });
  const facts = element("p", { class: "facts" },
    element("span", {}, element("b", {}, String(kept.size)), ` of ${kept.largest} bytes `, size),
    element("span", {}, element("b", { id: "left" }, clock(kept.seconds_left)), ` of ${clock(kept.seconds_at_most)} left`));
  const inside = kept.remembered
    ? JSON.stringify(kept.remembered, null, 2)
    : `This cookie does not open for this flow and these numbers: ${kept.reason}.`;
  return [facts, element("pre", { id: "remembered" }, inside)];
}

function attempt(made) {
  const answer = made.answer;
  const head = answer
    ? `${made.method} ${new URL(made.url).pathname} → ${answer.status} in ${answer.milliseconds} ms`
    : `${made.method} ${new URL(made.url).pathname} → no answer`;
  const panel = element("div", { class: "panel" }, element("h3", {}, head));
  if (answer) panel.append(element("pre", { class: "twiml" }, answer.document));
  panel.append(
    folded("Parameters", table(made.parameters)),
    folded("Headers", table(made.headers)),
    folded("As a curl command", element("pre", {}, made.curl), copying(made.curl)),
  );
  return panel;
}

function folded(title, ...children) {
  return element("details", {}, element("summary", {}, title), ...children);
}

function table(pairs) {
  const rows = Object.entries(pairs).map(([name, value]) => element("tr", {}, element("td", {}, name), element("td", {}, value)));
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
