// The middle of the page: a conversation with its composer, or the app's Home.

import { appMark, avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { fill, h, keep } from "./dom.js";
import { paneError } from "./errorline.js";
import { icon } from "./icons.js";
import { announce } from "./live.js";
import { arranged, message, signed } from "./message.js";
import { conversation, openPlace, openThread, person, ui, world } from "./store.js";
import { viewSurface } from "./surfaces.js";

let parts = null;
let shown = "";
let lastTs = 0;

/** Promise: the regions of the pane exist and the parts that changed are drawn. */
export function drawPane(root) {
  const name = JSON.stringify([ui.as, ui.place]);
  const fresh = name !== shown;
  if (fresh) build(root);
  shown = name;
  fill(parts.error, paneError());
  if (ui.place.kind === "home") drawHome(fresh);
  else drawConversation(fresh);
}

function build(root) {
  parts = {
    head: h("header", { class: "pane-head" }), list: h("div", { class: "messages", role: "log", "aria-label": "Messages", tabindex: "0" }),
    error: h("div", { class: "pane-error" }), foot: h("div", { class: "pane-foot" }),
  };
  parts.scroll = h("div", { class: "scroll" }, parts.list);
  parts.foot.signature = null;
  lastTs = Infinity;
  fill(root, parts.head, parts.scroll, parts.error, parts.foot);
}

function title(place) {
  if (place.with) return [place.with.is_app === false || person(place.with.id) ? avatar(person(place.with.id) ?? place.with, 24) : appMark(24), h("h1", {}, place.with.name)];
  return [icon(place.private ? "lock" : "hash", 20), h("h1", {}, place.name)];
}

function appTabs(current) {
  const dm = world.state.dms.find((each) => !person(each.with.id));
  if (!dm) return null;
  const tab = (label, place, on) => h("button", { type: "button", class: "tab", "aria-current": on ? "page" : null, onclick: () => openPlace(place) }, label);
  return h("div", { class: "tabs" }, tab("Home", { kind: "home" }, current === "home"), tab("Messages", { kind: "channel", id: dm.id }, current === dm.id));
}

function drawHead(content, tabs) {
  const sign = content.map((node) => node.textContent).join() + Boolean(tabs);
  if (parts.head.signature === sign) return;
  parts.head.signature = sign;
  fill(parts.head, h("div", { class: "pane-title" }, content), tabs);
}

function drawHome(fresh) {
  const view = world.state.home;
  const name = world.state.dms.find((each) => !person(each.with.id))?.with.name ?? "App";
  drawHead([appMark(24), h("h1", {}, name)], appTabs("home"));
  parts.list.classList.add("home");
  const row = view ? [{ key: view.id, view }] : [];
  keep(parts.list, row, {
    key: (item) => item.key,
    sign: (item) => JSON.stringify([item.view.blocks, ui.as]),
    build: (item) => h("div", { class: "home-view", data: { testid: "home-view" } }, blocks(item.view.blocks, viewSurface(item.view))),
  });
  if (!view) fill(parts.list, h("p", { class: "empty" }, "Home opens in a moment."));
  if (fresh) parts.scroll.scrollTop = 0;
}

function drawConversation(fresh) {
  const place = conversation(ui.place.id);
  if (!place) return fill(parts.list, h("p", { class: "empty" }, "This conversation is not open to you. Choose another one."));
  drawHead(title(place), place.with && !person(place.with.id) ? appTabs(place.id) : null);
  drawFoot(place);
  if (!world.messages) return;
  const nearEnd = parts.scroll.scrollHeight - parts.scroll.scrollTop - parts.scroll.clientHeight < 120;
  const rows = arranged(world.messages);
  parts.list.querySelector(".empty")?.remove();
  keep(parts.list, rows, {
    key: (row) => `${row.each.ts}${row.each.ephemeral ? "e" : ""}`,
    sign: signed,
    build: (row) => h("div", { class: "row" }, row.opensDay && h("div", { class: "day" }, h("span", {}, row.day)), message(row.each, { channel: place.id, joined: row.joined })),
  });
  if (!rows.length) fill(parts.list, empty(place));
  hear(rows, fresh);
  if (nearEnd || lastWasMine(rows) || parts.scroll.dataset.at !== shown) parts.scroll.scrollTop = parts.scroll.scrollHeight;
  parts.scroll.dataset.at = shown;
}

function empty(place) {
  return h("div", { class: "empty" }, h("div", { class: "empty-sign" }, icon(place.with ? "mail" : "hash", 28)),
    h("p", {}, place.with ? "Nothing yet. Messages to you stand here." : toDeploys(place) ? "Nothing yet. Run the pipeline, or type the command below." : "Nothing yet. Type the command below."));
}

const toDeploys = (place) => world.state.pipeline && world.state.first_steps?.[place.name];

let seen = 0;
function lastWasMine(rows) {
  const last = rows.at(-1)?.each;
  const fresh = Number(last?.ts ?? 0) > seen;
  seen = Number(last?.ts ?? 0);
  return fresh && last?.user === ui.as;
}

function hear(rows, fresh) {
  const news = fresh ? [] : rows.filter(({ each }) => Number(each.ts) > lastTs && each.user !== ui.as);
  if (rows.length) lastTs = Number(rows.at(-1).each.ts);
  else if (world.messages) lastTs = 0;
  for (const { each } of news) announce(`${each.name ?? "New message"}: ${each.text}`);
}

function drawFoot(place) {
  const why = place.archived ? `#${place.name} is archived. It can be read, not written to.`
    : place.member === false ? `You are not in #${place.name}. You can read along.` : null;
  const sign = JSON.stringify([place.id, why, ui.as, world.state.commands, world.messages?.length === 0]);
  if (parts.foot.signature === sign || !world.messages) return;
  const had = parts.foot.contains(document.activeElement);
  parts.foot.signature = sign;
  fill(parts.foot, why ? h("p", { class: "closed-note" }, why)
    : composer({ channel: place.id, label: place.with ? place.with.name : `#${place.name}`, first: firstStep(place) }));
  if (had) parts.foot.querySelector("textarea")?.focus();
}

function firstStep(place) {
  const first = place.id === world.state.channels[0]?.id ? world.state.first_step : null;
  return world.messages?.length ? null : world.state.first_steps?.[place.name] ?? first;
}

/** Promise: the notified message's conversation is open, in its thread when it has one. */
export function openAt({ channel, thread_ts: thread }) {
  if (!conversation(channel)) return;
  openPlace({ kind: "channel", id: channel });
  if (thread) openThread({ channel, ts: thread });
}
