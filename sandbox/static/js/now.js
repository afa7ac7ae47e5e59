// The sandbox's clock as the page knows it: the server's moment, ticking on with the browser's own clock.

let aheadMs = 0;   // sandbox clock minus this browser's clock
let offsetMs = 0;  // sandbox clock minus the real one, as the server counts it

export const now = () => Date.now() + aheadMs;
export const offset = () => offsetMs;

/** Take in what the server said of its clock: {now | iso, offset_s}. */
export function moved(clock) {
  const ms = typeof clock.now === "number" ? clock.now * 1000 : Date.parse(clock.iso ?? clock.now);
  if (!Number.isFinite(ms)) return;
  const before = now();
  aheadMs = ms - Date.now();
  offsetMs = (clock.offset_s ?? 0) * 1000;
  if (Math.abs(now() - before) > 1500) window.dispatchEvent(new Event("clockmove"));
}
