// What the page knows: bots, people, which phones lie on the desk, and each person's chat as last read.

import * as api from "./api.js";
import { moved } from "./now.js";

const POLL_MS = 1500;        // while the event stream is down
const SAFETY_POLL_MS = 12_000; // while it is up: an event lost on the way costs this much at most
const ACTION_MS = 5500;      // Telegram shows a chat action for five seconds

/** One person's chat with the bot. Emits "change" with {changed, removed, reset}, and "state". */
class Chat extends EventTarget {
  constructor(userId) {
    super();
    this.userId = userId;
    this.clear();
  }

  clear() {
    this.messages = new Map();
    this.seq = 0;
    this.loaded = false;
    this.replyKeyboard = null;
    this.action = null;
    this.commands = [];
    this.menuButton = null;
    this.blocked = false;
  }

  /** Read what is new; calls made while one is running are folded into one more. */
  async sync() {
    if (this.syncing) {
      this.again = true;
      return this.syncing;
    }
    this.syncing = this.#read().finally(() => { this.syncing = null; });
    await this.syncing;
    if (this.again) {
      this.again = false;
      await this.sync();
    }
    return undefined;
  }

  async #read() {
    const token = store.bot?.token;
    if (!token || !store.users.has(this.userId)) return;
    let page;
    try {
      page = await api.readChat(token, this.userId, this.seq);
    } catch (error) {
      if (error.status === 0) store.setOnline(false);
      return;
    }
    if (token !== store.bot?.token) return;
    if (page.seq < this.seq) { // the sandbox was started afresh
      this.#reset();
      this.again = true;
      return;
    }
    this.ingest(page.messages, page.seq);
    this.#readState(page);
  }

  #reset() {
    this.clear();
    this.dispatchEvent(new CustomEvent("change", { detail: { changed: [], removed: [], reset: true } }));
  }

  /** Forget and read again, as after a lost connection or a change of bot. */
  async reload() {
    this.#reset();
    await this.sync();
  }

  ingest(messages, seq = this.seq) {
    const changed = [];
    const removed = [];
    for (const message of messages) {
      const id = message.message_id;
      if (message.deleted) {
        if (this.messages.delete(id)) removed.push(id);
      } else if ((message.seq ?? 0) >= (this.messages.get(id)?.seq ?? 0)) {
        this.messages.set(id, message);
        changed.push(message);
      }
    }
    const first = !this.loaded;
    this.seq = Math.max(this.seq, seq);
    this.loaded = true;
    if (changed.some((message) => message.from?.is_bot)) this.setAction(null);
    if (changed.length || removed.length || first) {
      this.dispatchEvent(new CustomEvent("change", { detail: { changed, removed, first } }));
    }
  }

  #readState(page) {
    const next = JSON.stringify([page.reply_keyboard, page.commands, page.menu_button, page.blocked]);
    if (page.chat_action !== undefined) this.setAction(page.chat_action);
    if (next === this.stateKey) return;
    this.stateKey = next;
    this.replyKeyboard = page.reply_keyboard ?? null;
    this.commands = page.commands ?? [];
    this.menuButton = page.menu_button ?? null;
    this.blocked = Boolean(page.blocked);
    this.dispatchEvent(new Event("state"));
  }

  setAction(action) {
    clearTimeout(this.actionTimer);
    if (action) this.actionTimer = setTimeout(() => this.setAction(null), ACTION_MS);
    if (action === this.action) return;
    this.action = action;
    this.dispatchEvent(new Event("action"));
  }
}

/** Emits "users", "bots", "phones", "unread", "online", "toast", "tick". */
class Store extends EventTarget {
  bots = [];
  bot = null;
  users = new Map();
  phones = [];
  chats = new Map();
  unread = new Map();
  online = true;
  streaming = false;
  inView = (userId) => this.phones.includes(userId); // the desk knows better: on a small screen one phone shows

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  chat(userId) {
    if (!this.chats.has(userId)) this.chats.set(userId, new Chat(userId));
    return this.chats.get(userId);
  }

  async start() {
    await this.refresh();
    api.listen((name, data) => this.#onEvent(name, data), (up) => this.#onStream(up));
    this.#pollIn(POLL_MS);
  }

  #pollIn(delay) {
    clearTimeout(this.pollTimer);
    this.pollTimer = setTimeout(async () => {
      await this.refresh();
      await Promise.all(this.phones.map((id) => this.chat(id).sync()));
      const waiting = !this.streaming || !this.bot || !this.users.size;
      this.#pollIn(waiting ? POLL_MS : SAFETY_POLL_MS);
    }, delay);
  }

  /** People, bots and clock. Never throws: a sandbox that is not there yet is waited for. */
  async refresh() {
    try {
      const [bots, users, clock] = await Promise.all([api.listBots(), api.listUsers(), api.readClock()]);
      this.setOnline(true);
      moved(clock);
      this.#setUsers(users);
      this.#setBots(bots);
    } catch {
      this.setOnline(false);
    }
  }

  #setUsers(users) {
    const people = users.filter((user) => !user.is_bot);
    const key = JSON.stringify(people);
    if (key === this.usersKey) return;
    this.usersKey = key;
    this.users = new Map(people.map((user) => [user.id, user]));
    this.emit("users");
    this.phones.forEach((id) => this.chat(id).sync()); // a phone may have waited for its person
  }

  #setBots(bots) {
    const key = JSON.stringify(bots);
    if (key === this.botsKey) return;
    this.botsKey = key;
    this.bots = bots;
    const asked = new URLSearchParams(location.search).get("bot");
    const wanted = this.bot?.token ?? bots.find((bot) => asked && [bot.username, String(bot.id)].includes(asked))?.token;
    this.#chooseBot(bots.find((bot) => bot.token === wanted) ?? bots[0] ?? null);
    this.emit("bots");
  }

  #chooseBot(bot) {
    const before = this.bot?.token;
    this.bot = bot;
    if (bot?.token !== before) this.phones.forEach((id) => this.chat(id).reload());
  }

  pickBot(token) {
    this.unread.clear();
    this.chats.forEach((chat) => { if (!this.phones.includes(chat.userId)) this.chats.delete(chat.userId); });
    this.#chooseBot(this.bots.find((bot) => bot.token === token) ?? null);
    this.emit("bots");
  }

  setPhones(ids) {
    this.phones = [...new Set(ids)];
    for (const id of this.phones) {
      this.unread.delete(id);
      this.chat(id).sync();
    }
    this.emit("phones");
  }

  markRead(userId) {
    if (this.unread.delete(userId)) this.emit("unread");
  }

  setOnline(online) {
    if (online === this.online) return;
    this.online = online;
    this.emit("online");
  }

  #onStream(up) {
    const returned = up && this.wasStreaming && !this.streaming;
    this.streaming = up;
    this.wasStreaming ||= up;
    if (up) this.setOnline(true);
    else this.#pollIn(0);
    if (!returned) return;
    this.refresh();
    this.phones.forEach((id) => this.chat(id).reload());
  }

  #onEvent(name, data) {
    if (name === "clock") return moved(data);
    if (name === "user" || name === "bot") return void this.refresh();
    if (data.token && data.token !== this.bot?.token) return this.bot ? undefined : void this.refresh();
    const userId = Number(data.user_id ?? data.chat_id ?? data.message?.chat?.id);
    if (!userId) return this.phones.forEach((id) => this.chat(id).sync()); // commands or menu, for everybody
    if (name === "toast") return this.emit("toast", { ...data, userId });
    if (name === "action" && data.action && this.phones.includes(userId)) return this.chat(userId).setAction(data.action);
    if (this.phones.includes(userId)) this.chat(userId).sync();
    if (name === "message" && !this.inView(userId)) this.#countUnread(userId, data.message);
    return undefined;
  }

  #countUnread(userId, message) {
    if (!this.users.has(userId) || !message?.from?.is_bot || message.edit_date) return;
    this.unread.set(userId, (this.unread.get(userId) ?? 0) + 1);
    this.emit("unread");
  }
}

export const store = new Store();
