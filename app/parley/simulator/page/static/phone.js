// One phone: its numbers, the thread, and the composer.
import { bubble, pendingBubble } from "./bubbles.js";
import { chips, emptyThread } from "./chips.js";
import { showList, element } from "./element.js";
import { channelOf, flowOf, learn, numberFor, onChannel } from "./numbers.js";
import { look, post } from "./server.js";

const FIELDS = ["flow", "from", "to", "service", "fate"];
const SHOWN_AT_ONCE = ["text", "slow", "lost", "down", "picture"];
const NEAR = 80; // pixels from the end within which the thread scrolls automatically

export class Phone {
  // `page` has flows(), and methods for events: changed, drafted, acted, focused, closed.
  constructor(page, given) {
    this.page = page;
    this.root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.form = this.at(".line").elements;
    this.body = this.at("textarea");
    this.before = Promise.resolve();
    this.underWay = 0;
    this.changes = 0;
    this.wanted = given.flow;
    this.showFlows();
    for (const [name, value] of Object.entries(given)) this.fill(name, value);
    this.grow();
    this.listen();
    this.showNumbers();
  }

  at(selector) {
    return this.root.querySelector(selector);
  }

  fill(name, value) {
    if (name === "draft") this.body.value = value;
    else if (name !== "flow" || this.page.flows().some(([flow]) => flow === value)) this.form[name].value = value;
  }

  get line() {
    return Object.fromEntries(FIELDS.map((name) => [name, this.form[name].value.trim()]));
  }

  listen() {
    const on = (selector, event, act) => this.at(selector).addEventListener(event, act);
    on(".line", "submit", (event) => event.preventDefault());
    on(".compose", "submit", (event) => this.send(event));
    on(".samples", "submit", (event) => this.sendSample(event));
    on(".close", "click", () => this.page.closed(this));
    on(".newest", "click", () => this.toTheEnd());
    on(".scroll", "scroll", () => this.showNewest());
    on("textarea", "input", () => this.typed());
    on("textarea", "keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
    });
    this.root.addEventListener("focusin", () => this.page.focused(this));
    this.form.flow.addEventListener("change", () => this.chooseFlow());
    this.form.channel.addEventListener("change", () => this.chooseChannel(this.form.channel.value));
    this.form.to.addEventListener("change", () => this.fill("flow", flowOf(this.line.to) ?? this.line.flow));
    for (const name of ["from", "to", "service"]) this.form[name].addEventListener("change", () => this.chosen());
    this.form.fate.addEventListener("change", () => this.page.changed(this));
    for (const button of this.root.querySelectorAll("[data-action]")) {
      button.addEventListener("click", () => this.press(button.dataset));
    }
  }

  // Shows the problem of the numbers; false if there is none.
  refuses() {
    const wrong = [...this.form].find((field) => field.checkValidity && !field.checkValidity());
    if (wrong) this.say(wrong.title);
    return Boolean(wrong);
  }

  // A different choice shows a different thread.
  chosen() {
    this.changes = 0;
    this.say("");
    this.showNumbers();
    this.page.drafted();
    return this.look();
  }

  chooseFlow() {
    this.form.to.value = numberFor(this.line.flow, this.line.to);
    this.chosen();
  }

  chooseChannel(channel) {
    for (const name of ["from", "to"]) this.form[name].value = onChannel(channel, this.line[name]);
    this.form.to.value = numberFor(this.line.flow, this.line.to);
    this.chosen();
  }

  chooseThread({ from, to, flow }) {
    this.fill("from", from);
    this.fill("to", to);
    if (flow) this.fill("flow", flow);
    this.chosen();
    this.body.focus();
  }

  press({ action, seconds, needsText }) {
    if (action === "again" && !this.state?.deliveries.length) return this.say("Send a text before you deliver it again.");
    const isTyped = needsText !== undefined || action === "picture" || action === "two";
    const body = isTyped ? this.taken() : "";
    if (needsText !== undefined && !body.trim()) return this.say("Write a text first.");
    return this.act(action, { body, seconds });
  }

  send(event) {
    event?.preventDefault();
    if (this.body.value.trim()) this.act("text", { body: this.taken() });
  }

  // Only WhatsApp has buttons and locations, so both numbers become WhatsApp addresses.
  sendSample(event) {
    event.preventDefault();
    const option = this.at("[name=sample]").selectedOptions[0];
    if ("whatsapp" in option.dataset && channelOf(this.line.from) !== "whatsapp:") this.chooseChannel("whatsapp:");
    this.act("sample", { body: this.taken(), sample: option.value });
  }

  // Takes the typed text out of the composer.
  taken() {
    const body = this.body.value;
    this.body.value = "";
    this.typed();
    return body;
  }

  typed() {
    this.grow();
    this.page.drafted();
  }

  grow() {
    this.body.rows = Math.min(6, this.body.value.split("\n").length);
  }

  // Actions run one after the other, in order; reading the state does not wait.
  act(action, { body = "", sample = "", seconds = "" }) {
    if (this.refuses()) {
      this.body.value ||= body;
      return this.before;
    }
    const given = { ...this.line, body, sample, seconds }; // the current values, not those when it runs
    const pending = SHOWN_AT_ONCE.includes(action) && body ? pendingBubble(body) : undefined;
    if (pending) this.at(".pending").append(pending);
    this.underWay += 1;
    this.showWaiting();
    this.before = this.before.then(async () => {
      const { state, error } = await post(action, given);
      pending?.remove();
      this.underWay -= 1;
      this.showWaiting(error);
      if (error) this.body.value ||= body;
      const same = FIELDS.every((name) => given[name] === this.line[name]);
      if (state && same) this.show(state);
      else if (state) await this.look(); // the text may have reached the thread that is shown now
      this.page.acted(this);
    });
    return this.before;
  }

  async look() {
    if (this.refuses()) return;
    const given = this.line;
    const { state, error } = await look(given);
    if (error) this.say((this.unseen = error));
    else if (FIELDS.every((name) => given[name] === this.line[name]) && !this.underWay) this.show(state);
  }

  say(text) {
    this.at(".status").textContent = text;
  }

  showWaiting(error = "") {
    this.say(error || (this.underWay ? "Sending…" : ""));
    this.at(".typing").hidden = !this.underWay;
    if (this.underWay) this.toTheEnd();
  }

  // Responses can overtake each other: an older state is not shown.
  show(state) {
    if (state.changes < this.changes) return;
    const follows = this.isAtTheEnd() || state.changes === 0 || this.changes === 0;
    this.changes = state.changes;
    this.state = state;
    if (this.at(".status").textContent === this.unseen) this.say(""); // what else it says stays
    learn(state.threads);
    this.showThreads(state.threads);
    this.at(".opted-out").hidden = !state.opted_out;
    this.showRunning(state.cookie);
    showList(this.at(".messages"), state.messages, bubble);
    this.at(".empty").hidden = state.messages.length > 0;
    const flow = this.page.flows().find(([name]) => name === this.line.flow);
    const send = (body) => this.act("text", { body });
    this.at(".empty").replaceChildren(...(state.messages.length ? [] : emptyThread(flow, state.routing, send)));
    this.at(".chips").replaceChildren(...chips(state, send));
    if (follows && state.messages.length) this.toTheEnd();
    this.showNewest();
    this.page.changed(this);
  }

  showRunning(cookie) {
    const runs = cookie?.runs;
    this.at(".runs").hidden = !runs;
    this.at(".runs").textContent = runs ? `${runs} ${cookie.waits ? "waits for an answer" : "answered last"}` : "";
  }

  showFlows() {
    const chosen = this.form.flow.value;
    this.form.flow.replaceChildren(
      ...this.page.flows().map(([value]) => element("option", { value }, value === "menu" ? "all flows (one number)" : value)),
    );
    this.fill("flow", chosen || this.wanted);
  }

  showNumbers() {
    const { flow, from, to } = this.line;
    this.form.channel.value = channelOf(to);
    this.at(".pair").textContent = `${from} to ${to}`;
    this.at(".summary").textContent = this.page.flows().find(([name]) => name === flow)?.[1] ?? "";
    const query = new URLSearchParams(this.line);
    this.at(".har").href = `har?${query}`;
  }

  showThreads(threads) {
    const { from, to } = this.line;
    const items = threads.map((each) => ({ ...each, key: `${each.from} ${each.to}`, current: each.from === from && each.to === to }));
    showList(this.at(".threads"), items, (item) => {
      const button = element("button", { type: "button", "aria-current": String(item.current) }, `${item.from} → ${item.flow === "menu" ? "all flows" : item.flow || item.to}`);
      button.title = `${item.from} → ${item.to}`;
      button.addEventListener("click", () => this.chooseThread(item));
      return button;
    });
    const current = this.at(".threads [aria-current=true]");
    if (current) {
      const row = this.at(".threads");
      row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
    }
  }

  isAtTheEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.at(".scroll");
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toTheEnd() {
    this.at(".scroll").scrollTop = this.at(".scroll").scrollHeight;
  }

  showNewest() {
    this.at(".newest").hidden = this.isAtTheEnd() || !this.state?.messages.length;
  }
}
