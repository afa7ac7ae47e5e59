// Building elements without innerHTML: everything a person or a bot wrote goes in as text.

import { say } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * h("button", {class, on: {click}, data: {id}, t: "key", label: "key", params}, ...children).
 * `t` is a translated text, `label` a translated aria-label and tooltip; null children are left out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const { class: cls, on, data, t, label, title, placeholder, params, ...rest } = props;
  if (cls) element.className = cls;
  for (const [name, handler] of Object.entries(on ?? {})) element.addEventListener(name, handler);
  for (const [name, value] of Object.entries(data ?? {})) if (value != null) element.dataset[name] = value;
  for (const [name, value] of Object.entries(rest)) setProperty(element, name, value);
  if (t) say(element, "text", t, params);
  if (label) say(element, "label", label, params);
  if (title ?? (label && tag === "button")) say(element, "title", title ?? label, params);
  if (placeholder) say(element, "placeholder", placeholder, params);
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

function setProperty(element, name, value) {
  if (value == null || value === false) return;
  if (name.includes("-") || ["role", "for", "list", "colspan"].includes(name)) element.setAttribute(name, value);
  else element[name] = value;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// One line-drawn set on a 24 grid; `d` is stroked unless the icon is named in FILLED.
const PATHS = {
  send: "M4 12 20 4.5 15.5 20l-4-6.2zM11.5 13.8 20 4.5",
  attach: "M12 5v14M5 12h14",
  back: "M14.5 5.5 8 12l6.5 6.5",
  forward: "M9.5 5.5 16 12l-6.5 6.5",
  down: "M5.5 9.5 12 16l6.5-6.5",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  menu: "M5 8h14M5 12h14M5 16h9",
  keyboard: "M4 7.5h16v10H4zM7.5 11h.01M11 11h.01M14.5 11h.01M17 11h.01M8.5 14.5h7",
  photo: "M4.5 6h15v12.5h-15zM4.5 15.5l4.4-4.2 4.3 4 2.6-2.3 3.7 3.3M15.5 9.4h.01",
  document: "M7 3.8h6.5L18 8.3v11.9H7zM13.2 4v4.6h4.6M9.8 12.5h5M9.8 15.8h5",
  voice: "M12 4a2.6 2.6 0 0 1 2.6 2.6v4.8a2.6 2.6 0 0 1-5.2 0V6.6A2.6 2.6 0 0 1 12 4zM6.5 11a5.5 5.5 0 0 0 11 0M12 16.5V20",
  location: "M12 20.5s-6.2-5.9-6.2-10.4a6.2 6.2 0 0 1 12.4 0c0 4.5-6.2 10.4-6.2 10.4zM12 12.3a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  contact: "M12 11.6a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8zM5.5 19.5c.6-3.4 3.2-5.2 6.5-5.2s5.9 1.8 6.5 5.2",
  reply: "M10 6.5 5 11.5l5 5M5.5 11.5H14a5 5 0 0 1 5 5v1.5",
  edit: "M5 19l.9-3.9L16.3 4.7l3 3L8.9 18.1zM14.3 6.7l3 3",
  copy: "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
  swap: "M5 8.5h13M14.5 5 18 8.5 14.5 12M19 15.5H6M9.5 12 6 15.5 9.5 19",
  people: "M9 11.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 18.8c.5-2.9 2.7-4.5 5.5-4.5s5 1.6 5.5 4.5M15.5 11.5a2.6 2.6 0 1 0-.8-5M17 14.5c2 .4 3.3 1.9 3.6 4.3",
  search: "M10.8 16.6a5.8 5.8 0 1 0 0-11.6 5.8 5.8 0 0 0 0 11.6zM15.2 15.2 19.5 19.5",
  block: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM6.4 6.4l11.2 11.2",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 7.5V12l3 2",
  download: "M12 4.5v10M7.5 10.5 12 15l4.5-4.5M5 19h14",
  link: "M8 16 16.5 7.5M9.5 7.5h7v7",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M7.5 5.5h3v13h-3zM13.5 5.5h3v13h-3z",
  record: "M12 18.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z",
  stop: "M7 7h10v10H7z",
  target: "M12 17.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3",
};
const FILLED = new Set(["play", "pause", "record", "stop"]);

export function icon(name) {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { viewBox: "0 0 24 24", class: FILLED.has(name) ? "icon filled" : "icon", "aria-hidden": "true" }, path);
}

/** A round mark with a person's initials; the hue follows the id so that people stay recognisable. */
export function avatar(id, initials, cls = "") {
  const element = h("span", { class: `avatar ${cls}`, "aria-hidden": "true" }, initials);
  element.style.setProperty("--hue", String((Number(id) * 67 + 12) % 360));
  return element;
}

export const spinner = () => h("span", { class: "spinner", "aria-hidden": "true" });
