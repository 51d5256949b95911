// Emoji by their Slack name and inside plain text; the ones that carry a state are drawn.

import { h } from "./dom.js";
import { GLYPHS } from "./glyphs.js";

const NAMES = {
  hourglass_flowing_sand: "⏳", hourglass: "⌛", white_check_mark: "✅", heavy_check_mark: "✔️", warning: "⚠️", no_entry_sign: "🚫",
  no_entry: "⛔", rocket: "🚀", x: "❌", leftwards_arrow_with_hook: "↩️", red_circle: "🔴", lock: "🔒", unlock: "🔓", white_circle: "⚪",
  snowflake: "❄️", black_right_pointing_double_triangle_with_vertical_bar: "⏭️", next_track_button: "⏭️", arrows_counterclockwise: "🔄",
  mag: "🔍", mag_right: "🔎", eyes: "👀", tada: "🎉", fire: "🔥", rotating_light: "🚨", bell: "🔔", no_bell: "🔕", alarm_clock: "⏰",
  calendar: "📅", memo: "📝", pencil: "📝", pencil2: "✏️", link: "🔗", key: "🔑", shield: "🛡️", bug: "🐛", wrench: "🔧", gear: "⚙️",
  hammer_and_wrench: "🛠️", construction: "🚧", package: "📦", chart_with_upwards_trend: "📈", clipboard: "📋", pushpin: "📌",
  speech_balloon: "💬", phone: "☎️", telephone_receiver: "📞", email: "✉️", wave: "👋", "+1": "👍", thumbsup: "👍", "-1": "👎",
  thumbsdown: "👎", clap: "👏", pray: "🙏", raised_hands: "🙌", ok_hand: "👌", muscle: "💪", smile: "😄", slightly_smiling_face: "🙂",
  grin: "😁", joy: "😂", wink: "😉", sweat_smile: "😅", thinking_face: "🤔", cry: "😢", sob: "😭", scream: "😱", heart: "❤️", star: "⭐",
  sparkles: "✨", zap: "⚡", boom: "💥", 100: "💯", question: "❓", exclamation: "❗", information_source: "ℹ️", arrow_right: "➡️",
  arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", checkered_flag: "🏁", large_green_circle: "🟢", large_yellow_circle: "🟡",
  large_orange_circle: "🟠", large_blue_circle: "🔵", black_circle: "⚫", robot_face: "🤖", coffee: "☕", sleeping: "😴", zzz: "💤",
};
const BY_SIGN = new Map(Object.entries(NAMES).map(([name, sign]) => [bare(sign), name]));
const SIGNS = /(\p{Extended_Pictographic}(?:\uFE0F|[\u{1F3FB}-\u{1F3FF}])?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*|\u21BB)/u;
const SVG = "http://www.w3.org/2000/svg";

function bare(sign) {
  return sign.replace(/\uFE0F/g, "");
}

/** Promise: the emoji of that Slack name (or code points such as "1f680"), or null when nobody knows it. */
export function emoji(name, unicode) {
  const sign = NAMES[name] ?? (unicode ? String.fromCodePoint(...unicode.split("-").map((code) => parseInt(code, 16))) : null);
  return sign ? drawn(sign, name) : null;
}

/** Promise: the text as nodes, each emoji in its own element. */
export function emojiInText(text) {
  if (!SIGNS.test(text)) return text ? [text] : [];
  return text.split(SIGNS).filter(Boolean).map((piece) => (SIGNS.test(piece) && piece.length < 12 ? drawn(piece, BY_SIGN.get(bare(piece))) : piece));
}

function drawn(sign, name) {
  const glyph = GLYPHS[bare(sign)];
  const title = name ? `:${name}:` : null;
  if (!glyph) return h("span", { class: "emoji", title }, sign);
  return h("span", { class: "emoji drawn", title }, picture(glyph), h("span", { class: "behind" }, sign));
}

function picture(shapes) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
    svg.append(shape);
  }
  return svg;
}
