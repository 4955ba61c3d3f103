// The server: its actions, and its state, polled each second: reloads, flows, and other changes.
import { element } from "./element.js";

const INTERVAL = 1000;
const SILENT = "The server does not answer. Is it still running?";
const alarm = document.getElementById("load-error");
let started = document.body.dataset.started;
let error = "";

// The state of a conversation, or the error to show: `{state}` or `{error}`.
export async function look(given) {
  return answered(() => fetch(`state?${new URLSearchParams(given)}`));
}

export async function post(action, given) {
  return answered(() =>
    fetch(action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    }),
  );
}

async function answered(ask) {
  try {
    const answer = await ask();
    return answer.ok ? { state: await answer.json() } : { error: (await answer.text()).trim() };
  } catch {
    return { error: SILENT };
  }
}

// Calls `told(server, isReloaded)` each second.
export async function followServer(told) {
  try {
    const answer = await fetch("server");
    if (answer.ok) {
      const server = await answer.json();
      const isReloaded = server.started !== started;
      started = server.started;
      showError(server.load_error);
      told(server, isReloaded);
    }
  } catch {
    // It is restarting, or was stopped: then the next action shows an error.
  }
  setTimeout(followServer, INTERVAL, told);
}

function showError(text) {
  if (text === error) return;
  error = text;
  alarm.hidden = !text;
  const [first, ...rest] = text.split("\n");
  alarm.replaceChildren(element("strong", {}, first), element("pre", {}, rest.join("\n")));
}
