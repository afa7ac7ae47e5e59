// The messages of one phone, in order of message id, patched one by one.
// An entry is a message or an album; a day separator belongs to the entry under it.

import { h, icon } from "./dom.js";
import { dayKey, dayLabel } from "./format.js";
import { say } from "./i18n.js";
import { createMessage, createTile, patchMessage } from "./message.js";
import { now } from "./now.js";

const NEAR_BOTTOM_PX = 60;
const JOIN_S = 300;
const FLASH_MS = 1400;

export class ChatLog {
  constructor(context) {
    this.context = context;
    this.entries = [];         // sorted by id: {id, element, message, tiles?: Map, separator?}
    this.byId = new Map();     // message id -> entry
    this.byAlbum = new Map();  // media_group_id -> entry
    this.pinned = true;
    this.unseen = 0;
    this.lastTop = 0;
    this.#build();
  }

  #build() {
    this.inner = h("div", { class: "log-inner" });
    this.log = h("div", {
      class: "log", role: "log", tabIndex: 0, "aria-live": "polite", "aria-busy": "true", data: { testid: "messages" },
      on: { scroll: () => this.#onScroll(), keydown: (event) => this.#onKey(event) },
    }, this.inner);
    this.pillText = h("span");
    this.pill = h("button", {
      class: "pill", type: "button", hidden: true, label: "to_bottom", data: { testid: "new-messages" },
      on: { click: () => this.toBottom(true) },
    }, this.pillText, icon("down"));
    this.element = h("div", { class: "log-frame" }, this.log, this.pill);
    const resized = new ResizeObserver(() => { if (this.pinned) this.toBottom(); });
    resized.observe(this.inner);
    resized.observe(this.log);
  }

  get live() {
    return this.log.ariaBusy !== "true";
  }

  /** Take in changed messages and removed ids. */
  apply({ changed, removed, reset, first }) {
    if (reset) this.#clear();
    const touched = new Set();
    for (const id of removed) this.#remove(id, touched);
    let arrived = 0;
    for (const message of changed) arrived += this.#upsert(message, touched) ? 1 : 0;
    for (const index of [...touched].map((entry) => this.entries.indexOf(entry))) this.#layout(index);
    if (this.pinned) this.toBottom();
    else if (this.live) this.#countUnseen(arrived);
    if (first) this.log.ariaBusy = "false";
  }

  #clear() {
    this.inner.replaceChildren();
    this.entries = [];
    this.byId.clear();
    this.byAlbum.clear();
    this.log.ariaBusy = "true";
    this.pinned = true;
    this.#countUnseen(-this.unseen);
  }

  /** True when a message of the bot's is new. */
  #upsert(message, touched) {
    const entry = this.byId.get(message.message_id);
    if (entry) {
      this.#update(entry, message, touched);
      return false;
    }
    const album = message.media_group_id && this.byAlbum.get(message.media_group_id);
    const target = album ? this.#addTile(album, message) : this.#insert(message);
    this.byId.set(message.message_id, target);
    touched.add(target);
    return message.from?.id !== this.context.userId;
  }

  #update(entry, message, touched) {
    if (entry.tiles) {
      entry.tiles.get(message.message_id).replaceWith(this.#tile(entry, message));
      this.#drawAlbum(entry);
      return;
    }
    const edited = message.edit_date && message.edit_date !== entry.message.edit_date;
    entry.message = message;
    const changed = patchMessage(entry.element, message, this.context);
    if (changed && edited && this.live) this.flash(entry.element);
    touched.add(entry);
  }

  #insert(message) {
    const entry = { id: message.message_id, message };
    if (message.media_group_id && message.photo) this.#startAlbum(entry, message);
    else entry.element = createMessage(message, this.context);
    let at = this.entries.length;
    while (at > 0 && this.entries[at - 1].id > entry.id) at -= 1;
    const after = this.entries[at];
    this.inner.insertBefore(entry.element, after?.separator ?? after?.element ?? null);
    this.entries.splice(at, 0, entry);
    if (this.live) entry.element.classList.add("arriving");
    return entry;
  }

  #startAlbum(entry, message) {
    entry.tiles = new Map();
    entry.grid = h("div", { class: "album" });
    entry.element = createMessage(captionOf(message, message), this.context);
    delete entry.element.dataset.messageId;
    entry.element.dataset.album = message.media_group_id;
    entry.element.classList.add("kind-photo");
    entry.element.bubble.prepend(entry.grid);
    this.byAlbum.set(message.media_group_id, entry);
    this.#addTile(entry, message);
  }

  #tile(entry, message) {
    const tile = createTile(message, this.context);
    entry.tiles.set(message.message_id, tile);
    return tile;
  }

  #addTile(entry, message) {
    const tile = this.#tile(entry, message);
    const next = [...entry.grid.children].find((other) => Number(other.dataset.messageId) > message.message_id);
    entry.grid.insertBefore(tile, next ?? null);
    this.#drawAlbum(entry);
    return entry;
  }

  /** The album's words are those of the first picture that has any. */
  #drawAlbum(entry) {
    const tiles = [...entry.grid.children];
    entry.grid.dataset.count = String(tiles.length);
    const speaker = tiles.find((tile) => tile.message.caption)?.message ?? tiles[0].message;
    patchMessage(entry.element, captionOf(speaker, tiles[0].message), this.context);
    entry.element.classList.add("kind-photo", "album-message");
    entry.element.classList.toggle("bare", !speaker.caption);
  }

  #remove(id, touched) {
    const entry = this.byId.get(id);
    if (!entry) return;
    this.byId.delete(id);
    if (entry.tiles && entry.tiles.size > 1) {
      entry.tiles.get(id).remove();
      entry.tiles.delete(id);
      this.#drawAlbum(entry);
      return;
    }
    const at = this.entries.indexOf(entry);
    const hadFocus = entry.element.contains(document.activeElement);
    entry.separator?.remove();
    entry.element.remove();
    this.entries.splice(at, 1);
    this.byAlbum.delete(entry.message.media_group_id);
    touched.delete(entry);
    const neighbour = this.entries[at] ?? this.entries[at - 1];
    if (neighbour) touched.add(neighbour);
    if (hadFocus) this.log.focus({ preventScroll: true });
  }

  /** Separator and bubble shape of an entry and of its neighbours. */
  #layout(index) {
    for (const at of [index - 1, index, index + 1]) {
      const entry = this.entries[at];
      if (!entry) continue;
      const before = this.entries[at - 1];
      const after = this.entries[at + 1];
      this.#separate(entry, before);
      entry.element.classList.toggle("joined", Boolean(before && !entry.separator && belongTogether(before, entry)));
      entry.element.classList.toggle("last", !after || !belongTogether(entry, after));
    }
  }

  #separate(entry, before) {
    const day = dayKey(entry.message.date * 1000);
    const needed = !before || dayKey(before.message.date * 1000) !== day;
    if (!needed) {
      entry.separator?.remove();
      entry.separator = null;
      return;
    }
    const label = dayLabel(entry.message.date * 1000, now());
    entry.separator ??= h("div", { class: "day", role: "separator" }, h("span", {}, label));
    entry.separator.firstChild.textContent = label;
    if (entry.separator.nextSibling !== entry.element) this.inner.insertBefore(entry.separator, entry.element);
  }

  /** The clock moved: "today" may have become "yesterday". */
  redrawDays() {
    this.entries.forEach((entry, at) => this.#separate(entry, this.entries[at - 1]));
  }

  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    const upwards = scrollTop < this.lastTop - 1; // only going up lets go of the end: content may grow meanwhile
    this.lastTop = scrollTop;
    if (near) this.pinned = true;
    else if (upwards) this.pinned = false;
    if (this.pinned) this.#countUnseen(-this.unseen);
    else this.#countUnseen(0);
  }

  toBottom(smooth = false) {
    this.pinned = true;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.#countUnseen(-this.unseen);
  }

  #countUnseen(by) {
    this.unseen += by;
    this.pill.hidden = this.pinned || !this.entries.length;
    this.pill.classList.toggle("counting", this.unseen > 0);
    if (this.unseen) say(this.pillText, "text", "new_messages", { n: this.unseen });
    else this.pillText.textContent = "";
  }

  /** Scroll to a message and light it up. */
  jump(id) {
    const element = this.elementOf(id);
    if (!element) return;
    this.pinned = false;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    this.flash(element);
  }

  elementOf(id) {
    const entry = this.byId.get(id);
    return entry?.tiles?.get(id) ?? entry?.element ?? null;
  }

  flash(element) {
    element.classList.remove("flash");
    void element.offsetWidth; // restart the animation
    element.classList.add("flash");
    setTimeout(() => element.classList.remove("flash"), FLASH_MS);
  }

  #onKey(event) {
    if (!["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    if (event.target !== this.log && !event.target.matches("[data-message-id], [data-album]")) return;
    const at = this.entries.findIndex((entry) => entry.element.contains(event.target));
    const last = this.entries.length - 1;
    const from = at < 0 ? last + 1 : at;
    const to = { ArrowUp: from - 1, ArrowDown: from + 1, Home: 0, End: last }[event.key];
    event.preventDefault();
    this.entries[Math.max(0, Math.min(last, to))]?.element.focus();
  }
}

/** The album as one message: first picture's id and date, the speaker's words, no single picture. */
function captionOf(speaker, first) {
  const { photo: _photo, ...rest } = { ...first, caption: undefined, caption_entities: speaker.caption_entities };
  return { ...rest, text: speaker.caption ?? "", entities: speaker.caption_entities };
}

function belongTogether(a, b) {
  return a.message.from?.id === b.message.from?.id
    && Math.abs(b.message.date - a.message.date) < JOIN_S
    && dayKey(a.message.date * 1000) === dayKey(b.message.date * 1000);
}
