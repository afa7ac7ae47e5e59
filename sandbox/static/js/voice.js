// Recording a voice message, where the browser allows it; otherwise choosing an audio file.

import { h, icon } from "./dom.js";
import { durationOf } from "./format.js";
import { t } from "./i18n.js";

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

const recordable = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder);

/** `send(file, seconds, button)` is called with the recording or the chosen file. */
export function voicePanel(send) {
  let recorder = null;
  let timer = 0;
  let file = null;
  let seconds = 0; // of the recording; of a chosen file what the browser finds out
  const time = h("span", { class: "record-time" }, "0:00");
  const note = h("p", { class: "hint", role: "status", t: "record_hint" });
  const preview = h("audio", { controls: true, hidden: true, class: "record-preview" });
  const input = h("input", { type: "file", accept: "audio/*,.ogg,.oga", hidden: true, data: { testid: "voice-input" } });
  const record = h("button", { class: "record", type: "button", label: "record", hidden: !recordable() }, icon("record"));
  const choose = h("button", { class: "soft wide", type: "button", t: "choose_audio", on: { click: () => input.click() } });
  const submit = h("button", { class: "solid wide", type: "button", t: "voice_send", disabled: true, data: { testid: "attach-send" } });

  function take(next) {
    file = next;
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
    submit.disabled = false;
    note.textContent = file.name;
  }
  function stop() {
    clearInterval(timer);
    if (recorder?.state === "recording") recorder.stop();
  }
  function running(on) {
    record.classList.toggle("running", on);
    record.replaceChildren(icon(on ? "stop" : "record"));
    record.setAttribute("aria-label", t(on ? "record_stop" : file ? "record_again" : "record"));
  }
  async function start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const chunks = [];
    const began = Date.now();
    recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const type = recorder.mimeType.split(";")[0] || "audio/ogg";
      seconds = (Date.now() - began) / 1000;
      take(new File(chunks, `voice.${type.split("/")[1]}`, { type }));
      running(false);
    };
    recorder.start();
    running(true);
    timer = setInterval(() => { time.textContent = durationOf((Date.now() - began) / 1000); }, 250);
  }

  record.addEventListener("click", () => {
    if (recorder?.state === "recording") return stop();
    return start().catch(() => { note.textContent = t("record_refused"); });
  });
  input.addEventListener("change", () => {
    if (!input.files[0]) return;
    seconds = 0;
    take(input.files[0]);
  });
  submit.addEventListener("click", () => send(file, seconds || preview.duration, submit));
  const element = h("div", { class: "voice-panel" },
    h("div", { class: "record-row" }, record, recordable() ? time : null), note, preview, input,
    h("div", { class: "pair" }, choose, submit));
  return { element, stop };
}
