// What a person has typed about an item is kept in this browser: for them alone, until the item is decided or
// they sign out, for half a day at the most. The page that was typed in has it back by itself; a new one offers it.
"use strict";

const KEPT = "kept:";
const KEPT_FOR = 12 * 3600 * 1000;
const ENDING = /\/(approve|reject|close|mute|leave)$/;

const person = () => document.body.dataset.person;
const item = () => find("#standing")?.dataset.item;
const place = (key) => `${KEPT}${person()}:${key}`;

function kept(key) {
  return JSON.parse(localStorage.getItem(place(key)) ?? "null");
}

function keep(key, entry) {
  localStorage.setItem(place(key), JSON.stringify({ ...entry, at: Date.now() }));
}

function drop(key) {
  localStorage.removeItem(place(key));
  sessionStorage.removeItem(place(key));
}

function sweep(over) {
  for (const name of Object.keys(localStorage).filter((name) => name.startsWith(KEPT))) {
    if (over(name, JSON.parse(localStorage.getItem(name)))) localStorage.removeItem(name);
  }
}

function fields() {
  const all = [...document.querySelectorAll('#main form[action^="/items/"] :is(textarea, input)[id]')];
  return all.filter((field) => !["hidden", "checkbox", "radio", "file"].includes(field.type));
}

// After a refusal the server's page carries the words that were typed: they are a person's all the same.
function isTyped(field) {
  return field.value !== field.defaultValue || kept(item())?.fields?.[field.id] === field.value;
}

function keepText() {
  const key = item();
  if (!key) return;
  const typed = fields().filter(isTyped);
  if (typed.length === 0) return drop(key);
  keep(key, { ...kept(key), fields: Object.fromEntries(typed.map((field) => [field.id, field.value])) });
  sessionStorage.setItem(place(key), "typed here");
}

function putBack(entry) {
  for (const field of fields().filter((one) => one.id in entry.fields)) {
    field.value = entry.fields[field.id];
    field.closest("details")?.setAttribute("open", "");
  }
  const begun = readyTexts().find((one) => entry.fields.text?.startsWith(one.words));
  if (begun) choose(begun.stance, begun.name);
}

function offer(entry) {
  const box = find("#unsent");
  const words = Object.values(entry.fields).join("\n\n");
  const fits = fields().some((field) => field.id in entry.fields && !field.matches(":disabled"));
  box.querySelector("blockquote").textContent = words;
  box.querySelector('[data-unsent="take"]').hidden = !fits;
  box.hidden = false;
}

function restoreText() {
  const key = item();
  const entry = key && kept(key);
  if (!entry?.fields || entry.sent) return;
  const shown = fields().filter((field) => field.id in entry.fields);
  if (shown.length > 0 && shown.every((field) => field.value === entry.fields[field.id])) return;
  if (sessionStorage.getItem(place(key)) && shown.length > 0) putBack(entry);
  else offer(entry);
}

document.addEventListener("input", () => keepText());

document.addEventListener("click", (event) => {
  const key = item();
  if (event.target.closest("#load-news")) sessionStorage.removeItem(place(key));
  const what = event.target.closest("[data-unsent]")?.dataset.unsent;
  if (!what) return;
  if (what === "drop") drop(key);
  else {
    putBack(kept(key));
    sessionStorage.setItem(place(key), "typed here");
    count();
  }
  find("#unsent").hidden = true;
  textarea()?.focus();
});

const forgetAll = (event) => {
  if (event.target.getAttribute("action") !== "/sign-out") return;
  sweep(() => true);
  sessionStorage.clear();
};
document.addEventListener("submit", forgetAll, { capture: true });

sweep((name, entry) => Date.now() - entry.at > KEPT_FOR || (person() && !name.startsWith(`${KEPT}${person()}:`)));
restoreText();
count();
