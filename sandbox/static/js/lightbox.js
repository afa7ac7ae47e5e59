// A picture at its full size over the whole page, with the other pictures of its album.

import { h, icon } from "./dom.js";

let dialog = null;
let urls = [];
let at = 0;
let image = null;

function build() {
  image = h("img", { alt: "" });
  const step = (by) => show((at + by + urls.length) % urls.length);
  dialog = h("dialog", { class: "lightbox", label: "photo" },
    h("button", { class: "round", type: "button", label: "close", on: { click: () => dialog.close() } }, icon("close")),
    h("button", { class: "round previous", type: "button", label: "photo_prev", on: { click: () => step(-1) } }, icon("back")),
    image,
    h("button", { class: "round next", type: "button", label: "photo_next", on: { click: () => step(1) } }, icon("forward")));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  document.body.append(dialog);
}

function show(index) {
  at = index;
  image.src = urls[at];
}

export function openLightbox(button) {
  if (!dialog) build();
  const siblings = [...(button.closest(".album")?.querySelectorAll("button.photo") ?? [button])];
  urls = siblings.map((sibling) => sibling.fullUrl);
  dialog.classList.toggle("single", urls.length < 2);
  show(siblings.indexOf(button));
  dialog.showModal();
}
