// The inspector: the decoded cookie, and the errors.
import { element, folded } from "./element.js";
import { errorLine, showRequests } from "./requests.js";

const at = (id) => document.getElementById(id);
let endsAt = 0;

export function showInside(state) {
  const errors = state.deliveries.at(-1)?.errors ?? [];
  at("errors").replaceChildren(...errors.map(errorLine));
  at("cookie").replaceChildren(...cookie(state));
  showRequests(state.deliveries);
}

function tick() {
  const left = at("left");
  if (left) left.textContent = clock(Math.max(0, Math.round((endsAt - Date.now()) / 1000)));
}

setInterval(tick, 1000);

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function cookie({ cookie: kept, ahead, has_database: hasDatabase }) {
  const time = ahead ? [element("p", { class: "facts" }, `Time here is ${clock(ahead)} ahead, ${"remote" in document.body.dataset ? "for Twilio alone" : "for Twilio and the server"}.`)] : [];
  if (!kept && hasDatabase) return [element("p", { class: "facts" }, "Conversations are remembered in the database."), ...time];
  if (!kept) return [element("p", { class: "facts" }, "No cookie: the next text begins a conversation."), ...time];
  endsAt = Date.now() + kept.seconds_left * 1000;
  const size = element("meter", { max: kept.largest, value: kept.size, "aria-label": "Size of the cookie" });
  const facts = element("p", { class: "facts" },
    element("span", {}, element("b", {}, String(kept.size)), ` of ${kept.largest} bytes `, size),
    element("span", {}, element("b", { id: "left" }, clock(kept.seconds_left)), ` of ${clock(kept.seconds_at_most)} left`));
  return [facts, ...time, ...memory(kept)];
}

function json(value, id) {
  return element("pre", { id, tabindex: "0" }, JSON.stringify(value, null, 2));
}

function memory(kept) {
  if (!kept.remembered) {
    return [element("p", {}, `This cookie does not open for this flow and these numbers: ${kept.reason}.`)];
  }
  const stored = json(kept.remembered, "remembered");
  if (kept.is_opt_out) return [element("p", {}, "The last text was STOP: a YES now means START.")];
  const runs = kept.runs ? [element("p", {}, `The flow ${kept.runs} ${kept.waits ? "waits for an answer" : "ran last"}.`)] : [];
  if (!kept.answers?.length) return kept.own ? [...runs, json(kept.own, "own"), folded("As it is stored", stored)] : [...runs, stored];
  const answers = kept.answers.flatMap(([question, answer]) => [
    element("dt", { dir: "auto" }, question),
    element("dd", answer === "(it waits for the answer)" ? { class: "waiting" } : { dir: "auto" }, answer),
  ]);
  return [...runs, element("dl", { id: "answers" }, ...answers), folded("As it is stored", stored)];
}
