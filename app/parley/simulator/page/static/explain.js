// The form that explains why a signature was refused.
import { element } from "./element.js";
import { post } from "./server.js";

const form = document.getElementById("explain");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { request, signature } = form.elements;
  const { state, error } = await post("explain", { request: request.value, signature: signature.value });
  const lines = error ? [error] : [element("strong", {}, state.cause), ` — ${state.sentence}`];
  form.querySelector("output").replaceChildren(...lines);
});
