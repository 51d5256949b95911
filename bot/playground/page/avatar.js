// Faces: initials on the person's colour; the app's own mark.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const COLORS = ["#3d6b8f", "#7a5195", "#2f7d5b", "#a2543d", "#8a6a1f", "#4f5d75"];

/** Promise: a square with the person's initials, readable on any colour. */
export function avatar(who, size = 36) {
  const name = who?.real_name ?? who?.name ?? "?";
  const initials = name.split(/[\s._-]+/).map((word) => word[0] ?? "").slice(0, 2).join("").toUpperCase();
  const node = h("span", { class: "avatar", "aria-hidden": "true" }, initials);
  const color = who?.avatar_color ?? COLORS[sum(who?.id ?? name) % COLORS.length];
  Object.assign(node.style, { backgroundColor: color, color: isLight(color) ? "#1d1c1d" : "#fff", width: `${size}px`, height: `${size}px`, fontSize: `${Math.round(size * 0.38)}px` });
  return node;
}

/** Promise: the app's mark, the same everywhere. */
export function appMark(size = 36) {
  const node = h("span", { class: "avatar app", "aria-hidden": "true" }, icon("check", Math.round(size * 0.62)));
  Object.assign(node.style, { width: `${size}px`, height: `${size}px` });
  return node;
}

const sum = (text) => [...text].reduce((total, sign) => total + sign.codePointAt(0), 0);

function isLight(color) {
  const parts = /^#(..)(..)(..)$/.exec(color);
  if (!parts) return false;
  const [red, green, blue] = parts.slice(1).map((part) => parseInt(part, 16) / 255).map((part) => (part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.3;
}
