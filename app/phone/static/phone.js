// The phone: what is typed is sent, what comes back is shown. No state but what is on the page.
import { showInside, tick } from "./inside.js";
import { element } from "./element.js";

const at = (id) => document.getElementById(id);
const line = () => ({ flow: at("flow").value, from: at("from").value.trim(), to: at("to").value.trim() });
const loaded = new Set(); // pictures of other hosts that were asked for
let transcript = "";
let asked = 0; // answers overtake each other: each is numbered by when what it shows was so
let shown = 0;

async function ask(order, body = "", told = line()) {
  at("status").textContent = "Sending …";
  const begun = ++asked;
  const given = { ...told, body };
  const query = new URLSearchParams({ flow: given.flow, from: given.from, to: given.to });
  const answer = order === "state"
    ? await fetch(`state?${query}`)
    : await fetch(order, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(given),
      });
  if (!answer.ok) {
    at("status").textContent = await answer.text();
    return;
  }
  at("status").textContent = "";
  const seen = await answer.json();
  const now = line(); // somebody who has switched meanwhile looks at another conversation
  const same = now.flow === given.flow && now.from === given.from && now.to === given.to;
  if (!same) {
    if (order !== "state") await ask("state"); // what was sent may have reached that one
    return;
  }
  const number = order === "state" ? begun : ++asked; // an order's answer knows all before it
  if (number < shown) return;
  shown = number;
  show(seen);
}

// Orders are carried out one after the other, as they were given; to look is never waited with.
let before = Promise.resolve();

function guarded(order, body) {
  const failed = () => {
    at("status").textContent = "The server does not answer: is make run still running?";
  };
  if (order === "state") return ask(order).catch(failed);
  const given = line(); // as it is now, not when its turn comes
  before = before.then(() => ask(order, body, given)).catch(failed);
  return before;
}

function show(seen) {
  const { from, to } = line();
  transcript = seen.transcript;
  at("summary").textContent = at("flow").selectedOptions[0]?.title ?? "";
  at("messages").replaceChildren(...seen.messages.map(bubble));
  toTheEnd();
  at("threads").replaceChildren(...seen.threads.map((pair) => thread(pair, pair.from === from && pair.to === to)));
  at("numbers").replaceChildren(...[...new Set(seen.threads.map((pair) => pair.from))].map((value) => element("option", { value })));
  showInside(seen);
}

function toTheEnd() {
  at("messages").scrollTop = at("messages").scrollHeight;
}

function thread(pair, current) {
  const button = element("button", { type: "button", "aria-current": String(current) }, `${pair.from} → ${pair.to}`);
  button.addEventListener("click", () => {
    at("from").value = pair.from;
    at("to").value = pair.to;
    guarded("state");
    at("body").focus();
  });
  return button;
}

function bubble(message) {
  const inside = element("div", { class: "bubble" }, message.body);
  inside.append(...message.media.map(picture));
  const { encoding, count } = message.segments;
  const charged = `${encoding}, ${count} segment${count === 1 ? "" : "s"}`;
  const small = message.error
    ? `not delivered: ${message.error.code} ${message.error.what}`
    : `${message.side === "theirs" ? `${message.from} · ` : ""}${charged}`;
  const classes = message.error ? `${message.side} failed` : message.side;
  return element("li", { class: classes }, inside, element("div", { class: "small" }, small));
}

function picture(url) {
  const ours = url.startsWith(`${location.origin}/`) || url.startsWith("data:");
  if (ours || loaded.has(url)) {
    const image = element("img", { src: url, alt: "Picture of the message" });
    image.addEventListener("load", toTheEnd);
    return image;
  }
  let host = "";
  try {
    host = new URL(url).host;
  } catch {
    return element("span", {}, url);
  }
  const button = element("button", { type: "button" }, `Show the picture from ${host}`);
  button.addEventListener("click", () => {
    loaded.add(url);
    button.replaceWith(picture(url));
  });
  return button;
}

function send(event) {
  event?.preventDefault();
  const body = at("body").value;
  at("body").value = "";
  grow();
  guarded("text", body);
}

function grow() {
  at("body").rows = Math.min(6, at("body").value.split("\n").length);
}

async function copy() {
  await navigator.clipboard.writeText(transcript);
  at("status").textContent = "Copied: paste it between the quotes of play(twilio, …).";
}

const orders = {
  stop: () => guarded("text", "STOP"),
  copy: () => copy().catch(() => { at("status").textContent = "The browser does not let this page copy."; }),
  picture: () => {
    const body = at("body").value;
    at("body").value = "";
    guarded("picture", body);
  },
};

at("compose").addEventListener("submit", send);
at("body").addEventListener("input", grow);
at("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
});
at("line").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["flow", "from", "to"]) at(id).addEventListener("change", () => guarded("state"));
for (const button of document.querySelectorAll("[data-order]")) {
  const { order } = button.dataset;
  button.addEventListener("click", orders[order] ?? (() => guarded(order, at("body").value)));
}
setInterval(tick, 1000);
guarded("state");
