// The right column: an open thread, else the systems outside Slack and the faults.

import { composer } from "./composer.js";
import { fill, h, keep } from "./dom.js";
import { icon } from "./icons.js";
import { arranged, message, signed } from "./message.js";
import { outside } from "./outside.js";
import { conversation, openThread, ui, world } from "./store.js";

let shown = "";
let parts = null;

/** Promise: the thread with its composer, or the outside panel. */
export function drawSide(root) {
  const name = ui.thread ? JSON.stringify([ui.as, ui.thread]) : "outside";
  document.body.classList.toggle("has-thread", Boolean(ui.thread));
  if (name !== shown) build(root);
  shown = name;
  if (ui.thread) drawThread();
  else outside(parts.body);
}

function build(root) {
  parts = { body: h("div", { class: "side-body" }), foot: h("div", { class: "side-foot" }) };
  const place = ui.thread && conversation(ui.thread.channel);
  const words = ui.thread ? ["Thread", h("small", {}, place?.with ? place.with.name : `#${place?.name ?? ""}`)] : ["Outside"];
  const close = h("button", { type: "button", class: "plain-button", "aria-label": ui.thread ? "Close thread" : "Close", onclick: leave, data: { testid: "side-close" } }, icon("close", 19));
  fill(root, h("header", { class: "side-head" }, h("h2", {}, words), close), parts.body, parts.foot);
  if (ui.thread && place && !place.archived) fill(parts.foot, composer({ channel: ui.thread.channel, thread: ui.thread.ts, label: "thread" }));
}

function leave() {
  document.body.dataset.sheet = "";
  if (ui.thread) openThread(null);
}

function drawThread() {
  const nearEnd = parts.body.scrollHeight - parts.body.scrollTop - parts.body.clientHeight < 120;
  const before = parts.body.childElementCount;
  keep(parts.body, arranged(world.thread), {
    key: (row) => row.each.ts,
    sign: (row) => signed({ ...row, opensDay: false }),
    build: (row) => {
      const root = row.each.ts === ui.thread.ts;
      const count = row.each.reply_count ?? world.thread.length - 1;
      return h("div", { class: "row" }, message(row.each, { channel: ui.thread.channel, joined: row.joined && !root, inThread: true }),
        root && h("div", { class: "day replies" }, h("span", {}, `${count} ${count === 1 ? "reply" : "replies"}`)));
    },
  });
  if (nearEnd && before && parts.body.childElementCount > before) parts.body.scrollTop = parts.body.scrollHeight;
}
