// Where a person writes: a field that grows, the command list, reply and edit, the reply keyboard.

import { h, icon } from "./dom.js";
import { replyKeyboard } from "./keyboards.js";
import { say } from "./i18n.js";
import { authorOf, gist } from "./message.js";

const FIELD_MAX_PX = 150;

/**
 * `phone` offers {overlay, attach, context, chat, submit({text, replyTo, editId}), press(button)};
 * submit throws when the message was not accepted, and what was typed comes back.
 */
export class Composer {
  constructor(phone) {
    this.phone = phone;
    this.mode = null; // {kind: "reply" | "edit", message}
    this.keyboardHidden = false;
    this.#build();
  }

  #build() {
    this.field = h("textarea", {
      rows: 1, label: "composer", placeholder: "composer_placeholder", autocomplete: "off",
      enterKeyHint: "send", "aria-autocomplete": "list", data: { testid: "composer" },
      on: {
        input: () => this.#onInput(),
        keydown: (event) => this.#onKey(event),
        paste: (event) => this.#onPaste(event),
      },
    });
    this.sendButton = h("button", {
      class: "round send", type: "button", label: "send", data: { testid: "send" }, on: { click: () => this.send() },
    }, icon("send"));
    const attach = h("button", {
      class: "round", type: "button", label: "attach", data: { testid: "attach" }, on: { click: () => this.phone.attach.open() },
    }, icon("attach"));
    this.menuButton = h("button", {
      class: "menu-button", type: "button", hidden: true, "aria-haspopup": "listbox", data: { testid: "menu-button" },
      on: { click: () => this.#toggleCommands() },
    }, icon("menu"), h("span", { t: "menu" }));
    this.keyboardButton = h("button", {
      class: "round inset", type: "button", label: "keyboard_hide", hidden: true,
      on: { click: () => this.#showKeyboard(this.keyboardHidden) },
    }, icon("keyboard"));
    this.banner = h("div", { class: "banner", hidden: true });
    this.commands = h("div", { class: "commands", role: "listbox", label: "commands", hidden: true, data: { testid: "commands" } });
    this.keys = h("div", { class: "keys-frame", hidden: true });
    this.row = h("div", { class: "composer-row" }, attach,
      this.menuButton, h("div", { class: "field-frame" }, this.field, this.keyboardButton), this.sendButton);
    this.blockedBar = h("div", { class: "blocked-bar", hidden: true },
      h("button", { class: "soft wide", type: "button", t: "unblock", on: { click: () => this.phone.block(false) } }));
    this.element = h("footer", { class: "composer" }, this.commands, this.banner, this.row, this.blockedBar, this.keys);
    this.#onInput();
  }

  /** The bot's part of it: commands, menu button, reply keyboard. */
  setState({ commands, menuButton, replyKeyboard: markup, blocked }) {
    this.blockedBar.hidden = !blocked;
    this.row.hidden = blocked;
    this.known = commands;
    this.menuButton.hidden = !commands.length || menuButton?.type === "web_app";
    this.#listCommands();
    const key = JSON.stringify(markup);
    if (key === this.markupKey) return;
    this.markupKey = key;
    this.markup = markup?.keyboard ? markup : null;
    const hint = markup?.input_field_placeholder;
    if (hint) this.#placeholder(hint);
    else say(this.field, "placeholder", "composer_placeholder");
    if (markup?.force_reply) this.#forceReply();
    this.keys.replaceChildren(...(this.markup ? [replyKeyboard(this.markup, (button) => this.#press(button))] : []));
    this.#showKeyboard(Boolean(this.markup));
  }

  #placeholder(text) {
    delete this.field.i18n.placeholder;
    this.field.placeholder = text;
  }

  #forceReply() {
    const last = [...this.phone.chat.messages.values()].filter((m) => m.from?.is_bot).at(-1);
    if (last) this.reply(last);
  }

  #showKeyboard(shown) {
    this.keyboardHidden = !shown;
    this.keys.hidden = !this.markup || !shown;
    this.keyboardButton.hidden = !this.markup;
    this.keyboardButton.classList.toggle("on", !this.keys.hidden);
    const key = shown ? "keyboard_hide" : "keyboard_show";
    say(this.keyboardButton, "label", key);
    say(this.keyboardButton, "title", key);
  }

  async #press(button) {
    if (this.markup?.one_time_keyboard) this.#showKeyboard(false);
    await this.phone.press(button);
  }

  #onInput() {
    this.sendButton.disabled = !this.field.value.trim();
    this.element.classList.toggle("writing", this.field.value !== "");
    this.#grow();
    this.menuOpen = false;
    this.#listCommands();
  }

  #grow() {
    this.field.style.height = "";
    const { scrollHeight, clientHeight } = this.field;
    if (scrollHeight > clientHeight) this.field.style.height = `${scrollHeight}px`;
    this.field.classList.toggle("full", scrollHeight > FIELD_MAX_PX);
  }

  #onKey(event) {
    if (event.isComposing || event.keyCode === 229) return; // Enter still belongs to the input method
    if (this.#onCommandKey(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      return void this.send();
    }
    if (event.key === "Escape" && this.mode) return this.leaveMode();
    if (event.key === "ArrowUp" && !this.field.value && !this.mode) this.#editLast(event);
    return undefined;
  }

  #editLast(event) {
    const own = [...this.phone.chat.messages.values()].filter((m) => m.from?.id === this.phone.context.userId && m.text);
    const last = own.reduce((a, b) => (a && a.message_id > b.message_id ? a : b), null);
    if (!last) return;
    event.preventDefault();
    this.edit(last);
  }

  #onPaste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.phone.attach.take(files);
  }

  // --- commands -------------------------------------------------------------------------------------------

  #toggleCommands() {
    this.menuOpen = this.commands.hidden;
    this.#listCommands();
    if (this.menuOpen) this.commands.querySelector("button")?.focus();
  }

  #listCommands() {
    const typed = /^\/(\S*)$/.exec(this.field.value)?.[1];
    const start = (typed ?? "").toLowerCase();
    const shown = this.menuOpen ? this.known : typed == null ? [] : this.known?.filter(({ command }) => command.startsWith(start));
    this.commands.hidden = !shown?.length;
    this.commands.replaceChildren(...(shown ?? []).map(({ command, description }) => h("button", {
      type: "button", role: "option", data: { command },
      on: { click: () => this.#runCommand(command), keydown: (event) => this.#onListKey(event) },
    }, h("span", { class: "command-name" }, `/${command}`), h("span", { class: "command-words" }, description))));
  }

  /** While typing a command: arrows go into the list, Tab completes; Enter sends what stands in the field. */
  #onCommandKey(event) {
    if (this.commands.hidden) return false;
    const buttons = [...this.commands.children];
    if (event.key === "ArrowDown") buttons[0].focus();
    else if (event.key === "ArrowUp") buttons.at(-1).focus();
    else if (event.key === "Tab") this.compose(`/${buttons[0].dataset.command} `);
    else if (event.key === "Escape") this.commands.hidden = true;
    else return false;
    return true;
  }

  #onListKey(event) {
    const buttons = [...this.commands.children];
    const at = buttons.indexOf(event.currentTarget);
    if (event.key === "ArrowDown") buttons[(at + 1) % buttons.length].focus();
    else if (event.key === "ArrowUp") (buttons[at - 1] ?? this.field).focus();
    else if (event.key === "Escape") this.closeCommands();
    else return;
    event.preventDefault();
  }

  closeCommands() {
    if (this.commands.hidden) return;
    this.menuOpen = false;
    this.commands.hidden = true;
    this.field.focus();
  }

  #runCommand(command) {
    this.menuOpen = false;
    if (this.field.value.startsWith("/")) this.field.value = "";
    this.#onInput();
    this.field.focus();
    this.phone.submit({ text: `/${command}` }).catch(() => {});
  }

  // --- writing --------------------------------------------------------------------------------------------

  compose(text) {
    this.field.value = text;
    this.#onInput();
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }

  reply(message) {
    this.#enterMode("reply", message);
  }

  edit(message) {
    this.#enterMode("edit", message);
    this.compose(message.text);
  }

  #enterMode(kind, message) {
    this.leaveMode();
    this.mode = { kind, message };
    const head = kind === "edit"
      ? h("span", { class: "banner-head", t: "editing" })
      : h("span", { class: "banner-head", t: "reply_to", params: { name: authorOf(message, this.phone.context) } });
    const label = kind === "edit" ? "edit_cancel" : "reply_cancel";
    this.banner.replaceChildren(icon(kind), h("div", { class: "banner-words" }, head, h("span", {}, gist(message))),
      h("button", { class: "round small", type: "button", label, on: { click: () => this.leaveMode() } }, icon("close")));
    this.banner.hidden = false;
    this.field.focus();
  }

  leaveMode() {
    if (this.mode?.kind === "edit") this.compose("");
    this.mode = null;
    this.banner.hidden = true;
  }

  async send() {
    const text = this.field.value.trim();
    if (!text) return;
    const { mode } = this;
    this.mode = null;
    this.banner.hidden = true;
    this.compose("");
    try {
      const id = mode?.message.message_id;
      await this.phone.submit(mode?.kind === "edit" ? { text, editId: id } : { text, replyTo: id });
      if (this.markup?.one_time_keyboard) this.#showKeyboard(false);
    } catch { // never lose what was typed
      if (mode) this.#enterMode(mode.kind, mode.message);
      this.compose([text, this.field.value].filter(Boolean).join("\n"));
    }
  }
}
