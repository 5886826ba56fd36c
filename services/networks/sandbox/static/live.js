// Keeps the marked region of a page as fresh as the server, without disturbing somebody who writes.
"use strict";

const region = () => document.querySelector("[data-live]");

const isBeingWrittenIn = (element) =>
  element.querySelector("details[open]") !== null ||
  element.contains(document.activeElement?.closest("form") ?? null) ||
  [...element.querySelectorAll("textarea, input")].some((field) => field.value !== field.defaultValue);

async function refresh() {
  const old = region();
  if (isBeingWrittenIn(old)) {
    const notice = old.querySelector(".fresh");
    if (notice) notice.hidden = false;
    return;
  }
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (!next) return;
  const known = new Set([...old.querySelectorAll("[id]")].map((element) => element.id));
  for (const comment of next.querySelectorAll(".comment[id]")) {
    if (!known.has(comment.id)) comment.classList.add("new");
  }
  old.replaceWith(next);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function untilSeen() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

async function follow() {
  let address = new URL(region().dataset.live, location.origin);
  for (;;) {
    await untilSeen();
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { version } = await answer.json();
      if (String(version) !== address.searchParams.get("after")) {
        await refresh();
        address = new URL(region().dataset.live, location.origin);
        address.searchParams.set("after", version);
      }
    } catch {
      await pause(3000);
    }
  }
}

if (region()) follow();
