// The line to the desk: what happens while it is gone, and forms about items, whose answer may get lost.
// A decision carries its id: whether it arrived can be asked, and sent twice it is made once.
"use strict";

const LOOK_AFTER = 3000;
const LOOKS = [2000, 4000, 8000, 15000];
const SLOW_AFTER = 2000;
const PATIENCE = 20000;
const ASLEEP = 30000;

let away = false;
let heard = true;
let out = false;
let looking = false;
let looks = 0;
let sending = false;
let unsure;
let timer;

function say(what) {
  const line = find("#line");
  line.dataset.says = what;
  for (const words of line.children) words.hidden = words.dataset.line !== what;
  line.hidden = !what;
}

function goAway() {
  if (away) return;
  if (!out) say(unsure ? "unsure" : "away");
  away = true;
  heard = false;
}

function signedOut() {
  out = true;
  away = false;
  say("out");
}

// A page without its session has an old token: loaded anew it has the right one, and the text back.
function startAnew() {
  sessionStorage.setItem("anew", "yes");
  location.reload();
}

// Words whose decision arrived are not kept; the others were not sent.
function settle(key, made) {
  const entry = key && kept(key);
  if (!entry?.sent) return;
  if (made || !entry.fields) drop(key);
  else keep(key, { ...entry, sent: undefined });
}

function comeBack(made) {
  const was = away;
  away = out = false;
  looks = 0;
  silent = undefined;
  if (was && !heard) relisten();
  tell("keep");
  if (unsure && made) {
    const { form, submitter } = unsure;
    unsure = undefined;
    return send(form, submitter);
  }
  if (unsure) {
    settle(item(), false);
    say(unsure.id ? "lost" : "back");
    unsure = undefined;
  } else if (was || find("#line").dataset.says === "out") {
    say("back");
    setTimeout(() => find("#line").dataset.says === "back" && say(""), 5000);
  }
}

function pulse(id) {
  const signal = AbortSignal.timeout(8000);
  return fetch(`/pulse?decision_id=${id ?? ""}`, { headers: { "HX-Request": "true" }, cache: "no-store", signal });
}

async function look() {
  if (looking) return;
  looking = true;
  clearTimeout(timer);
  try {
    const answer = await pulse(unsure?.id);
    if (answer.status === 401) return signedOut();
    const { session, made } = await answer.json();
    if (session !== document.body.dataset.session) return startAnew();
    comeBack(made);
  } catch {
    goAway();
    silent = undefined;
    timer = setTimeout(look, LOOKS[Math.min(looks++, LOOKS.length - 1)]);
  } finally {
    looking = false;
  }
}

function arm() {
  delete document.body.dataset.armed;
  setTimeout(() => (document.body.dataset.armed = "yes"), ARMED_AFTER);
}

// What the desk answers in the place of the next page: the item as it stands now, and why not.
function show(html) {
  const answered = new DOMParser().parseFromString(html, "text/html");
  const main = document.adoptNode(answered.querySelector("#main"));
  find("#main").replaceWith(main);
  document.title = answered.title;
  htmx.process(main);
  arm();
  restoreText();
  count();
  main.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
}

function isHere(html) {
  return Boolean(item()) && html.includes(`id="standing" data-item="${item()}"`);
}

async function send(form, submitter) {
  const filled = new FormData(form, submitter);
  const body = form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled);
  const path = form.getAttribute("action");
  const slow = setTimeout(() => say("sending"), SLOW_AFTER);
  sending = true;
  let answer, page;
  try {
    answer = await fetch(path, {
      method: "POST",
      body,
      headers: { "X-Desk": "page" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    page = await answer.text();
  } catch {
    answer = undefined;
  }
  clearTimeout(slow);
  if (!answer || [502, 503, 504].includes(answer.status)) {
    unsure = { form, submitter, id: body.get("decision_id") };
    if (unsure.id && item()) keep(item(), { ...kept(item()), sent: unsure.id });
    sending = false;
    goAway();
    timer = setTimeout(look, LOOKS[0]);
    return;
  }
  if (answer.status === 204) {
    if (ENDING.test(path)) drop(path.split("/")[2]);
    return location.assign(answer.headers.get("X-Go-To"));
  }
  sending = false;
  if (answer.status === 403) return startAnew();
  if ([200, 409, 422].includes(answer.status)) {
    say("");
    return isHere(page) ? show(page) : form.submit();
  }
  if (answer.status === 401) signedOut();
  else say("fault");
}

function takeOver(event) {
  const form = event.target;
  const path = form.getAttribute("action");
  if (form.method !== "post") return;
  const held = away || out;
  if (!held && !path.startsWith("/items/")) return;
  event.preventDefault();
  event.stopPropagation();
  if (held) {
    say(out ? "out" : unsure ? "unsure" : "held");
    look();
  } else if (!sending) send(form, event.submitter);
}
document.addEventListener("submit", takeOver, { capture: true });

let silent;
document.addEventListener("htmx:sseError", () => {
  silent ??= setTimeout(look, LOOK_AFTER);
});
document.addEventListener("htmx:sseOpen", () => {
  silent = clearTimeout(silent);
  heard = true;
  if (away) look();
});
for (const sign of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(sign, look);
document.addEventListener("htmx:responseError", (event) => {
  if ([401, 502, 503, 504].includes(event.detail.xhr.status)) look();
});
addEventListener("pageshow", () => (sending = false));
addEventListener("offline", () => {
  goAway();
  look();
});
addEventListener("online", look);
document.addEventListener("visibilitychange", () => !document.hidden && (away || out) && look());

let tick = Date.now();
setInterval(() => {
  const slept = Date.now() - tick > ASLEEP && !document.hidden;
  tick = Date.now();
  if (!slept) return;
  away = true;
  heard = false;
  look();
}, 5000);

if (sessionStorage.getItem("anew")) say("anew");
sessionStorage.removeItem("anew");
const begun = item() && kept(item())?.sent;
if (begun) {
  pulse(begun)
    .then((answer) => answer.json())
    .then(({ made }) => settle(item(), made))
    .then(restoreText)
    .catch(look);
}
