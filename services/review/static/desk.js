// Keys, the character counter, ready texts and the live stream. Everything else works without.
"use strict";

// A second press of the same key must not decide about the item that has just come up.
const DECIDING = ["a", "x"];
const ARMED_AFTER = 500;

const find = (selector) => document.querySelector(selector);
const textarea = () => find("#approve-form textarea");

function typing(element) {
  return element.matches("input, textarea, select") || element.isContentEditable;
}

function busy(area) {
  const fields = [...area.querySelectorAll("textarea, input:not([type=hidden])")];
  return fields.some(isTyped) || area.contains(document.activeElement);
}

// The same rule as services/networks/length.py; the server decides.
function bytes(text) {
  return new TextEncoder().encode(text).length;
}

function measure(text, rule) {
  if (rule.urlLength) {
    const addresses = text.match(/https?:\/\/[^\s]+/g) ?? [];
    const rest = text.replace(/https?:\/\/[^\s]+/g, "");
    return measure(rest, { unit: rule.unit }) + addresses.length * Number(rule.urlLength);
  }
  if (rule.unit === "byte") return bytes(text);
  if (rule.unit === "grapheme") return [...new Intl.Segmenter().segment(text)].length;
  return [...text].length;
}

function cleaned(text) {
  return text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]|\p{Surrogate}/gu, "").trim();
}

function count() {
  const text = textarea();
  if (!text) return;
  const output = find("#count output");
  const rule = output.dataset;
  const whole = cleaned(text.value);
  const tooHeavy = Boolean(rule.maxBytes) && bytes(whole) > Number(rule.maxBytes);
  output.value = measure(whole, rule);
  output.parentElement.classList.toggle("over", tooHeavy || Number(output.value) > Number(rule.limit));
  const heavy = find("#count .bytes");
  if (heavy) heavy.hidden = !tooHeavy;
}

function choose(stance, wording) {
  const { elements } = find("#approve-form");
  elements.stance.value = stance;
  elements.wording.value = wording;
}

function readyTexts() {
  return [...document.querySelectorAll("[data-stance]")].flatMap((button) =>
    JSON.parse(button.dataset.wordings).map(([name, words]) => ({ stance: button.dataset.stance, name, words })),
  );
}

// A ready text comes in the place of a draft by itself, of typed words only when the person says so.
function fill(button) {
  const text = textarea();
  const ready = readyTexts();
  const own = ready.filter((one) => one.stance === button.dataset.stance);
  const untouched = [text.defaultValue.trim(), "", ...ready.map((one) => one.words)].includes(text.value.trim());
  if (!untouched && !confirm(button.parentElement.dataset.ask)) return;
  const at = own.findIndex((one) => one.name === text.form.elements.wording.value);
  const next = own[(at + 1) % own.length];
  text.value = next.words;
  choose(next.stance, next.name);
  count();
  keepText();
}

function act(key) {
  const name = CSS.escape(key);
  const own = document.activeElement?.closest("[data-keys]")?.querySelector(`[data-key="${name}"]`);
  const others = [...document.querySelectorAll(`[data-key="${name}"]`)].filter((one) => !one.closest("[data-keys]"));
  const target = find(`details[open] [data-pick="${name}"]`) ?? own ?? others[0];
  if (key === "?") find("#help")?.showModal();
  else if (!target || target.matches(":disabled")) return false;
  else if (DECIDING.includes(key) && !document.body.dataset.armed) return true;
  else if (target.tagName === "INPUT") target.select();
  else if (target.tagName === "TEXTAREA") target.focus();
  else if (target.tagName === "LABEL") {
    const text = textarea();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  } else if (target.tagName === "SUMMARY") {
    const details = target.parentElement;
    details.open = !details.open;
    const first = details.open && details.querySelector("input:not([type=hidden]), textarea, button");
    (first || target).focus();
  } else target.click();
  return true;
}

function move(step) {
  const rows = [...document.querySelectorAll(".row-link, .card-link")];
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  rows[next].focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const inside = typing(event.target);
  if (event.key === "Escape" && inside) event.target.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("#approve-form textarea, #question")) find('[data-key="a"]').click();
  if (inside || event.ctrlKey || event.metaKey || event.altKey || event.repeat || find("dialog[open]")) return;
  const handled = (event.key === "j" && move(1)) || (event.key === "k" && move(-1)) || act(event.key);
  if (handled) event.preventDefault();
});

document.addEventListener("input", (event) => {
  if (event.target === textarea() && !event.target.value.trim()) choose("", "");
  count();
});

document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});

addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

document.addEventListener("click", (event) => {
  const copies = event.target.closest("[data-copies]");
  if (copies) navigator.clipboard?.writeText(textarea()?.value ?? "");
  const ready = event.target.closest("[data-stance]");
  if (ready && textarea()) {
    event.preventDefault();
    fill(ready);
  }
  const help = event.target.closest("button[data-key='?']");
  if (help) find("#help").showModal();
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (!["answer", "muting", "kinds", "plan"].includes(event.detail.target.id) || !busy(event.detail.target)) return;
  event.detail.shouldSwap = false;
  find("#news").hidden = false;
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id === "answer") count();
});

let source;
document.addEventListener("htmx:sseOpen", (event) => {
  if (source !== event.detail.source) source?.close();
  source = event.detail.source;
  document.body.dataset.live = "on";
});
document.addEventListener("htmx:sseError", () => {
  document.body.dataset.live = "off";
});
// A browser opens six connections to one server: tabs that nobody looks at give theirs back.
document.addEventListener("visibilitychange", () => {
  if (!source) return;
  if (document.hidden) source.close();
  else if (source.readyState === EventSource.CLOSED) relisten();
});
function relisten() {
  source?.close();
  source?.onerror(new Event("error"));
}

// An item stays ours while its page is used; the server gives it up by itself when we fall silent.
const KEPT_EVERY = 20000;
let used = true;
function tell(what) {
  const { item, visit, csrf } = find("#standing")?.dataset ?? {};
  const body = new URLSearchParams({ visit, csrf });
  if (!item || find(".held")) return;
  if (what === "left") navigator.sendBeacon(`/items/${item}/left`, body);
  else fetch(`/items/${item}/keep`, { method: "POST", body, headers: { "X-Desk": "page" } }).catch(() => (used = true));
}
for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"]) {
  addEventListener(sign, () => (used = true), { passive: true, capture: true });
}
setInterval(() => {
  if (!used || document.hidden) return;
  used = false;
  tell("keep");
}, KEPT_EVERY);
addEventListener("pagehide", () => tell("left"));
addEventListener("pageshow", (event) => event.persisted && tell("keep"));

// What somebody has unfolded stays so when the thread is drawn anew.
let unfolded = [];
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id === "thread") unfolded = [...document.querySelectorAll(".harsh[open]")].map((one) => one.id);
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id === "thread") unfolded.forEach((id) => find(`#${id}`)?.setAttribute("open", ""));
});

// The offer to take an approval back goes when its time is over.
const undo = find(".undo[data-until]");
if (undo) setTimeout(() => undo.remove(), Math.max(0, new Date(undo.dataset.until) - Date.now()));

document.documentElement.classList.add("scripted");
setTimeout(() => (document.body.dataset.armed = "yes"), ARMED_AFTER);
if (!location.hash) {
  find("#this")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  scrollTo({ top: 0, behavior: "instant" });
}
