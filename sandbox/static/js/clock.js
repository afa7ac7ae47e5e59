// The clock bar: shows the sandbox's moment and moves it on.

import * as api from "./api.js";
import { h, icon } from "./dom.js";
import { clockDay, clockTime, nextMoment, spanOf, zone } from "./format.js";
import { t } from "./i18n.js";
import { moved, now, offset } from "./now.js";

const iso = (ms) => ({ set: new Date(ms).toISOString() });
const MOVES = [
  { key: "clock_plus_1h", testid: "clock-plus-1h", change: () => ({ advance_s: 3600 }) },
  { key: "clock_next_0830", testid: "clock-next-0830", change: () => iso(nextMoment(now(), 8, 30)) },
  { key: "clock_next_monday", testid: "clock-next-monday", change: () => iso(nextMoment(now(), 8, 30, "Mon")) },
  { key: "clock_next_friday", testid: "clock-next-friday", change: () => iso(nextMoment(now(), 16, 0, "Fri")) },
  { key: "clock_reset", testid: "clock-reset", quiet: true, change: () => ({ advance_s: -offset() / 1000 }) },
];

export function clockBar(onError) {
  const day = h("span", { class: "clock-day" });
  const time = h("time", { class: "clock-time", data: { testid: "clock-now" } });
  const drift = h("span", { class: "clock-drift", data: { testid: "clock-drift" } });
  const face = h("button", {
    class: "clock-face", type: "button", label: "clock", ariaExpanded: "false",
    on: { click: () => toggle() },
  }, icon("clock"), day, time, drift);
  const buttons = MOVES.map((move) => moveButton(move, onError, draw));
  const moves = h("div", { class: "clock-moves" }, buttons);
  const bar = h("div", { class: "clock", role: "group", label: "clock" }, face, moves);

  function toggle(open = !bar.classList.contains("open")) {
    bar.classList.toggle("open", open);
    face.setAttribute("aria-expanded", String(open));
  }
  function draw() {
    const ms = now();
    day.textContent = clockDay(ms);
    time.textContent = clockTime(ms);
    time.dateTime = new Date(ms).toISOString();
    const moved = Math.abs(offset()) >= 30_000;
    drift.hidden = !moved;
    drift.textContent = moved ? t(offset() > 0 ? "clock_ahead" : "clock_behind", { span: spanOf(offset()) }) : "";
    bar.querySelector("[data-testid=clock-reset]").disabled = !moved;
    time.title = `${zone.replace("_", " ")} · ${moved ? drift.textContent : t("clock_real")}`;
  }

  document.addEventListener("pointerdown", (event) => { if (!bar.contains(event.target)) toggle(false); });
  bar.addEventListener("keydown", (event) => { if (event.key === "Escape") toggle(false); });
  window.addEventListener("langchange", draw);
  window.addEventListener("clockmove", draw);
  setInterval(draw, 1000);
  draw();
  return bar;
}

function moveButton({ key, testid, quiet, change }, onError, draw) {
  const button = h("button", {
    class: quiet ? "chip quiet" : "chip", type: "button", t: key, data: { testid },
    on: {
      click: async () => {
        button.ariaBusy = "true";
        try {
          moved(await api.moveClock(change()));
          draw();
        } catch (error) {
          onError(error);
        } finally {
          button.ariaBusy = null;
        }
      },
    },
  });
  return button;
}
