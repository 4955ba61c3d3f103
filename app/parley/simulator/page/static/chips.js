// Suggestions for the next text: keywords in an empty thread, and answers to a question.
import { element } from "./element.js";

const OPTION = /^(\d{1,2})[.)] (.+)$/;
const MOST = 9;

export function emptyThread(flow, routing, send) {
  if (!flow) return [];
  const [name, , tries] = flow;
  const title = element("h2", {}, name === "menu" ? "All flows, at one number" : name);
  if (name !== "menu") {
    return [title, element("p", {}, "Text this to begin:"), row(tries.map((word) => chip(word, word, send)))];
  }
  if (!routing) return [title, element("p", {}, "No route is for this number: its texts are refused with 404.")];
  const flows = routing.keywords.map(({ word, summary: line }) =>
    element("li", {}, chip(word.toUpperCase(), word, send), element("span", {}, line)),
  );
  const rest = routing.default === "menu" ? "Any other text gets the menu." : `Any other text goes to ${routing.default}.`;
  const closed = routing.closed ? [element("p", {}, `Closed now: ${routing.closed}`)] : [];
  return [title, ...closed, element("p", {}, "Text one of these words:"), element("ul", { class: "routes" }, ...flows), element("p", {}, rest)];
}

export function chips(state, send) {
  const last = state.messages.filter((each) => each.side !== "event").at(-1);
  if (!last) return [];
  const options = last.side === "theirs" ? last.body.split("\n").map((line) => OPTION.exec(line)).filter(Boolean) : [];
  if (options.length > 1) return options.slice(0, MOST).map(([line, number]) => chip(line, number, send));
  if (!state.routing || state.cookie?.waits) return [];
  return state.routing.keywords.map(({ word }) => chip(word.toUpperCase(), word, send));
}

function chip(label, body, send) {
  const button = element("button", { type: "button", class: "chip", dir: "auto" }, label);
  button.addEventListener("click", () => send(body));
  return button;
}

function row(children) {
  return element("div", { class: "row" }, ...children);
}
