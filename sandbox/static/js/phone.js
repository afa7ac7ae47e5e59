// One phone on the desk: a frame, the chat of one person with the bot, and everything that person can do there.

import * as api from "./api.js";
import { AttachSheet, ownNumber } from "./attach.js";
import { ChatLog } from "./chatlog.js";
import { Composer } from "./composer.js";
import { avatar, h, icon, svg } from "./dom.js";
import { fullName, initialsOf, timeOf } from "./format.js";
import { say, t } from "./i18n.js";
import { kindOf } from "./media.js";
import { now } from "./now.js";
import { Overlay } from "./overlay.js";
import { store } from "./store.js";

const ANSWER_S = 15;
const TEXT_MAX = 4096;
const LONG_PRESS_MS = 450;
const FINGER_PX = 10;
const OWN_TOAST_MS = 3000;
const ACTIONS = {
  upload_photo: "uploading_photo", upload_document: "uploading_document", upload_voice: "recording_voice",
  record_voice: "recording_voice", find_location: "finding_location",
};

export class Phone {
  /** `desk` offers {swap(userId), remove(userId)}. */
  constructor(userId, desk) {
    this.userId = userId;
    this.desk = desk;
    this.chat = store.chat(userId);
    this.queue = Promise.resolve();
    this.listeners = new AbortController();
    this.context = { userId, token: store.bot?.token, doing: this.#doing() };
    this.log = new ChatLog(this.context);
    this.attach = new AttachSheet(this);
    this.composer = new Composer(this);
    this.#build();
    this.#listen();
    this.redraw();
    if (this.chat.loaded) this.log.apply({ changed: this.#known(), removed: [], first: true });
    this.composer.setState(this.chat);
  }

  user() {
    return store.users.get(this.userId) ?? { id: this.userId, first_name: String(this.userId) };
  }

  #known() {
    return [...this.chat.messages.values()].sort((a, b) => a.message_id - b.message_id);
  }

  // --- the look -------------------------------------------------------------------------------------------

  #build() {
    this.statusTime = h("time", { class: "status-time" });
    this.title = h("h2", { class: "chat-title" });
    this.subtitle = h("p", { class: "chat-subtitle", "aria-live": "polite" });
    this.holder = h("button", {
      class: "holder", type: "button", label: "phone_menu", on: { click: () => this.#phoneMenu() },
    });
    this.empty = h("div", { class: "empty" });
    this.log.element.prepend(this.empty);
    this.drop = h("div", { class: "drop", t: "drop_here" });
    const screen = h("div", { class: "screen" }, statusBar(this.statusTime),
      h("header", { class: "chat-head" }, h("span", { class: "bot-mark", "aria-hidden": "true" }, roundsMark()),
        h("div", { class: "chat-names" }, this.title, this.subtitle), this.holder),
      this.log.element, this.composer.element, this.attach.element, this.drop);
    this.overlay = new Overlay(screen);
    this.plate = h("header", { class: "plate" });
    this.element = h("section", { class: "phone", data: { testid: `phone-${this.userId}`, userId: this.userId } },
      this.plate, h("div", { class: "device" }, screen));
    this.#dropFiles(screen);
    this.#messageMenu();
  }

  /** Names and words that may have changed; messages are left alone. */
  redraw() {
    const user = this.user();
    const name = fullName(user);
    say(this.element, "label", "phone_of", { name });
    this.plate.replaceChildren(avatar(user.id, initialsOf(user)),
      h("div", { class: "plate-names" }, h("strong", {}, name), h("span", {}, user.note ?? (user.username ? `@${user.username}` : ""))),
      h("button", { class: "round", type: "button", label: "phone_swap", on: { click: () => this.desk.swap(this.userId) } }, icon("swap")),
      h("button", { class: "round", type: "button", label: "phone_remove", params: { name }, on: { click: () => this.desk.remove(this.userId) } }, icon("close")));
    this.holder.replaceChildren(avatar(user.id, initialsOf(user), "small"));
    this.title.textContent = store.bot ? store.bot.first_name : t("bot_waiting");
    say(this.log.log, "label", "messages", { bot: this.title.textContent });
    this.#drawAction();
    this.#drawEmpty();
    this.tick();
  }

  tick() {
    this.statusTime.textContent = timeOf(now());
  }

  #drawAction() {
    const { action } = this.chat;
    this.subtitle.classList.toggle("acting", Boolean(action));
    if (action) this.subtitle.replaceChildren(t(ACTIONS[action] ?? "typing"), dots());
    else this.subtitle.replaceChildren(store.bot?.username ? `@${store.bot.username}` : t("bot"));
    this.subtitle.dataset.action = action ?? "";
  }

  #drawEmpty() {
    const blank = !store.bot || (this.chat.loaded && !this.chat.messages.size);
    this.empty.hidden = !blank;
    if (!blank) return;
    this.empty.replaceChildren(...(store.bot
      ? [h("span", { class: "bot-mark large", "aria-hidden": "true" }, roundsMark()), h("p", { t: "chat_empty" }),
        h("button", { class: "solid", type: "button", t: "chat_start", data: { testid: "start" }, on: { click: () => this.#say("/start") } })]
      : [h("p", { t: "bot_waiting" }), h("p", { class: "hint", t: "bot_waiting_hint" })]));
  }

  // --- the chat -------------------------------------------------------------------------------------------

  #listen() {
    const { signal } = this.listeners;
    this.chat.addEventListener("change", ({ detail }) => {
      this.context.token = store.bot?.token;
      this.log.apply(detail);
      this.#drawEmpty();
    }, { signal });
    this.chat.addEventListener("state", () => this.composer.setState(this.chat), { signal });
    this.chat.addEventListener("action", () => this.#drawAction(), { signal });
    store.addEventListener("users", () => this.redraw(), { signal });
    store.addEventListener("bots", () => this.redraw(), { signal });
    store.addEventListener("toast", ({ detail }) => this.#otherToast(detail), { signal });
    window.addEventListener("langchange", () => this.#relabel(), { signal });
    window.addEventListener("clockmove", () => { this.tick(); this.log.redrawDays(); }, { signal });
  }

  #relabel() {
    this.redraw();
    this.log.apply({ changed: this.#known(), removed: [], reset: true, first: this.chat.loaded });
  }

  close() {
    this.listeners.abort();
    this.element.remove();
  }

  #doing() {
    return {
      command: (text) => this.#say(text),
      link: (url) => this.#followLink(url),
      tap: (message, button) => this.#tap(message, button),
      jump: (id) => this.log.jump(id),
      copy: (text) => this.#copy(text),
      compose: (text) => this.composer.compose(`@${store.bot?.username} ${text}`.trim()),
      unsupported: () => this.overlay.toast(t("button_unsupported")),
    };
  }

  /** A link to this very bot is opened here: /start with its payload. True when it was. */
  #followLink(url) {
    const at = /^https?:\/\/(?:t|telegram)\.me\/(\w+)(?:\?start=([\w-]*))?$/i.exec(url)
      ?? /^tg:\/\/resolve\?domain=(\w+)(?:&start=([\w-]*))?$/i.exec(url);
    if (!at || at[1].toLowerCase() !== store.bot?.username?.toLowerCase()) return false;
    if (at[2]) this.#say(`/start ${at[2]}`);
    return true;
  }

  async #tap(message, button) {
    const tap = { user_id: this.userId, message_id: message.message_id, data: button.callback_data, wait_s: ANSWER_S };
    this.tapping = (this.tapping ?? 0) + 1;
    try {
      const { answer } = await api.tapButton(this.context.token, tap);
      if (answer?.text) this.#answer(answer);
      else if (!answer) this.overlay.toast(t("button_no_answer", { n: ANSWER_S }));
      if (/^https?:/.test(answer?.url ?? "")) this.#followLink(answer.url) || window.open(answer.url, "_blank", "noopener");
    } catch (error) {
      this.overlay.failed(error);
    } finally {
      this.tapping -= 1;
      this.tappedAt = Date.now();
      this.chat.sync();
    }
  }

  #answer({ text, show_alert: alert }) {
    if (alert) this.overlay.alert(text);
    else this.overlay.toast(text);
  }

  /** An answer to a tap that was not made here (a test, another window). */
  #otherToast({ userId, text, show_alert: alert }) {
    const own = this.tapping || Date.now() - (this.tappedAt ?? 0) < OWN_TOAST_MS;
    if (userId === this.userId && text && !own) this.#answer({ text, show_alert: alert });
  }

  // --- sending: one after the other, in the order of the person's presses ---------------------------------

  #enqueue(work) {
    const done = this.queue.then(work);
    this.queue = done.catch(() => {});
    return done;
  }

  #say(text) {
    return this.submit({ text }).catch(() => {});
  }

  /** A text, a reply or an edit. Throws when it was not accepted, after saying so. */
  async submit({ text, replyTo, editId }) {
    for (const piece of editId ? [text] : pieces(text)) {
      const work = editId
        ? () => api.editMessage(this.context.token, { user_id: this.userId, message_id: editId, text: piece })
        : () => api.sendMessage(this.context.token, withReply({ user_id: this.userId, text: piece }, replyTo));
      await this.#deliver(work);
    }
  }

  async #deliver(work) {
    try {
      if (!store.bot) throw new Error(t("bot_waiting"));
      await this.#enqueue(work);
    } catch (error) {
      this.overlay.failed(error);
      throw error;
    }
    this.log.toBottom();
    await this.chat.sync();
  }

  /** True when accepted. */
  send(message) {
    return this.#deliver(() => api.sendMessage(this.context.token, { user_id: this.userId, ...message }))
      .then(() => true, () => false);
  }

  sendFiles(kind, files, caption, duration) {
    const replyTo = this.#takeReply();
    return this.#deliver(() => api.sendFiles(this.context.token, { userId: this.userId, kind, files, caption, replyTo, duration }))
      .then(() => true, () => false);
  }

  #takeReply() {
    const { mode } = this.composer;
    if (mode?.kind !== "reply") return undefined;
    this.composer.leaveMode();
    return mode.message.message_id;
  }

  /** A key of the reply keyboard. */
  async press(button) {
    if (button.request_location) return this.attach.location();
    if (button.request_contact) return this.#shareContact();
    return this.#say(button.text);
  }

  #shareContact() {
    const user = this.user();
    const contact = {
      phone_number: user.phone_number ?? ownNumber(user.id), user_id: user.id,
      first_name: user.first_name, ...(user.last_name ? { last_name: user.last_name } : {}),
    };
    return this.overlay.ask(t("contact_consent", { bot: store.bot?.first_name ?? "" }), () => this.send({ contact }));
  }

  #phoneMenu() {
    const { left, bottom } = this.holder.getBoundingClientRect();
    const { blocked } = this.chat;
    this.overlay.menu([
      { icon: "swap", key: "phone_swap", run: () => this.desk.swap(this.userId) },
      { icon: "block", key: blocked ? "unblock" : "block", run: () => this.block(!blocked) },
      { icon: "close", key: "phone_put_away", run: () => this.desk.remove(this.userId) },
    ], { x: left, y: bottom + 6 });
  }

  async block(blocked) {
    try {
      await api.setBlocked(this.context.token, this.userId, blocked);
      await this.chat.sync();
    } catch (error) {
      this.overlay.failed(error);
    }
  }

  // --- a message's own menu -------------------------------------------------------------------------------

  #messageMenu() {
    const { log } = this.log;
    let timer = 0;
    let down = { x: 0, y: 0 };
    const openAt = (target, point) => {
      const element = target.closest("[data-message-id]");
      if (!element) return false;
      this.overlay.menu(this.#menuItems(Number(element.dataset.messageId)), point);
      return true;
    };
    log.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a[href]") || String(getSelection())) return;
      const box = event.target.getBoundingClientRect();
      const point = event.clientX ? { x: event.clientX, y: event.clientY } : { x: box.left + 24, y: box.top + 24 };
      if (openAt(event.target, point)) event.preventDefault();
    });
    log.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-message-id]")) return;
      const box = event.target.getBoundingClientRect();
      openAt(event.target, { x: box.left + 24, y: box.top + 24 });
      event.preventDefault();
    });
    log.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || event.target.closest(".inline-keyboard")) return;
      down = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => openAt(event.target, down), LONG_PRESS_MS);
    });
    log.addEventListener("pointermove", ({ clientX, clientY }) => {
      if (Math.hypot(clientX - down.x, clientY - down.y) > FINGER_PX) clearTimeout(timer);
    });
    for (const name of ["pointerup", "pointercancel"]) log.addEventListener(name, () => clearTimeout(timer));
  }

  #menuItems(id) {
    const message = this.chat.messages.get(id);
    const text = message?.text ?? message?.caption;
    const editable = message?.from?.id === this.userId && message.text && !kindOf(message);
    return [
      { icon: "reply", key: "reply", run: () => this.composer.reply(message) },
      editable && { icon: "edit", key: "edit", run: () => this.composer.edit(message) },
      text && { icon: "copy", key: "copy", run: () => this.#copy(text) },
    ].filter(Boolean);
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.overlay.toast(t("copied"));
    } catch {
      this.composer.compose(text); // no clipboard over plain http: at least it can be taken from here
    }
  }

  #dropFiles(screen) {
    let depth = 0;
    const over = (by) => {
      depth = Math.max(0, depth + by);
      screen.classList.toggle("dropping", depth > 0);
    };
    screen.addEventListener("dragenter", (event) => { if (event.dataTransfer?.types.includes("Files")) over(1); });
    screen.addEventListener("dragleave", () => over(-1));
    screen.addEventListener("dragover", (event) => event.preventDefault());
    screen.addEventListener("drop", (event) => {
      event.preventDefault();
      over(-depth);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) this.attach.take(files);
    });
  }
}

const withReply = (message, replyTo) => (replyTo ? { ...message, reply_to: replyTo } : message);

/** A text over the limit goes as several messages, as phones do it. */
function pieces(text) {
  const found = [];
  for (let rest = [...text]; rest.length; rest = rest.slice(TEXT_MAX)) found.push(rest.slice(0, TEXT_MAX).join(""));
  return found;
}

const dots = () => h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));

function statusBar(time) {
  return h("div", { class: "status-bar", "aria-hidden": "true" }, time, h("span", { class: "island" }),
    svg("svg", { viewBox: "0 0 46 14", class: "status-signs" },
      ...[4, 6.5, 9, 11.5].map((height, i) => svg("rect", { x: i * 4.2, y: 12.5 - height, width: 2.8, height, rx: 0.8 })),
      svg("rect", { class: "line", x: 22, y: 1.5, width: 20, height: 10.5, rx: 3.2 }),
      svg("rect", { x: 23.8, y: 3.3, width: 13, height: 6.9, rx: 1.7 }),
      svg("rect", { x: 43, y: 4.8, width: 1.6, height: 4, rx: 0.8 })));
}

/** The mark of Rounds: a round that is walked, with the place one is at. */
export function roundsMark() {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { class: "mark-ring", d: "M17.9 7.2A7.6 7.6 0 1 0 19.6 12" }),
    svg("path", { class: "mark-ring thin", d: "M8.4 12a3.6 3.6 0 1 0 3.6-3.6" }),
    svg("circle", { class: "mark-dot", cx: 18.6, cy: 8.6, r: 2.1 }));
}
