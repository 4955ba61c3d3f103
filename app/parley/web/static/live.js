// Follows the server's events. Everything is written as text, never as HTML.
const MOST = 100;
const BAD = ["WARNING", "ERROR", "CRITICAL"];
const status = document.getElementById("status");
const bodies = Object.fromEntries(
  ["texts", "conversations", "due", "failed", "unsent"].map((name) => [
    name,
    document.querySelector(`#${name} tbody`),
  ]),
);
const rows = new Map(); // by the SID of a text, to add its words

const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString();
const day = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString() : "");

function row(cells, isBad) {
  const made = document.createElement("tr");
  if (isBad) made.className = "bad";
  for (const cell of cells) made.insertCell().textContent = cell ?? "";
  return made;
}

function fill(name, list) {
  bodies[name].replaceChildren(...list);
}

function add(name, made) {
  bodies[name].prepend(made);
  while (bodies[name].rows.length > MOST) bodies[name].lastElementChild.remove();
}

function say(text, isAway) {
  status.textContent = text;
  status.className = isAway ? "away" : "";
}

function what(event) {
  const parts = [event.event === "turn" ? event.memory : event.event];
  for (const name of ["is", "kind", "opt_out", "note", "reason", "next", "error_code"]) {
    if (event[name]) parts.push(event[name]);
  }
  if (event.ms !== undefined) parts.push(`${event.ms} ms`);
  return parts.filter(Boolean).join(" · ");
}

function showEvent(event) {
  if (event.event === "words") return showWords(event);
  if (event.event === "missed" || event.event === "behind") {
    return add("texts", row(["", "", "", "", `${event.count} more were not shown`]));
  }
  const cells = [clock(event.at), event.from, event.to, event.flow, what(event)];
  const isBad = BAD.includes(event.level);
  const made = row(cells, isBad);
  if (event.sid) {
    rows.set(event.sid, made);
    if (rows.size > MOST) rows.delete(rows.keys().next().value);
  }
  if (event.event === "turn" || !isBad) add("texts", made);
  if (isBad) add("failed", row(cells, true));
}

function showWords({ sid, said, replied }) {
  const cell = rows.get(sid)?.lastElementChild;
  if (cell) cell.textContent += `\n> ${said}\n< ${replied}`;
}

function showState(state) {
  say("Connected");
  const total = { waiting: 0, parked: 0, held: 0 };
  for (const each of state.counts) total[each.state] += each.count;
  const late = state.late > 1000 ? "over 1,000" : state.late;
  document.getElementById("counts").textContent =
    `${total.waiting} wait · ${total.held} with a person · ${late} due now`;
  fill(
    "conversations",
    state.conversations.map((each) =>
      row([day(each.since), each.from, each.to, each.flow, each.state, day(each.expires)]),
    ),
  );
  fill(
    "due",
    state.due.map((each) =>
      row([day(each.at), each.kind, each.from, each.to, each.flow, each.attempts]),
    ),
  );
  fill(
    "unsent",
    state.failed.map((each) =>
      row(
        [day(each.at), each.kind, each.from, each.to, each.flow, each.attempts, each.error_code],
        true,
      ),
    ),
  );
}

const source = new EventSource("live/events");
source.addEventListener("events", ({ data }) => JSON.parse(data).forEach(showEvent));
source.addEventListener("state", ({ data }) => showState(JSON.parse(data)));
source.addEventListener("away", () => say("The database is away", true));
source.addEventListener("error", () => {
  const isOver = source.readyState === EventSource.CLOSED;
  say(isOver ? "The link has expired: open the one that parley live prints" : "Connecting …", true);
});
