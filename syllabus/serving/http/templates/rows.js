"use strict";
const form = document.getElementById("form");
const button = document.getElementById("ask");
const answer = document.getElementById("answer");
document.getElementById("url").textContent = location.origin;

/* Text goes in as text: nothing that a model or a person says becomes part of the page's code. */
function made(tag, text, kind) {
  const one = document.createElement(tag);
  if (text !== undefined) one.textContent = text;
  if (kind) one.className = kind;
  return one;
}

/* Pictures are read here, and go to the service as base64. */
const pictures = new Map();

function take(control, file) {
  if (!file) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    pictures.set(control, reader.result);
    const [shown, said] = control.previousElementSibling.children;
    shown.src = reader.result;
    shown.hidden = false;
    said.hidden = true;
  });
  reader.readAsDataURL(file);
}

for (const control of document.querySelectorAll("[data-kind=picture]")) {
  const drop = control.previousElementSibling;
  control.addEventListener("change", () => take(control, control.files[0]));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) drop.addEventListener(kind, event => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") take(control, event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", event => take(control, event.clipboardData.files[0]));
}

function value(control) {
  if (control.dataset.kind === "picture") return pictures.get(control) || null;
  const said = control.value, kinds = control.dataset.kind.split(" ");
  if (said.trim() === "") return null;
  if (kinds.includes("boolean") && (said === "true" || said === "false")) return said === "true";
  if ((kinds.includes("number") || kinds.includes("integer")) && isFinite(Number(said))) return Number(said);
  return said;
}

function number(one) {
  return Math.abs(one) >= 1e-4 || one === 0 ? one.toLocaleString(undefined, {maximumSignificantDigits: 4}) : one.toExponential(2);
}

function bars(rows, most) {
  const table = made("table", undefined, "bars");
  for (const [name, share, shown, kind] of rows) {
    const row = table.insertRow();
    row.append(made("th", name));
    const bar = made("progress", undefined, kind);
    bar.max = most || 1;
    bar.value = Math.abs(share);
    bar.setAttribute("aria-label", name);
    row.insertCell().append(bar);
    row.insertCell().textContent = shown;
  }
  return table;
}

function tell(found) {
  if (found.predicted !== undefined) answer.append(made("p", String(typeof found.predicted === "number" ? number(found.predicted) : found.predicted), "predicted"));
  if (found.rank !== undefined) answer.append(made("p", `Place ${found.rank} among what this one has not seen.`, found.predicted === undefined ? "predicted" : "note"));
  if (found.low !== undefined) answer.append(made("p", `Between ${number(found.low)} and ${number(found.high)}, as far as is known.`, "note"));
  if (found.probabilities) {
    const shares = Object.entries(found.probabilities).sort((a, b) => b[1] - a[1]).slice(0, 10);
    answer.append(bars(shares.map(([name, share]) => [name, share, `${(100 * share).toFixed(1)} %`]), 1));
  }
  if (found.reasons && found.reasons.length) {
    const withheld = found.reasons[0].method === "withheld";
    answer.append(made("h3", "What speaks for it, and what against"));
    const most = Math.max(...found.reasons.map(one => Math.abs(one.weight)));
    answer.append(bars(found.reasons.map(one => [one.part ? `${one.column}: ${one.part}` : one.column, one.weight, (one.weight > 0 ? "+" : "−") + number(Math.abs(one.weight)), one.weight > 0 ? "for" : "against"]), most));
    answer.append(made("p", withheld ? "What the answer loses without it." : "Shapley values, on the scale that was learned.", "note"));
  }
  if (found.beyond && found.beyond.length) answer.append(made("p", `Beyond what the model has learned from: ${found.beyond.join(", ")}.`, "wrong"));
  if (found.novelty !== undefined) answer.append(made("p", `${(100 * found.novelty).toFixed(0)} % of the known rows are as unusual as this one.`, "note"));
}

form.addEventListener("submit", async event => {
  event.preventDefault();
  button.disabled = true;
  const row = {};
  for (const control of form.querySelectorAll("[data-name]")) row[control.dataset.name] = value(control);
  let said;
  try {
    const got = await fetch("/v1/predict", {
      method: "POST",
      headers: {"content-type": "application/json"},
      body: JSON.stringify({rows: [row], reasons: true, novelty: true}),
    });
    said = await got.json();
  } catch (error) {
    said = {error: {message: `The service does not answer: ${error.message}`}};
  }
  answer.replaceChildren();
  if (said.error) answer.append(made("p", said.error.message, "wrong"));
  else tell(said.predictions[0]);
  button.disabled = false;
});

/* A link with #ask shows the answer to what the form begins with. */
if (location.hash === "#ask") form.requestSubmit();
