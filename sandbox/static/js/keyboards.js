// Buttons: the inline keyboard under a bot's message and the reply keyboard under the composer.

import { h, icon, spinner } from "./dom.js";
import { safeUrl } from "./entities.js";

const STYLES = new Set(["primary", "success", "danger"]);
const CALLED = ["callback_data", "url", "copy_text", "switch_inline_query_current_chat", "web_app", "login_url"];

export function inlineKeyboard(rows, message, { doing }) {
  return h("div", { class: "inline-keyboard", role: "group" }, rows.map((row) => h("div", { class: "keys" },
    row.map((button) => inlineButton(button, message, doing)))));
}

function inlineButton(button, message, doing) {
  const url = safeUrl(button.url ?? button.web_app?.url ?? button.login_url?.url);
  const style = STYLES.has(button.style) ? ` ${button.style}` : "";
  const works = CALLED.some((name) => button[name] != null);
  const element = h("button", { class: `key${style}`, type: "button", "aria-disabled": works ? null : "true" },
    h("span", { class: "key-text" }, button.text), url ? icon("link") : null);
  element.addEventListener("click", async () => {
    if (element.ariaBusy === "true") return;
    if (button.callback_data != null) await busy(element, () => doing.tap(message, button));
    else if (url) doing.link(url) || window.open(url, "_blank", "noopener,noreferrer");
    else if (button.copy_text) doing.copy(button.copy_text.text);
    else if (button.switch_inline_query_current_chat != null) doing.compose(button.switch_inline_query_current_chat);
    else doing.unsupported();
  });
  return element;
}

/** A turning sign on the button, and deaf to further presses, while the bot has not answered. */
async function busy(element, work) {
  element.ariaBusy = "true";
  const sign = spinner();
  element.append(sign);
  try {
    await work();
  } finally {
    element.ariaBusy = null;
    sign.remove();
  }
}

/** `press(button)` gets the button as an object, also when the bot gave only its text. */
export function replyKeyboard(markup, press) {
  const rows = markup.keyboard ?? [];
  return h("div", {
    class: markup.resize_keyboard ? "reply-keys" : "reply-keys tall",
    role: "group", label: "reply_keyboard", data: { testid: "reply-keyboard" },
  }, rows.map((row) => h("div", { class: "keys" }, row.map((raw) => replyButton(raw, press)))));
}

function replyButton(raw, press) {
  const button = typeof raw === "string" ? { text: raw } : raw;
  const style = STYLES.has(button.style) ? ` ${button.style}` : "";
  const ownSign = /^\p{Extended_Pictographic}/u.test(button.text);
  const sign = ownSign ? null : button.request_location ? "location" : button.request_contact ? "contact" : null;
  return h("button", { class: `key${style}`, type: "button", on: { click: () => press(button) } },
    sign ? icon(sign) : null, h("span", { class: "key-text" }, button.text));
}
