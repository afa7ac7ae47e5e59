// What a message carries besides words: pictures, files, voice, places, contacts.

import { fileUrl } from "./api.js";
import { avatar, h, icon } from "./dom.js";
import { durationOf, fullName, initialsOf, sizeOf } from "./format.js";
import { openLightbox } from "./lightbox.js";
import { mapCard } from "./map.js";

const KINDS = ["photo", "video", "animation", "voice", "audio", "document", "venue", "location", "contact", "sticker"];

/** The kind of media a message carries, or null; a kind the page does not know is "unknown". */
export function kindOf(message) {
  const kind = KINDS.find((name) => message[name]);
  if (kind) return kind;
  return message.text == null ? "unknown" : null;
}

export function renderMedia(message, token) {
  const kind = kindOf(message);
  return kind ? RENDERERS[kind](message, token) : null;
}

const RENDERERS = {
  photo: (message, token) => photo(message, token),
  video: (message, token) => video(message.video, token),
  animation: (message, token) => video(message.animation, token),
  voice: ({ voice }, token) => player(voice, token, "voice"),
  audio: ({ audio }, token) => player(audio, token, "audio", audio.title ?? audio.file_name),
  document: ({ document: file }, token) => documentCard(file, token),
  venue: ({ venue }) => mapCard(venue.location, [venue.title, venue.address]),
  location: ({ location }) => mapCard(location),
  contact: ({ contact }) => contactCard(contact),
  sticker: ({ sticker }) => h("div", { class: "unknown" }, sticker.emoji ?? "", " ", h("span", { t: "sticker" })),
  unknown: () => h("div", { class: "unknown", t: "unknown_kind" }),
};

/** A picture in its own proportions from the first moment, so that nothing jumps when it arrives. */
function photo(message, token) {
  const sizes = [...message.photo].sort((a, b) => a.width - b.width);
  const size = sizes.find(({ width }) => width >= 640) ?? sizes.at(-1);
  const image = h("img", { src: fileUrl(token, size.file_id), alt: message.caption ?? "", decoding: "async" });
  const button = h("button", {
    class: "photo", type: "button", label: "photo_open",
    on: { click: () => openLightbox(button) },
  }, image);
  if (size.width && size.height) {
    button.style.setProperty("--ratio", String(Math.min(2.2, Math.max(0.7, size.width / size.height))));
  }
  image.addEventListener("error", () => {
    image.remove();
    button.classList.add("broken");
    button.append(h("span", { t: "photo_failed" }));
  });
  button.fullUrl = fileUrl(token, sizes.at(-1).file_id);
  return button;
}

function video(file, token) {
  const element = h("video", { src: fileUrl(token, file.file_id), controls: true, preload: "metadata", class: "video" });
  return element;
}

function documentCard(file, token) {
  const name = file.file_name ?? "file";
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? "";
  return h("a", {
    class: "file", href: fileUrl(token, file.file_id), download: name, label: "download", params: { name },
    data: { kind: extension.toLowerCase() },
  },
  h("span", { class: "file-mark", "aria-hidden": "true" }, extension ? extension.toUpperCase() : icon("document")),
  h("span", { class: "file-words" },
    h("span", { class: "file-name" }, name),
    h("span", { class: "file-size" }, sizeOf(file.file_size))),
  icon("download"));
}

function contactCard(contact) {
  const user = { ...contact, id: contact.user_id };
  const seed = contact.user_id ?? Number(contact.phone_number?.replace(/\D/g, "").slice(-6) || 0);
  return h("div", { class: "contact-card" },
    avatar(seed, initialsOf(user)),
    h("span", { class: "file-words" },
      h("span", { class: "file-name" }, fullName(user)),
      h("a", { class: "file-size", href: `tel:${contact.phone_number}` }, contact.phone_number)));
}

let playing = null; // one voice at a time on the whole desk

function player(file, token, kind, title = null) {
  const audio = new Audio();
  audio.preload = "none";
  audio.src = fileUrl(token, file.file_id);
  const total = () => (Number.isFinite(audio.duration) ? audio.duration : file.duration ?? 0);
  const time = h("span", { class: "player-time" }, durationOf(file.duration));
  const track = h("input", { class: "player-track", type: "range", min: "0", max: "1000", value: "0", label: "seek" });
  const button = h("button", { class: "player-button", type: "button", label: "play" }, icon("play"));

  const draw = () => {
    const at = total() ? audio.currentTime / total() : 0;
    track.value = String(Math.round(at * 1000));
    track.style.setProperty("--at", `${at * 100}%`);
    time.textContent = durationOf(audio.paused && !audio.currentTime ? total() : audio.currentTime);
    button.replaceChildren(icon(audio.paused ? "play" : "pause"));
  };
  button.addEventListener("click", () => {
    if (!audio.paused) return audio.pause();
    if (playing !== audio) playing?.pause();
    playing = audio;
    return void audio.play().catch(() => box.classList.add("broken"));
  });
  track.addEventListener("input", () => {
    if (total()) audio.currentTime = (Number(track.value) / 1000) * total();
    draw();
  });
  audio.addEventListener("ended", () => { audio.currentTime = 0; });
  for (const name of ["play", "pause", "timeupdate", "ended", "durationchange"]) audio.addEventListener(name, draw);
  const box = h("div", { class: `player ${kind}` }, button,
    h("span", { class: "player-words" }, title ? h("span", { class: "file-name" }, title) : null, track), time);
  return box;
}
