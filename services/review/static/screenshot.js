// A screenshot for an evidence package: dropped on its form, or pasted anywhere on the page.
"use strict";

const images = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
const form = () => document.querySelector("#secure");

function take(event) {
  const [image] = images(event.clipboardData ?? event.dataTransfer);
  if (!image || !form()) return;
  event.preventDefault();
  const chosen = new DataTransfer();
  chosen.items.add(image);
  form().elements.screenshot.files = chosen.files;
  form().querySelector("details").open = true;
  form().scrollIntoView({ block: "center" });
}

document.addEventListener("paste", take);
document.addEventListener("dragover", (event) => event.target.closest?.("#secure") && event.preventDefault());
document.addEventListener("drop", (event) => event.target.closest?.("#secure") && take(event));
