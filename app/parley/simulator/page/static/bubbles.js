// The messages of a thread: bubbles, and events between them.
import { element, folded } from "./element.js";

const loaded = new Set(); // pictures of other hosts that the user has requested

export function bubble(message) {
  if (message.side === "event") {
    return element("li", { class: "event", dir: "auto" }, message.body, " ", time(message.at));
  }
  const inside = element("div", { class: "bubble", dir: "auto" }, message.body, ...message.media.map(picture));
  const classes = message.error ? `${message.side} failed` : message.side;
  const made = element("li", { class: classes }, inside, facts(message));
  if (message.failure) made.append(failure(message.failure));
  return made;
}

export function pendingBubble(body) {
  return element("li", { class: "mine" },
    element("div", { class: "bubble", dir: "auto" }, body),
    element("div", { class: "small" }, "sending…"));
}

// Important facts about a message are beside its time; the others are in the inspector.
function facts(message) {
  const { encoding, count, units, forcing } = message.segments;
  const segments = `${count} segment${count === 1 ? "" : "s"}`;
  const because = forcing?.length ? ` because of “\u2068${forcing[0]}\u2069”` : "";
  const telling = [];
  if (message.side === "theirs" && message.from === "Twilio") telling.push("Twilio");
  if (encoding === "UCS-2") telling.push(`UCS-2${because}, ${segments}`);
  else if (count > 1) telling.push(segments);
  if (message.error) {
    telling.push(`${message.status || "not delivered"}: ${message.error.code} ${message.error.what}`);
  }
  const rest = [`${encoding}, ${segments}, ${units} units`];
  rest.push(`from ${message.from} to ${message.to}`);
  if (message.status) rest.push(message.status);
  if (message.sid) rest.push(message.sid);
  const details = folded(time(message.at), ...rest.map((line) => element("div", {}, line)));
  details.firstChild.append(telling.length ? ` · ${telling.join(" · ")}` : "");
  details.className = "small";
  return details;
}

function time(at) {
  const then = new Date(at);
  const isToday = then.toDateString() === new Date().toDateString();
  const day = isToday ? "" : `${then.toLocaleDateString([], { day: "numeric", month: "short" })}, `;
  const clock = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return element("time", { datetime: then.toISOString() }, day + clock);
}

function failure({ sentence, traceback }) {
  const made = element("div", { class: "failure alarm", role: "alert" }, element("div", { class: "sentence" }, sentence));
  if (traceback) made.append(folded("Traceback", element("pre", { tabindex: "0" }, traceback)));
  return made;
}

function picture(url) {
  if (url.endsWith(".vcf")) return element("span", { class: "file" }, "Contact card");
  const ours = url.startsWith(`${location.origin}/`) || url.startsWith("data:");
  if (ours || loaded.has(url)) return element("img", { src: url, alt: "Picture of the message" });
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
