// What lies over one phone's screen: sheets from below, questions, a message's menu, toasts.

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const TOAST_MS = 3600;

export class Overlay {
  constructor(screen) {
    this.screen = screen;
    this.toasts = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    this.layer = h("div", { class: "layer", hidden: true });
    screen.append(this.toasts, this.layer);
    this.layer.addEventListener("pointerdown", (event) => { if (event.target === this.layer) this.close(); });
    this.layer.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Show one box over the screen; what is behind it cannot be reached until it closes. */
  #open(box, kind, onClose) {
    this.close();
    this.onClose = onClose;
    this.returnTo = this.screen.contains(document.activeElement) ? document.activeElement : null;
    this.layer.className = `layer ${kind}`;
    this.layer.replaceChildren(box);
    this.layer.hidden = false;
    for (const child of this.screen.children) child.inert = child !== this.layer && child !== this.toasts;
    const first = box.querySelector("[data-first]") ?? box.querySelector("button:not(.close), input, textarea") ?? box;
    first.focus({ preventScroll: true });
  }

  close() {
    if (this.layer.hidden) return;
    this.layer.hidden = true;
    this.layer.replaceChildren();
    for (const child of this.screen.children) child.inert = false;
    this.returnTo?.focus({ preventScroll: true });
    const closed = this.onClose;
    this.onClose = null;
    closed?.();
  }

  #onKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && this.layer.classList.contains("menu-layer")) {
      const items = [...this.layer.querySelectorAll("button")];
      const step = event.key === "ArrowDown" ? 1 : -1;
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
      event.preventDefault();
    }
  }

  sheet(titleKey, content, { onClose, onBack } = {}) {
    const lead = onBack
      ? h("button", { class: "round back", type: "button", label: "back", on: { click: onBack } }, icon("back"))
      : null;
    const box = h("div", { class: "sheet", role: "dialog", label: titleKey, tabIndex: -1 },
      h("header", { class: "sheet-head" }, lead, h("h3", { t: titleKey }),
        h("button", { class: "round close", type: "button", label: "close", on: { click: () => this.close() } }, icon("close"))),
      h("div", { class: "sheet-body" }, content));
    this.#open(box, "sheet-layer", onClose);
  }

  /** A callback answer that wants to be read before going on. */
  alert(text) {
    const box = h("div", { class: "alert", role: "alertdialog", label: "notice", data: { testid: "alert" } },
      h("p", { dir: "auto" }, text),
      h("div", { class: "alert-keys" },
        h("button", { class: "solid", type: "button", t: "ok", data: { first: "" }, on: { click: () => this.close() } })));
    this.#open(box, "alert-layer");
  }

  /** A question before something personal is sent. */
  ask(text, yes) {
    const box = h("div", { class: "alert", role: "alertdialog", label: "notice", data: { testid: "ask" } },
      h("p", { dir: "auto" }, text),
      h("div", { class: "alert-keys" },
        h("button", { class: "soft", type: "button", t: "cancel", on: { click: () => this.close() } }),
        h("button", { class: "solid", type: "button", t: "send", data: { first: "" }, on: { click: () => { this.close(); yes(); } } })));
    this.#open(box, "alert-layer");
  }

  /** Menu of {icon, key, run} beside a point of the page. */
  menu(items, { x, y }) {
    const box = h("div", { class: "menu", role: "menu", label: "message_actions" }, items.map(({ icon: sign, key, run }) =>
      h("button", { type: "button", role: "menuitem", on: { click: () => { this.close(); run(); } } },
        icon(sign), h("span", { t: key }))));
    this.#open(box, "menu-layer");
    const frame = this.screen.getBoundingClientRect();
    const place = (at, from, size, room) => Math.max(8, Math.min(at - from, room - size - 8));
    box.style.left = `${place(x, frame.left, box.offsetWidth, frame.width)}px`;
    box.style.top = `${place(y, frame.top, box.offsetHeight, frame.height)}px`;
  }

  toast(text, kind = "") {
    const toast = h("div", { class: `toast ${kind}`, data: { testid: "toast" }, dir: "auto" }, text);
    const drop = () => toast.remove();
    toast.addEventListener("click", drop);
    this.toasts.append(toast);
    while (this.toasts.children.length > 2) this.toasts.firstChild.remove();
    setTimeout(drop, TOAST_MS);
  }

  failed(error) {
    const why = error.status === 0 ? t("connection_lost") : error.message;
    this.toast(t("send_failed", { why }), "error");
  }
}
