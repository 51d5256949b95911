// Panels that fold: only the one in use is open, and a closed one says when something new came to it.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed } from "./store.js";

const NEW = 2600;
let open = "pipeline";
let opened = 0;
const arrived = new Map();
const readAt = new Map();

/** Promise: which panel is open, for whoever decides whether to draw again. */
export const foldSign = () => open;

/** Promise: the panel is open, and no other. */
export function unfold(name) {
  open = name;
  opened = performance.now();
  changed();
  document.querySelector(`[data-testid="fold-${name}"]`)?.scrollIntoView({ block: "nearest" });
}

/** Promise: what came to a panel since it was drawn first is remembered; the answer says whether an id came just now. */
export function arrivals(name, ids) {
  const now = performance.now();
  const known = arrived.get(name) ?? new Map(ids.map((id) => [id, -NEW]));
  for (const id of ids) if (!known.has(id)) known.set(id, now);
  arrived.set(name, known);
  if (open === name || !readAt.has(name)) readAt.set(name, now);
  return (id) => now - known.get(id) < NEW;
}

const unread = (name) => [...(arrived.get(name) ?? new Map()).values()].some((at) => at > readAt.get(name));

/** Promise: a panel with a head that opens and closes it; `body` is called while it is open. */
export function fold({ name, title, note = null, count = 0, counted = "open" }, body) {
  const here = open === name;
  const head = h("button", { type: "button", class: "fold-head", "aria-expanded": String(here), onclick: () => unfold(here ? "" : name), data: { testid: `fold-${name}` } },
    h("span", { class: "fold-title" }, title), h("small", {}, note),
    !here && unread(name) ? h("span", { class: "news" }, h("span", { class: "behind" }, "new")) : null,
    count ? h("span", { class: "badge" }, String(count), h("span", { class: "behind" }, ` ${counted}`)) : null, icon("down", 15));
  const still = performance.now() - opened > 200;
  return h("section", { class: `panel fold ${name}${here ? " open" : ""}`, "aria-label": title, data: { testid: name } },
    h("h3", {}, head), here && h("div", { class: still ? "fold-body" : "fold-body opening" }, body()));
}
