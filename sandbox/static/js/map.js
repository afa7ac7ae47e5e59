// A place as a small card drawn here: no tiles, nothing from the net. Streets follow from the coordinates,
// so that the same place always looks the same and two places look different.

import { h, svg } from "./dom.js";
import { coordsOf } from "./format.js";
import { t } from "./i18n.js";

const [WIDTH, HEIGHT] = [260, 132];
const EARTH_KM = 6371;
const NEAR_KM = 12;

/** Places offered in the picker (WGS-84, as a phone reports them). */
export const PLACES = [
  { city: "city_shenzhen", key: "place_sz_keji", latitude: 22.5405, longitude: 113.9346 },
  { city: "city_shenzhen", key: "place_sz_huaqiang", latitude: 22.5474, longitude: 114.0815 },
  { city: "city_shenzhen", key: "place_sz_bantian", latitude: 22.6299, longitude: 114.0646 },
  { city: "city_shanghai", key: "place_sh_lujiazui", latitude: 31.2397, longitude: 121.4998 },
  { city: "city_shanghai", key: "place_sh_zhangjiang", latitude: 31.2017, longitude: 121.5874 },
  { city: "city_shanghai", key: "place_sh_hongqiao", latitude: 31.1942, longitude: 121.3180 },
  { city: "city_beijing", key: "place_bj_zhongguancun", latitude: 39.9836, longitude: 116.3164 },
  { city: "city_beijing", key: "place_bj_guomao", latitude: 39.9087, longitude: 116.4605 },
  { city: "city_beijing", key: "place_bj_yizhuang", latitude: 39.7956, longitude: 116.5063 },
  { city: "city_chengdu", key: "place_cd_tianfu", latitude: 30.5449, longitude: 104.0627 },
  { city: "city_chengdu", key: "place_cd_chunxi", latitude: 30.6570, longitude: 104.0805 },
  { city: "city_chengdu", key: "place_cd_longquan", latitude: 30.5565, longitude: 104.2746 },
];

function distanceKm(a, b) {
  const rad = (degrees) => (degrees * Math.PI) / 180;
  const half = Math.sin(rad(b.latitude - a.latitude) / 2) ** 2
    + Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.sin(rad(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(half));
}

function nearest(point) {
  const [best] = PLACES.map((place) => ({ place, km: distanceKm(place, point) })).sort((a, b) => a.km - b.km);
  return best.km <= NEAR_KM ? best.place : null;
}

/** Read "22.5405, 113.9346" (any comma or space between); null when it is not a point on Earth. */
export function readCoords(text) {
  const numbers = text.trim().split(/[\s,\uff0c;\uff1b]+/).map(Number);
  if (numbers.length !== 2 || numbers.some((n) => !Number.isFinite(n))) return null;
  const [latitude, longitude] = numbers;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

export function mapCard(point, lines = []) {
  const place = nearest(point);
  const words = lines.filter(Boolean);
  if (!words.length && place) words.push(t("location_near", { place: t(place.key), city: t(place.city) }));
  return h("figure", { class: "map" }, drawing(point),
    h("figcaption", {}, words.map((line) => h("span", { class: "map-name" }, line)),
      h("span", { class: "map-coords" }, coordsOf(point))));
}

/** A small repeatable source of numbers in 0..1 (mulberry32). */
function numbersFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

function drawing(point) {
  const random = numbersFrom(Math.round(point.latitude * 1e4) * 31 + Math.round(point.longitude * 1e4) * 17);
  const turn = random() * 50 - 25;
  const grid = svg("g", { transform: `rotate(${turn} ${WIDTH / 2} ${HEIGHT / 2})` }, ...blocks(random), ...streets(random));
  const middle = { x: WIDTH / 2, y: HEIGHT / 2 };
  return svg("svg", {
    class: "map-drawing", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "xMidYMid slice",
    role: "img", "aria-label": t("location_map", { coords: coordsOf(point) }),
  }, svg("rect", { class: "map-land", width: WIDTH, height: HEIGHT }), grid, river(random), ...pin(middle));
}

function blocks(random) {
  const shapes = [];
  for (let i = 0; i < 9; i += 1) {
    shapes.push(svg("rect", {
      class: random() < 0.4 ? "map-park" : "map-block", rx: 4,
      x: random() * 300 - 40, y: random() * 190 - 40, width: 22 + random() * 46, height: 16 + random() * 34,
    }));
  }
  return shapes;
}

function streets(random) {
  const lines = [];
  for (let x = -60 + random() * 30; x < 330; x += 30 + random() * 34) {
    lines.push(svg("path", { class: random() < 0.28 ? "map-road" : "map-street", d: `M${x} -90V230` }));
  }
  for (let y = -80 + random() * 30; y < 220; y += 28 + random() * 30) {
    lines.push(svg("path", { class: random() < 0.28 ? "map-road" : "map-street", d: `M-80 ${y}H340` }));
  }
  return lines;
}

function river(random) {
  const y = () => random() * HEIGHT;
  return svg("path", { class: "map-river", d: `M-10 ${y()}C70 ${y()} 170 ${y()} 270 ${y()}` });
}

function pin({ x, y }) {
  return [
    svg("circle", { class: "map-halo", cx: x, cy: y, r: 22 }),
    svg("path", { class: "map-pin", d: `M${x} ${y}c-7-8.5-11-13.5-11-19a11 11 0 0 1 22 0c0 5.5-4 10.5-11 19z` }),
    svg("circle", { class: "map-eye", cx: x, cy: y - 19, r: 4 }),
  ];
}
