// One bubble. Built once; afterwards only the part that changed is replaced, so that pictures stay, voices
// play on, and the keyboard's focus does not jump.

import { h } from "./dom.js";
import { renderText } from "./entities.js";
import { fullName, longTime, timeOf } from "./format.js";
import { t } from "./i18n.js";
import { inlineKeyboard } from "./keyboards.js";
import { kindOf, renderMedia } from "./media.js";

const PARTS = ["quote", "media", "text", "meta", "keyboard"];
const IN_BUBBLE = new Set(["quote", "media", "text", "meta"]);

/** `context` is the phone's: {userId, token, doing: {command, link, tap, jump}}. */
export function createMessage(message, context) {
  const bubble = h("div", { class: "bubble" });
  const element = h("article", { tabIndex: -1, data: { messageId: message.message_id } }, bubble);
  element.bubble = bubble;
  element.parts = {};
  patchMessage(element, message, context);
  return element;
}

/** Bring the element up to date; true when something visible changed. */
export function patchMessage(element, message, context) {
  element.message = message;
  element.className = classesOf(element, message, context);
  element.setAttribute("aria-label", `${authorOf(message, context)}, ${longTime(message.date * 1000)}`);
  let changed = false;
  for (const name of PARTS) changed = patchPart(element, name, message, context) || changed;
  return changed;
}

/** An album's tile: the picture alone; its words stand under the album. */
export function createTile(message, context) {
  const tile = h("div", { class: "tile", tabIndex: -1, data: { messageId: message.message_id } });
  tile.append(renderMedia(message, context.token));
  tile.message = message;
  return tile;
}

function classesOf(element, message, { userId }) {
  const own = message.from?.id === userId;
  const kind = kindOf(message) ?? "text";
  const layout = ["joined", "last"].filter((name) => element.classList.contains(name));
  const bare = !message.caption && ["photo", "location", "venue", "video"].includes(kind);
  return ["message", own ? "own" : "bot", `kind-${kind}`, bare ? "bare" : "", ...layout].filter(Boolean).join(" ");
}

function patchPart(element, name, message, context) {
  const { key, build } = BUILDERS[name](message, context);
  const before = element.parts[name];
  if (before?.key === key) return false;
  const node = key == null ? null : build();
  const focusAt = name === "keyboard" ? focusIndex(before?.node) : -1;
  before?.node?.remove();
  element.parts[name] = { key, node };
  if (node) insertPart(element, name, node);
  if (focusAt >= 0) (node?.querySelectorAll("button")[focusAt] ?? element).focus({ preventScroll: true });
  return true;
}

function focusIndex(keyboard) {
  return keyboard ? [...keyboard.querySelectorAll("button")].indexOf(document.activeElement) : -1;
}

function insertPart(element, name, node) {
  if (!IN_BUBBLE.has(name)) return element.append(node);
  const after = PARTS.slice(PARTS.indexOf(name) + 1).map((next) => element.parts[next]?.node);
  const next = after.find((other) => other?.parentNode === element.bubble);
  return element.bubble.insertBefore(node, next ?? null);
}

const BUILDERS = {
  quote: ({ reply_to_message: replied }, context) => ({
    key: replied ? JSON.stringify([replied.message_id, gist(replied)]) : null,
    build: () => quote(replied, context),
  }),
  media: (message, { token }) => ({
    key: mediaKey(message),
    build: () => renderMedia(message, token),
  }),
  text: (message, { doing }) => {
    const text = message.text ?? message.caption;
    const entities = message.entities ?? message.caption_entities ?? [];
    return {
      key: text ? JSON.stringify([text, entities]) : null,
      build: () => h("div", { class: "text", dir: "auto" }, renderText(text, entities, doing)),
    };
  },
  meta: (message) => ({
    key: `${message.date}/${message.edit_date ?? ""}`,
    build: () => meta(message),
  }),
  keyboard: (message, context) => {
    const rows = message.reply_markup?.inline_keyboard ?? [];
    return {
      key: rows.length ? JSON.stringify(rows) : null,
      build: () => inlineKeyboard(rows, message, context),
    };
  },
};

function mediaKey(message) {
  const kind = kindOf(message);
  if (!kind) return null;
  const media = message[kind];
  const files = [media].flat().map((file) => file?.file_unique_id ?? JSON.stringify(file ?? null));
  return `${kind}:${files.join()}`;
}

function meta(message) {
  const edited = message.edit_date ? h("span", { class: "edited" }, t("edited")) : null;
  const time = h("time", { dateTime: new Date(message.date * 1000).toISOString(), title: null }, timeOf(message.date * 1000));
  time.title = longTime(message.date * 1000);
  return h("span", { class: "meta" }, edited, time);
}

/** A line that stands for a message where it is quoted or replied to. */
export function gist(message) {
  const words = message.text ?? message.caption;
  if (words) return words.replace(/\s+/g, " ").slice(0, 120);
  return t({ venue: "location", animation: "video", unknown: "unknown_kind" }[kindOf(message)] ?? kindOf(message));
}

export const authorOf = (message, { userId }) => (message.from?.id === userId ? t("you") : fullName(message.from));

function quote(replied, context) {
  return h("button", { class: "quoted", type: "button", on: { click: () => context.doing.jump(replied.message_id) } },
    h("span", { class: "quoted-name" }, authorOf(replied, context)),
    h("span", { class: "quoted-text" }, gist(replied)));
}
