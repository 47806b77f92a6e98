"use strict";
const form = document.getElementById("form");
const button = document.getElementById("ask");
const answer = document.getElementById("answer");
const area = document.getElementById("rows");
const about = JSON.parse(area.dataset.about);
const SHOWN = 6, WIDTH = 1000, HEIGHT = 300, LEFT = 64, BOTTOM = 30, TOP = 12;
document.getElementById("url").textContent = location.origin;

/* Text goes in as text: nothing that a model or a person says becomes part of the page's code. */
function made(tag, text, kind) {
  const one = document.createElement(tag);
  if (text !== undefined) one.textContent = text;
  if (kind) one.className = kind;
  return one;
}

function drawn(tag, given, text) {
  const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) one.setAttribute(name, value);
  if (text !== undefined) one.textContent = text;
  return one;
}

/* Lines of cells, between quotes where they hold what parts cells. */
function cells(text) {
  const first = text.slice(0, text.indexOf("\n") + 1 || undefined);
  const mark = ["\t", ";", ","].find(one => first.includes(one)) || ",";
  const lines = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at], line = lines[lines.length - 1];
    if (quoted && sign === '"' && text[at + 1] === '"') { line[line.length - 1] += '"'; at++; }
    else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === mark) line.push("");
    else if (!quoted && sign === "\n") lines.push([""]);
    else if (quoted || sign !== "\r") line[line.length - 1] += sign;
  }
  return lines.filter(line => line.length > 1 || line[0].trim() !== "");
}

function value(said, kinds) {
  if (said === undefined || said.trim() === "") return null;
  if (kinds.includes("boolean") && /^(true|false)$/i.test(said.trim())) return said.trim().toLowerCase() === "true";
  if ((kinds.includes("number") || kinds.includes("integer")) && isFinite(Number(said))) return Number(said);
  return said;
}

function rows() {
  const [names, ...lines] = cells(area.value);
  return lines.map(line => {
    const given = Object.fromEntries((names || []).map((name, at) => [name.trim(), line[at]]));
    const row = {};
    for (const [name, kinds] of Object.entries(about.fields)) if (name in given) row[name] = value(given[name], kinds);
    return row;
  });
}

function number(one) {
  return Math.abs(one) >= 1e-4 || one === 0 ? one.toLocaleString(undefined, {maximumSignificantDigits: 4}) : one.toExponential(2);
}

function picture(history, steps) {
  const values = [...history.map(one => one.value), ...steps.flatMap(one => [one.predicted, one.low, one.high])].filter(one => typeof one === "number");
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) { low -= 1; high += 1; }
  const all = history.length + steps.length;
  const x = at => (LEFT + (WIDTH - LEFT - 10) * at / Math.max(all - 1, 1)).toFixed(1);
  const y = one => (TOP + (HEIGHT - TOP - BOTTOM) * (high - one) / (high - low)).toFixed(1);
  const image = drawn("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "drawn", "aria-label": "the history and the forecast"});
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const apart = power * [1, 2, 5, 10].find(one => one * power >= rough);
  for (let tick = Math.ceil(low / apart); tick * apart <= high; tick++) {
    const one = tick * apart;
    image.append(drawn("line", {x1: LEFT, x2: WIDTH - 10, y1: y(one), y2: y(one), class: "grid"}));
    image.append(drawn("text", {x: LEFT - 8, y: Number(y(one)) + 4, "text-anchor": "end"}, number(one)));
  }
  const path = points => points.map(([at, one], place) => `${place && points[place - 1][0] === at - 1 ? "L" : "M"}${x(at)} ${y(one)}`).join("");
  const past = history.map((one, at) => [at, one.value]).filter(([, one]) => typeof one === "number");
  const first = history.length, ahead = steps.map((one, at) => [first + at, one.predicted]);
  if (steps[0].low !== undefined) {
    const around = [...steps.map((one, at) => [first + at, one.high]), ...steps.map((one, at) => [first + at, one.low]).reverse()];
    image.append(drawn("polygon", {points: around.map(([at, one]) => `${x(at)},${y(one)}`).join(" "), class: "band"}));
  }
  image.append(drawn("path", {d: path(past), class: "past"}));
  image.append(drawn("path", {d: path(past.length ? [past[past.length - 1], ...ahead] : ahead), class: "ahead"}));
  const moments = [...history.map(one => one.time), ...steps.map(one => one[about.time])];
  for (const [at, anchor] of [[0, "start"], [first, "middle"], [all - 1, "end"]]) {
    if (at === first && steps.length < 0.2 * all) continue;
    image.append(drawn("text", {x: x(at), y: HEIGHT - 8, "text-anchor": anchor}, moments[at]));
  }
  return image;
}

function listed(steps) {
  const held = made("details"), table = made("table", undefined, "steps"), names = Object.keys(steps[0]);
  held.append(made("summary", "The numbers"), table);
  const head = table.createTHead().insertRow();
  for (const name of names) head.append(made("th", name));
  for (const step of steps) {
    const row = table.insertRow();
    for (const name of names) row.insertCell().textContent = typeof step[name] === "number" ? number(step[name]) : step[name];
  }
  return held;
}

function past(asked, named) {
  const own = asked.filter(row => about.series.every(name => String(row[name]).trim() === String(named[name])));
  const history = own.map(row => ({time: String(row[about.time]), value: numeric(row[about.target])}));
  while (history.length && history[history.length - 1].value === null) history.pop();
  return history;
}

function numeric(one) {
  if (typeof one !== "string") return one;
  const read = Number(one.replace(/[^0-9.,eE+-]/g, "").replace(",", "."));
  return isFinite(read) ? read : null;
}

function tell(said, asked) {
  for (const one of said.forecasts.slice(0, SHOWN)) {
    const name = Object.values(one.series).join(" / ");
    if (name) answer.append(made("h3", name));
    answer.append(picture(past(asked, one.series), one.steps));
    if (one.beyond.length) answer.append(made("p", `Train has not had: ${one.beyond.join(", ")}.`, "wrong"));
    answer.append(listed(one.steps));
  }
  if (said.forecasts.length > SHOWN) answer.append(made("p", `${said.forecasts.length - SHOWN} more series were answered, and are not drawn.`, "note"));
}

document.getElementById("file").addEventListener("change", async event => {
  if (event.target.files[0]) area.value = await event.target.files[0].text();
});

form.addEventListener("submit", async event => {
  event.preventDefault();
  button.disabled = true;
  const asked = rows();
  let said;
  try {
    const got = await fetch("/v1/predict", {
      method: "POST",
      headers: {"content-type": "application/json"},
      body: JSON.stringify({rows: asked}),
    });
    said = await got.json();
  } catch (error) {
    said = {error: {message: `The service does not answer: ${error.message}`}};
  }
  answer.replaceChildren();
  if (said.error) answer.append(made("p", said.error.message, "wrong"));
  else tell(said, asked);
  button.disabled = false;
});

/* A link with #ask shows the forecast of what stands there in the beginning. */
if (location.hash === "#ask") form.requestSubmit();
