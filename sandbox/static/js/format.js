// Times in the sandbox's zone, names, sizes: how facts are written for a reader.

import { locale, t } from "./i18n.js";

export const zone = (() => {
  const asked = new URLSearchParams(location.search).get("zone") ?? "Asia/Shanghai";
  try { return new Intl.DateTimeFormat("en", { timeZone: asked }).resolvedOptions().timeZone; } catch { return "Asia/Shanghai"; }
})();

const formats = new Map();
function format(options) {
  const key = locale() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }));
  return formats.get(key);
}

const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });

export const dayKey = (ms) => DAY.format(ms);
export const timeOf = (ms) => format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
export const longTime = (ms) => format({ dateStyle: "long", timeStyle: "short", hourCycle: "h23" }).format(ms);
export const clockTime = (ms) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(ms);
export const clockDay = (ms) => format({ weekday: "short", month: "short", day: "numeric" }).format(ms);

/** Today, yesterday, or the date; the year only when it is another one. */
export function dayLabel(ms, nowMs) {
  const day = dayKey(ms);
  if (day === dayKey(nowMs)) return t("today");
  if (day === dayKey(nowMs - 86_400_000)) return t("yesterday");
  const sameYear = day.slice(0, 4) === dayKey(nowMs).slice(0, 4);
  const year = sameYear ? {} : { year: "numeric" };
  return format({ weekday: "short", month: "long", day: "numeric", ...year }).format(ms);
}

const PARTS = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone, hourCycle: "h23", weekday: "short",
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
function wall(ms) {
  const parts = Object.fromEntries(PARTS.formatToParts(ms).map((part) => [part.type, part.value]));
  return { ...parts, asUtc: Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) };
}

/** The moment a wall clock in the zone shows; asked twice, for days when the offset changes. */
function momentOf(asUtc) {
  let ms = asUtc;
  for (let pass = 0; pass < 2; pass += 1) ms = asUtc - (wall(ms).asUtc - Math.floor(ms / 1000) * 1000);
  return ms;
}

/** The first moment after nowMs at which the zone's wall clock shows hour:minute (on `weekday`, as "Fri"). */
export function nextMoment(nowMs, hour, minute, weekday = null) {
  const today = wall(nowMs);
  for (let days = 0; days <= 8; days += 1) {
    const ms = momentOf(Date.UTC(today.year, today.month - 1, Number(today.day) + days, hour, minute));
    if (ms > nowMs && (!weekday || wall(ms).weekday === weekday)) return ms;
  }
  return nowMs;
}

/** "2 d 3 h", for how far the sandbox clock is from the real one. */
export function spanOf(ms) {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return t("days_hours", { d: Math.floor(hours / 24), h: hours % 24 });
  return hours ? t("hours_minutes", { h: hours, m: minutes % 60 }) : t("minutes", { m: minutes });
}

const CJK = /[\u3400-\u9fff\uf900-\ufaff]/;

/** A Chinese name is written family name first and without a space. */
export function fullName(user) {
  const { first_name: first = "", last_name: last = "" } = user ?? {};
  if (CJK.test(first) && CJK.test(last)) return last + first;
  return [first, last].filter(Boolean).join(" ") || user?.username || String(user?.id ?? "");
}

export function initialsOf(user) {
  const name = fullName(user).trim();
  if (CJK.test(name)) return [...name].slice(-2).join("");
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0]).join("").toUpperCase() || "?";
}

export function sizeOf(bytes) {
  if (bytes == null) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function durationOf(seconds) {
  const whole = Math.max(0, Math.round(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const coordsOf = ({ latitude, longitude }) => `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;

/** Pinyin initials of Chinese characters by the order of the browser's own pinyin collation. */
const MARKS = [..."阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥仨他屲夕丫帀"];
const LETTERS = "abcdefghjklmnopqrstwxyz";
const pinyin = new Intl.Collator("zh-Hans-CN-u-co-pinyin");
export function pinyinInitials(text) {
  return [...text].map((character) => {
    if (!CJK.test(character)) return character.toLowerCase();
    const at = MARKS.findLastIndex((mark) => pinyin.compare(mark, character) <= 0);
    return at < 0 ? character : LETTERS[at];
  }).join("");
}
