// The page: phones side by side, and the inspector of the one that was used last.
import "./explain.js";
import { element } from "./element.js";
import { showInside } from "./inside.js";
import { myNumber } from "./numbers.js";
import { Phone } from "./phone.js";
import { followServer } from "./server.js";
import { keep, kept } from "./storage.js";

const FIRST = { flow: document.body.dataset.chosen, from: "+12025550123", to: "+12025550199", fate: "delivered" };
const MOST = 3;
const at = (id) => document.getElementById(id);
const phones = [];
let active;
let flows = [];
let changes = 0;

const page = {
  flows: () => flows,
  drafted() {
    keep("phones", phones.map((each) => ({ ...each.line, draft: each.body.value })));
  },
  changed(phone) {
    page.drafted();
    if (phone === active) showActive();
  },
  // Another phone may show the same thread.
  acted(phone) {
    for (const each of phones) if (each !== phone) each.look();
  },
  focused(phone) {
    if (phone === active) return;
    active = phone;
    showActive();
  },
  closed(phone) {
    phones.splice(phones.indexOf(phone), 1);
    phone.root.remove();
    active = phones[0];
    arrange();
    page.changed(active);
  },
};

function add(given) {
  const phone = new Phone(page, given);
  phones.push(phone);
  at("phones").append(phone.root);
  active = phone;
  arrange();
  return phone;
}

function arrange() {
  at("phones").dataset.count = phones.length;
  at("add").disabled = phones.length >= MOST;
  phones.forEach((phone, place) => {
    const name = phones.length > 1 ? `Phone ${place + 1}` : "Phone";
    phone.root.setAttribute("aria-label", name);
    phone.at(".threads").setAttribute("aria-label", `${name}: conversations`);
    phone.at(".close").hidden = phones.length === 1;
  });
}

function showActive() {
  for (const each of phones) each.root.classList.toggle("active", each === active && phones.length > 1);
  const { state } = active;
  if (!state) return;
  showInside(state);
  const mine = [...new Set(state.threads.map((each) => each.from))];
  at("numbers").replaceChildren(...mine.map((value) => element("option", { value })));
}

// Another phone: in the thread of another number with the same app if it exists, or in a new one.
at("add").addEventListener("click", () => {
  const shown = new Set(phones.map((each) => each.line.from));
  const { flow, to, fate } = active.line;
  const other = active.state?.threads.find((each) => each.to === to && !shown.has(each.from));
  add({ flow, to, fate, from: other?.from ?? myNumber(shown) }).chosen().then(() => active.body.focus());
});

function told(server, isReloaded) {
  if (JSON.stringify(flows) !== JSON.stringify(server.flows) && !server.load_error) {
    flows = server.flows;
    for (const each of phones) each.showFlows();
  }
  if (!phones.length) start();
  else if (isReloaded || server.changes !== changes) {
    for (const each of phones) {
      if (isReloaded) each.changes = 0;
      each.look();
    }
  }
  changes = server.changes;
}

function start() {
  for (const given of kept("phones", [FIRST])) add(given).look();
  active = phones[0];
  active.body.focus();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const phone = phones.find((each) => each.root.contains(button));
  const { copy } = button.dataset;
  const text = copy === "curl" ? phone.state?.deliveries.at(-1)?.attempts[0]?.curl : phone.state?.[copy];
  if (!text) return phone.say("Send a text first: there is nothing to copy.");
  try {
    await navigator.clipboard.writeText(text);
    phone.say(copy === "test" ? "Copied: paste it into a file in tests/flows." : "Copied.");
  } catch {
    phone.say("The browser does not let this page copy.");
  }
});

followServer(told);
