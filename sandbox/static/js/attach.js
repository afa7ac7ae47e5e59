// The attachment sheet: pictures, a file, voice, a place, a contact. Each panel ends in one send button.

import { h, icon } from "./dom.js";
import { fullName, sizeOf } from "./format.js";
import { t } from "./i18n.js";
import { mapCard, PLACES, readCoords } from "./map.js";
import { voicePanel } from "./voice.js";

const ALBUM_MAX = 10;
const CITIES = ["city_shenzhen", "city_shanghai", "city_beijing", "city_chengdu"];

/**
 * `phone` offers {overlay, user(), send(message), sendFiles(kind, files, caption)}; both sends return
 * whether it was accepted, and what failed is told by the phone.
 */
export class AttachSheet {
  constructor(phone) {
    this.phone = phone;
    this.photoInput = this.#picker("image/*", true, (files) => this.photos(files));
    this.fileInput = this.#picker("", false, (files) => this.file(files[0]));
    this.element = h("div", { hidden: true }, this.photoInput, this.fileInput);
  }

  #picker(accept, multiple, picked) {
    const testid = multiple ? "photo-input" : "document-input";
    const input = h("input", { type: "file", accept, multiple, tabIndex: -1, data: { testid } });
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      if (files.length) picked(files);
    });
    return input;
  }

  open() {
    const choices = [
      ["photo", () => this.photoInput.click()],
      ["document", () => this.fileInput.click()],
      ["voice", () => this.voice()],
      ["location", () => this.location()],
      ["contact", () => this.contact()],
    ];
    this.phone.overlay.sheet("attach", h("div", { class: "choices" }, choices.map(([kind, run]) =>
      h("button", { class: `choice choice-${kind}`, type: "button", data: { testid: `attach-${kind}` }, on: { click: run } },
        h("span", { class: "choice-mark" }, icon(kind)), h("span", { t: kind })))));
  }

  #panel(title, content, options) {
    this.phone.overlay.sheet(title, content, { onBack: () => this.open(), ...options });
  }

  /** Files that were pasted or dropped on the phone. */
  take(files) {
    const images = files.filter((file) => file.type.startsWith("image/"));
    if (images.length === files.length) this.photos(images);
    else this.file(files[0]);
  }

  photos(files) {
    const kept = files.slice(0, ALBUM_MAX);
    if (files.length > ALBUM_MAX) this.phone.overlay.toast(t("photos_limit"));
    const urls = new Map(kept.map((file) => [file, URL.createObjectURL(file)]));
    const grid = h("div", { class: "thumbs" });
    const caption = this.#caption();
    const send = h("button", { class: "solid wide", type: "button", data: { testid: "attach-send" } });
    const draw = () => {
      send.textContent = t("send_n_photos", { n: kept.length });
      grid.replaceChildren(...kept.map((file) => h("div", { class: "thumb" },
        h("img", { src: urls.get(file), alt: file.name }),
        h("button", {
          class: "round small", type: "button", label: "remove_file", params: { name: file.name },
          on: { click: () => { kept.splice(kept.indexOf(file), 1); return kept.length ? draw() : this.open(); } },
        }, icon("close")))));
    };
    send.addEventListener("click", () => this.#submit(send, () => this.phone.sendFiles("photo", kept, caption.value.trim())));
    draw();
    this.#panel("photos", [grid, caption, send], { onClose: () => urls.forEach((url) => URL.revokeObjectURL(url)) });
  }

  file(file) {
    const caption = this.#caption();
    const send = h("button", { class: "solid wide", type: "button", t: "file_send", data: { testid: "attach-send" } });
    send.addEventListener("click", () => this.#submit(send, () => this.phone.sendFiles("document", [file], caption.value.trim())));
    this.#panel("document", [
      h("div", { class: "file still" }, h("span", { class: "file-mark" }, icon("document")),
        h("span", { class: "file-words" }, h("span", { class: "file-name" }, file.name),
          h("span", { class: "file-size" }, sizeOf(file.size)))),
      caption, send,
    ]);
  }

  #caption() {
    return h("input", { class: "field", type: "text", maxLength: 1024, label: "caption", placeholder: "caption" });
  }

  /** The panel stays, with all that was typed, when sending fails. */
  async #submit(button, work) {
    button.disabled = true;
    const sent = await work();
    button.disabled = false;
    if (sent) this.phone.overlay.close();
  }

  voice() {
    const panel = voicePanel((file, seconds, send) =>
      this.#submit(send, () => this.phone.sendFiles("voice", [file], "", seconds)));
    this.#panel("voice", panel.element, { onClose: panel.stop });
  }

  location() {
    let point = null;
    const preview = h("div", { class: "map-preview", hidden: true });
    const note = h("p", { class: "hint", role: "status" });
    const coords = h("input", {
      class: "field", type: "text", inputMode: "text", autocomplete: "off", label: "location_coords",
      placeholder: "location_example", data: { testid: "location-coords" },
    });
    const send = h("button", {
      class: "solid wide", type: "button", t: "location_share", disabled: true, data: { testid: "location-send" },
    });
    const choose = (next, { typed = false } = {}) => {
      point = next;
      send.disabled = !point;
      preview.hidden = !point;
      if (point) preview.replaceChildren(mapCard(point));
      if (point && !typed) coords.value = `${point.latitude}, ${point.longitude}`;
      note.textContent = !point && coords.value.trim() ? t("location_bad") : "";
    };
    coords.addEventListener("input", () => choose(readCoords(coords.value), { typed: true }));
    coords.addEventListener("keydown", (event) => { if (event.key === "Enter" && point) send.click(); });
    send.addEventListener("click", () => this.#submit(send, () => this.phone.send({ location: point })));
    const mine = h("button", { class: "soft wide", type: "button", on: { click: () => this.#locate(choose, note) } },
      icon("target"), h("span", { t: "location_mine" }));
    this.#panel("location", [preview, coords, note, presets(choose), h("div", { class: "pair" }, mine, send)]);
  }

  #locate(choose, note) {
    const failed = () => { note.textContent = t("location_failed"); };
    if (!navigator.geolocation) return failed();
    note.textContent = t("location_finding");
    return navigator.geolocation.getCurrentPosition(({ coords }) => {
      choose({ latitude: Number(coords.latitude.toFixed(6)), longitude: Number(coords.longitude.toFixed(6)) });
    }, failed, { enableHighAccuracy: true, timeout: 10_000 });
  }

  contact({ own = false } = {}) {
    const name = h("input", { class: "field", type: "text", label: "contact_name", placeholder: "contact_name", maxLength: 64 });
    const phone = h("input", { class: "field", type: "tel", label: "contact_phone", placeholder: "contact_phone", maxLength: 32 });
    const note = h("p", { class: "hint", role: "status" });
    let userId;
    const useOwn = () => {
      const user = this.phone.user();
      [name.value, userId] = [fullName(user), user.id];
      phone.value = user.phone_number ?? ownNumber(user.id);
    };
    for (const field of [name, phone]) field.addEventListener("input", () => { userId = undefined; });
    const send = h("button", { class: "solid wide", type: "button", t: "contact_share", data: { testid: "contact-send" } });
    send.addEventListener("click", () => {
      if (!name.value.trim() || phone.value.replace(/\D/g, "").length < 5) {
        note.textContent = t("contact_bad");
        return;
      }
      const contact = { phone_number: phone.value.trim(), first_name: name.value.trim() };
      this.#submit(send, () => this.phone.send({ contact: userId ? { ...contact, user_id: userId } : contact }));
    });
    const mine = h("button", { class: "soft wide", type: "button", on: { click: useOwn } },
      icon("contact"), h("span", { t: "contact_own" }));
    if (own) useOwn();
    this.#panel("contact", [name, phone, note, h("div", { class: "pair" }, mine, send)]);
  }
}

/** A made-up number of its own for each person of the sandbox. */
export const ownNumber = (id) => `+86138${String(id % 100_000_000).padStart(8, "0")}`;

function presets(choose) {
  return h("div", { class: "presets", role: "group", label: "location_presets" }, CITIES.map((city) =>
    h("div", { class: "preset-row" }, h("span", { class: "preset-city", t: city }),
      h("div", { class: "preset-chips" }, PLACES.filter((place) => place.city === city).map((place) => h("button", {
        class: "chip", type: "button", t: place.key,
        on: { click: () => choose({ latitude: place.latitude, longitude: place.longitude }) },
      }))))));
}
