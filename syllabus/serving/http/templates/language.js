"use strict";
const at = name => document.getElementById(name);
at("url").textContent = location.origin;
let stopping;

/* Each event is a line of JSON; a piece of the stream may end in the midst of one. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    held += value;
    const lines = held.split("\n\n");
    held = lines.pop();
    for (const line of lines) if (line.startsWith("data: {")) yield JSON.parse(line.slice(6));
  }
}

async function write(asked) {
  const response = await fetch("/v1/completions", {
    method: "POST",
    headers: {"content-type": "application/json"},
    body: JSON.stringify(asked),
    signal: stopping.signal,
  });
  if (!response.ok) throw new Error((await response.json()).error.message);
  for await (const said of events(response)) {
    if (said.error) throw new Error(said.error.message);
    for (const one of said.choices) {
      at("written").append(one.text);
      if (one.finish_reason) at("note").textContent = one.finish_reason === "length" ? "It was stopped after so many pieces." : "It has come to its end.";
    }
    if (said.usage) at("note").textContent += ` ${said.usage.prompt_tokens} pieces read, ${said.usage.completion_tokens} written.`;
  }
}

at("stop").addEventListener("click", () => stopping.abort());
at("form").addEventListener("submit", async event => {
  event.preventDefault();
  const given = name => at(name).value === "" ? undefined : Number(at(name).value);
  stopping = new AbortController();
  at("ask").disabled = true;
  at("stop").hidden = false;
  at("note").className = "note";
  at("note").textContent = "";
  at("written").textContent = at("prompt").value;
  try {
    await write({
      model: document.title, prompt: at("prompt").value, max_tokens: given("tokens"), temperature: given("temperature"),
      top_p: given("top_p"), seed: given("seed"), stream: true, stream_options: {include_usage: true},
    });
  } catch (error) {
    at("note").className = error.name === "AbortError" ? "note" : "wrong";
    at("note").textContent = error.name === "AbortError" ? "Stopped." : error.message;
  }
  at("ask").disabled = false;
  at("stop").hidden = true;
});

/* A link with #ask lets it write from the beginning. */
if (location.hash === "#ask") at("form").requestSubmit();
