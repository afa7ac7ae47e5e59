// Everybody in the sandbox: search, unread marks, who holds a phone, adding a new person.

import * as api from "./api.js";
import { avatar, h, icon } from "./dom.js";
import { fullName, initialsOf, pinyinInitials } from "./format.js";
import { lang, say, t } from "./i18n.js";
import { store } from "./store.js";

/** `desk` offers {show(userId), replace(oldId, newId), failed(error)}. */
export class People {
  constructor(desk) {
    this.desk = desk;
    this.replacing = null;
    this.#build();
    for (const name of ["users", "phones", "unread"]) store.addEventListener(name, () => this.draw());
    window.addEventListener("langchange", () => this.draw());
    this.draw();
  }

  #build() {
    this.search = h("input", {
      type: "search", autocomplete: "off", spellcheck: false, label: "people_search", placeholder: "people_search",
      data: { testid: "people-search" },
      on: { input: () => this.draw(), keydown: (event) => this.#onSearchKey(event) },
    });
    this.list = h("ul", { class: "people-list", data: { testid: "people-list" } });
    this.count = h("span", { class: "people-count" });
    this.note = h("p", { class: "people-pick", role: "status", hidden: true });
    this.form = this.#newPersonForm();
    this.element = h("aside", { class: "people", id: "people", label: "people" },
      h("header", { class: "people-head" }, h("h2", { t: "people" }), this.count,
        h("button", { class: "round only-narrow", type: "button", label: "close", on: { click: () => this.hide() } }, icon("close"))),
      this.note,
      h("label", { class: "search" }, icon("search"), this.search),
      this.list, this.form);
    this.element.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); });
  }

  // --- open and closed: a side panel on a desk, a drawer on a narrow screen -------------------------------

  open({ replacing = null } = {}) {
    this.replacing = replacing;
    this.returnTo = document.activeElement;
    this.note.hidden = !replacing;
    if (replacing) say(this.note, "text", "people_pick");
    document.body.classList.add("people-open");
    document.body.classList.remove("people-folded");
    this.search.value = "";
    this.draw();
    this.search.focus();
  }

  hide() {
    this.replacing = null;
    this.note.hidden = true;
    document.body.classList.remove("people-open");
    if (this.element.contains(document.activeElement)) this.returnTo?.focus?.();
    this.draw();
  }

  // --- the list -------------------------------------------------------------------------------------------

  #matches() {
    const words = this.search.value.trim().toLowerCase();
    const people = [...store.users.values()];
    if (!words) return people;
    return people.filter((user) => {
      const name = fullName(user);
      const keys = [name, user.username, user.note, String(user.id), pinyinInitials(name)];
      return keys.some((key) => key?.toLowerCase().includes(words));
    });
  }

  draw() {
    const people = this.#matches();
    const focused = document.activeElement?.closest?.(".person")?.dataset.userId;
    this.count.textContent = store.users.size ? t("people_count", { n: store.users.size }) : "";
    this.list.replaceChildren(...people.map((user) => this.#row(user)));
    if (!people.length) {
      this.list.append(h("li", { class: "people-none", t: store.users.size ? "people_none" : "people_none_yet" }));
    }
    if (focused) this.list.querySelector(`[data-user-id="${focused}"]`)?.focus();
  }

  #row(user) {
    const shown = store.phones.includes(user.id);
    const unread = store.unread.get(user.id);
    const sign = unread ? h("span", { class: "badge", label: "unread", params: { n: unread } }, String(unread)) : null;
    const mark = shown && !sign ? h("span", { class: "on-desk", title: "on_desk" }) : null;
    return h("li", {}, h("button", {
      class: shown ? "person shown" : "person", type: "button", ariaPressed: String(shown),
      data: { userId: user.id, testid: `person-${user.id}` }, on: { click: () => this.#pick(user.id) },
    },
    avatar(user.id, initialsOf(user)),
    h("span", { class: "person-words" }, h("span", { class: "person-name" }, fullName(user)),
      h("span", { class: "person-note" }, user.note ?? (user.username ? `@${user.username}` : ""))),
    sign, mark));
  }

  #pick(userId) {
    const old = this.replacing;
    this.hide();
    if (old) this.desk.replace(old, userId);
    else this.desk.show(userId);
  }

  #onSearchKey(event) {
    const first = this.list.querySelector(".person");
    if (event.key === "ArrowDown") first?.focus();
    if (event.key === "Enter") first?.click();
  }

  // --- a new person ---------------------------------------------------------------------------------------

  #newPersonForm() {
    const field = (name, key) => h("input", { class: "field", name, type: "text", label: key, placeholder: key, maxLength: 64, autocomplete: "off" });
    const language = h("select", { class: "field", name: "language_code", label: "person_language" },
      h("option", { value: "zh-hans" }, "中文"), h("option", { value: "en" }, "English"));
    language.value = lang() === "zh" ? "zh-hans" : "en";
    const first = field("first_name", "person_first");
    first.required = true;
    const form = h("form", { class: "person-form" }, first, field("last_name", "person_last"),
      field("username", "person_username"), field("note", "person_note"), language,
      h("button", { class: "solid wide", type: "submit", t: "person_create" }));
    const details = h("details", { class: "person-new" }, h("summary", { data: { testid: "person-new" } }, icon("attach"), h("span", { t: "person_new" })), form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
      const user = Object.fromEntries(given.filter(([, value]) => value));
      try {
        const created = await api.createUser(user);
        form.reset();
        details.open = false;
        await store.refresh();
        this.desk.show(created.id);
        this.hide();
      } catch (error) {
        this.desk.failed(error);
      }
    });
    return details;
  }
}
