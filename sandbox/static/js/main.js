// The desk: puts phones, people and clock on the page, and keeps the address in step with them.

import { clockBar } from "./clock.js";
import { avatar, h, icon } from "./dom.js";
import { fullName, initialsOf } from "./format.js";
import { initLang, lang, setLang, t } from "./i18n.js";
import { People } from "./people.js";
import { Phone, roundsMark } from "./phone.js";
import { store } from "./store.js";

const phones = new Map(); // user id -> Phone, in the order of the desk
let active = null;        // the phone that fills a narrow screen

const desk = {
  show(userId) {
    if (!store.phones.includes(userId)) store.setPhones([...store.phones, userId]);
    activate(userId, { focus: true });
  },
  replace(oldId, newId) {
    const ids = store.phones.map((id) => (id === oldId ? newId : id === newId ? oldId : id));
    store.setPhones(ids);
    activate(newId, { focus: true });
  },
  swap: (userId) => people.open({ replacing: userId }),
  remove: (userId) => store.setPhones(store.phones.filter((id) => id !== userId)),
  failed: (error) => banner(t("send_failed", { why: error.message })),
};

initLang();
const people = new People(desk);
const stage = h("main", { class: "stage", label: "phones" });
const switcher = h("nav", { class: "switcher", label: "phones" });
const notice = h("div", { class: "notice", role: "status", "aria-live": "polite" });
const botPick = h("select", { class: "bot-pick", label: "bot_pick", hidden: true, on: { change: () => store.pickBot(botPick.value) } });

function topBar() {
  const fold = () => {
    if (matchMedia("(max-width: 899px)").matches) return people.open();
    return document.body.classList.toggle("people-folded");
  };
  return h("header", { class: "top" },
    h("div", { class: "brand" }, h("span", { class: "brand-mark" }, roundsMark()),
      h("h1", {}, h("span", { t: "brand" }), h("small", { t: "brand_sub" }))),
    switcher,
    clockBar(desk.failed),
    h("div", { class: "top-right" }, botPick,
      h("button", { class: "round wide-only", type: "button", label: "people", "aria-controls": "people", on: { click: fold } }, icon("people")),
      h("button", {
        class: "language", type: "button", t: "language", label: "language_label", data: { testid: "language" },
        on: { click: () => setLang(lang() === "zh" ? "en" : "zh") },
      })));
}

const narrow = matchMedia("(max-width: 699px)");
store.inView = (userId) => store.phones.includes(userId) && (!narrow.matches || userId === active);

function banner(text) {
  notice.textContent = text;
  notice.classList.add("shown");
  clearTimeout(banner.timer);
  banner.timer = setTimeout(() => notice.classList.remove("shown"), 4000);
}

// --- phones ---------------------------------------------------------------------------------------------------

function drawPhones() {
  for (const [id, phone] of phones) {
    if (store.phones.includes(id)) continue;
    phone.close();
    phones.delete(id);
  }
  store.phones.forEach((id, at) => {
    if (!phones.has(id)) phones.set(id, new Phone(id, desk));
    const { element } = phones.get(id);
    if (stage.children[at] !== element) stage.insertBefore(element, stage.children[at] ?? null);
  });
  stage.querySelector(".stage-empty")?.remove();
  if (!store.phones.length) {
    stage.append(h("div", { class: "stage-empty" }, h("p", { t: "phones_empty" }), h("p", { class: "hint", t: "phones_empty_hint" }),
      h("button", { class: "solid", type: "button", t: "phone_add", on: { click: () => people.open() } })));
  }
  if (!store.phones.includes(active)) active = store.phones[0] ?? null;
  activate(active);
  writeAddress();
}

function activate(userId, { focus = false } = {}) {
  active = userId;
  for (const [id, phone] of phones) phone.element.classList.toggle("active", id === userId);
  store.markRead(userId);
  drawSwitcher();
  const phone = phones.get(userId);
  if (!phone) return;
  if (phone.log.pinned) phone.log.toBottom();
  if (!focus) return;
  phone.element.scrollIntoView({ behavior: "smooth", inline: "nearest", block: "nearest" });
  if (matchMedia("(hover: hover)").matches) phone.composer.field.focus({ preventScroll: true });
}

const badge = (n) => (n ? h("span", { class: "badge", label: "unread", params: { n } }, String(n)) : null);

function drawSwitcher() {
  switcher.replaceChildren(...store.phones.map((id) => {
    const user = store.users.get(id) ?? { id, first_name: String(id) };
    return h("button", {
      class: id === active ? "tab active" : "tab", type: "button", ariaPressed: String(id === active),
      data: { testid: `tab-${id}` }, on: { click: () => activate(id) },
    }, avatar(id, initialsOf(user), "small"), h("span", {}, fullName(user)), badge(store.unread.get(id)));
  }), h("button", { class: "round", type: "button", label: "phone_add", on: { click: () => people.open() } }, icon("attach")));
}

function writeAddress() {
  const address = new URL(location.href);
  if (store.phones.length) address.searchParams.set("phones", store.phones.join(","));
  else address.searchParams.delete("phones");
  history.replaceState(null, "", address.href.replaceAll("%2C", ","));
}

// --- start ----------------------------------------------------------------------------------------------------

function drawBots() {
  botPick.hidden = store.bots.length < 2;
  botPick.replaceChildren(...store.bots.map((bot) => h("option", { value: bot.token }, bot.first_name)));
  if (store.bot) botPick.value = store.bot.token;
}

const asked = new URLSearchParams(location.search).get("phones");
const wanted = (asked ?? "").split(",").map(Number).filter(Boolean);

/** Without ?phones= the first two people, as soon as there are people. */
function firstPhones() {
  if (store.phones.length || firstPhones.done) return;
  const ids = wanted.length ? wanted : [...store.users.keys()].slice(0, 2);
  firstPhones.done = ids.length > 0;
  if (ids.length) store.setPhones(ids);
}

document.body.append(topBar(), h("div", { class: "desk" }, people.element,
  h("div", { class: "shade", on: { click: () => people.hide() } }), stage), notice);
store.addEventListener("phones", drawPhones);
store.addEventListener("users", () => { firstPhones(); drawSwitcher(); });
store.addEventListener("unread", drawSwitcher);
store.addEventListener("bots", drawBots);
store.addEventListener("online", () => {
  document.body.classList.toggle("offline", !store.online);
  banner(t(store.online ? "connection_back" : "connection_lost"));
});
setInterval(() => phones.forEach((phone) => phone.tick()), 1000);
drawPhones();
await store.start();
firstPhones();
