// Files by drag and drop or dialog: one after the other, each with its progress. Without scripts the form sends them.
"use strict";

const drop = document.querySelector("#drop");
const chooser = drop.querySelector("input[type=file]");
const list = drop.querySelector("#uploads");
const said = drop.dataset;
let waiting = Promise.resolve();

function line(name) {
  const row = document.createElement("li");
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  const note = document.createElement("span");
  label.textContent = name;
  bar.max = 1;
  bar.setAttribute("aria-label", name);
  row.append(label, bar, note);
  list.append(row);
  return { row, bar, note };
}

function end({ row, bar, note }, text, failed) {
  bar.remove();
  note.textContent = text;
  row.className = failed ? "failed" : "sent";
}

// The server judges too; this only spares the sending.
function fault(file) {
  if (file.size === 0) return said.empty;
  return file.size > Number(said.maxBytes) ? said.large : "";
}

function send(file, shown) {
  return new Promise((done) => {
    const form = new FormData();
    form.set("csrf", drop.elements.csrf.value);
    form.set("replaces", drop.elements.replaces.value);
    form.set("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", drop.action);
    request.setRequestHeader("Accept", "text/plain");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) shown.bar.value = event.loaded / event.total;
    };
    request.onload = () => {
      const plain = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
      const gone = request.responseURL.includes("/sign-in");
      if (request.status === 200 && plain && !gone) end(shown, said.taken, false);
      else end(shown, gone ? said.again : request.status === 413 ? said.large : plain && request.responseText ? request.responseText : said.broken, true);
      const arrivals = document.querySelector("#arrivals");
      if (arrivals) htmx.trigger(arrivals, "refresh");
      done();
    };
    request.onerror = () => {
      end(shown, said.broken, true);
      done();
    };
    request.send(form);
  });
}

function take(files) {
  const one = Boolean(drop.elements.replaces.value);
  if (files.length > (one ? 1 : Number(said.maxFiles))) {
    end(line(""), said.many, true);
    return;
  }
  for (const file of files) {
    const shown = line(file.name);
    const wrong = fault(file);
    if (wrong) end(shown, wrong, true);
    else waiting = waiting.then(() => send(file, shown));
  }
}

chooser.addEventListener("change", () => {
  take([...chooser.files]);
  chooser.value = "";
});

function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

// A file that misses the field would replace the page: the whole page takes it.
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  if (!holdsFiles(event)) return;
  event.preventDefault();
  take([...event.dataTransfer.files]);
});
