// On a phone: the bottom bar and the sheets it opens. On a middle width: the drawers.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { me, openPlace, ui, world } from "./store.js";

let signature = "";

/** Promise: the bottom bar names the acted person and counts what is unread. */
export function drawBar(root) {
  const { channels, dms } = world.state;
  const unread = [...channels, ...dms].reduce((total, each) => total + (each.unread ?? 0), 0);
  const state = JSON.stringify([me()?.name, unread, ui.place.kind, document.body.dataset.sheet]);
  if (state === signature) return;
  signature = state;
  const open = document.body.dataset.sheet;
  const item = (name, sign, label, run, on, note) => h("button", { type: "button", class: "bar-item", onclick: run, "aria-expanded": name === "home" ? null : String(on), "aria-current": name === "home" && on ? "page" : null, data: { testid: `bar-${name}` } },
    icon(sign, 21), h("span", {}, label), note ? h("span", { class: "badge" }, String(note)) : null);
  fill(root,
    item("you", "person", `You: ${me()?.name ?? ""}`, () => toggleSheet("people"), open === "people"),
    item("chans", "hash", "Chans", () => toggleSheet("places"), open === "places", unread),
    item("home", "home", "Home", () => { closeSheet(); openPlace({ kind: "home" }); }, ui.place.kind === "home" && !open),
    item("outside", "plug", "Outside", () => toggleSheet("outside"), open === "outside"),
    item("clock", "clock", "Clock", () => toggleSheet("clock"), open === "clock"));
}

/** Promise: the named sheet is open, or closed when it was. */
export function toggleSheet(name) {
  document.body.dataset.sheet = document.body.dataset.sheet === name ? "" : name;
  drawBar(document.getElementById("bar"));
}

/** Promise: the systems outside are seen: in their sheet or drawer, where they have no column of their own. */
export function showOutside() {
  if (matchMedia("(max-width: 1023px)").matches && document.body.dataset.sheet !== "outside") toggleSheet("outside");
}

/** Promise: no sheet covers the page. */
export function closeSheet() {
  document.body.dataset.sheet = "";
  if (world.state) drawBar(document.getElementById("bar"));
}

/** Promise: Esc and a touch beside an open sheet close it. */
export function guardSheets(shade) {
  shade.addEventListener("click", closeSheet);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.sheet && !document.querySelector("dialog[open]")) closeSheet();
  });
}
