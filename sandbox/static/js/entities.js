// A message's text with its entities, as nodes. Offsets are UTF-16 units: JavaScript string indexes.
// Text is only ever put in as text nodes, so markup that a person typed stays visible as typed.

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const SAFE = /^(https?|mailto|tel|tg):/i;
const COLLAPSED_LINES = 3;

/** `doing` holds {command(text), link(url)}: what a press on a command or a link does. */
export function renderText(text, entities = [], doing = {}) {
  const known = clean(entities, text.length);
  const edges = [...new Set([0, text.length, ...known.flatMap((e) => [e.offset, e.offset + e.length])])];
  edges.sort((a, b) => a - b);
  const root = document.createDocumentFragment();
  const open = []; // the entities around the current point, outermost first
  let swallowBreak = false;
  for (let i = 0; i + 1 < edges.length; i += 1) {
    const [start, end] = [edges[i], edges[i + 1]];
    const inside = known.filter((e) => e.offset <= start && e.offset + e.length >= end);
    swallowBreak = closeEnded(open, inside) || swallowBreak;
    for (const entity of inside) if (!open.some((o) => o.entity === entity)) openOne(open, entity, root, text, doing);
    let piece = text.slice(start, end);
    if (swallowBreak && piece.startsWith("\n")) piece = piece.slice(1); // a block already ends its line
    swallowBreak = false;
    if (piece) (open.at(-1)?.inner ?? root).append(piece);
  }
  return root;
}

function clean(entities, length) {
  return entities
    .filter((e) => e.offset >= 0 && e.length > 0 && e.offset < length)
    .map((e) => ({ ...e, length: Math.min(e.length, length - e.offset) }))
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
}

/** Close what has ended, and what stood inside it (to be opened again). True when a block was closed. */
function closeEnded(open, inside) {
  const firstEnded = open.findIndex((o) => !inside.includes(o.entity));
  if (firstEnded < 0) return false;
  return open.splice(firstEnded).some((o) => BLOCKS.has(o.entity.type) && !inside.includes(o.entity));
}

function openOne(open, entity, root, text, doing) {
  const { outer, inner } = elementFor(entity, text.slice(entity.offset, entity.offset + entity.length), doing);
  (open.at(-1)?.inner ?? root).append(outer);
  open.push({ entity, inner: inner ?? outer });
}

function elementFor(entity, text, doing) {
  const make = MAKERS[entity.type];
  if (make) return make(entity, text, doing);
  return { outer: h(TAGS[entity.type] ?? "span", TAGS[entity.type] ? {} : { class: `entity ${entity.type}` }) };
}

const MAKERS = {
  pre: ({ language }) => {
    const inner = h("code");
    const name = language ? h("span", { class: "pre-language" }, language) : null;
    return { outer: h("pre", { tabIndex: 0 }, name, inner), inner };
  },
  blockquote: () => ({ outer: h("blockquote", {}) }),
  expandable_blockquote: (_entity, text) => expandable(text),
  spoiler: () => ({ outer: spoiler() }),
  url: (_entity, text, doing) => ({ outer: link(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`, doing) }),
  text_link: ({ url }, _text, doing) => ({ outer: link(url, doing) }),
  email: (_entity, text, doing) => ({ outer: link(`mailto:${text}`, doing) }),
  phone_number: (_entity, text, doing) => ({ outer: link(`tel:${text.replace(/[^\d+]/g, "")}`, doing) }),
  mention: (_entity, text, doing) => ({ outer: link(`https://t.me/${text.slice(1)}`, doing) }),
  bot_command: (_entity, text, doing) => ({
    outer: h("button", { class: "inline-command", type: "button", on: { click: () => doing.command?.(text) } }),
  }),
};

export const safeUrl = (url) => (SAFE.test(url ?? "") ? url : null);

function link(url, doing) {
  if (!safeUrl(url)) return h("span", { class: "entity" });
  return h("a", {
    href: url, target: "_blank", rel: "noopener noreferrer",
    on: { click: (event) => { if (doing.link?.(url)) event.preventDefault(); } },
  });
}

function spoiler() {
  const element = h("span", { class: "spoiler", role: "button", tabIndex: 0, label: "spoiler", title: "spoiler" });
  const reveal = (event) => {
    if (element.classList.contains("shown")) return;
    event.preventDefault();
    event.stopPropagation();
    element.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label", "title"]) element.removeAttribute(name);
    element.i18n = {};
  };
  element.addEventListener("click", reveal, { capture: true });
  element.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") reveal(event); });
  return element;
}

/** A quotation that shows three lines until asked for the rest. */
function expandable(text) {
  const inner = h("div", { class: "quote-text" });
  const long = text.split("\n").length > COLLAPSED_LINES || text.length > 120;
  const toggle = long && h("button", {
    class: "quote-toggle", type: "button", ariaExpanded: "false", label: "expand",
    on: {
      click: () => {
        const open = outer.classList.toggle("open");
        toggle.setAttribute("aria-expanded", String(open));
        toggle.setAttribute("aria-label", t(open ? "collapse" : "expand"));
      },
    },
  }, icon("down"));
  const outer = h("blockquote", { class: long ? "expandable" : "expandable open" }, inner, toggle);
  return { outer, inner };
}
