// One message: who, when, the blocks, its thread, its menu.

import { appMark, avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { dayText, hourText, slackDate } from "./dates.js";
import { messageShortcut, shortcutsOf } from "./deeds.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { demoNow, myZone, openThread, person, ui } from "./store.js";
import { messageSurface } from "./surfaces.js";

const millis = (ts) => Number(ts) * 1000;

/** Promise: the message as an article. `joined` leaves out face and name; in a thread there is no way into it. */
export function message(each, { channel, joined = false, inThread = false }) {
  if (each.system && !each.ephemeral) return h("article", { class: "message system", data: { testid: "message", ts: each.ts } }, h("span", {}, mrkdwn(each.text)));
  const classes = ["message", joined && "joined", each.ephemeral && "ephemeral", each.deleted && "deleted"].filter(Boolean).join(" ");
  return h("article", { class: classes, tabindex: "-1", "aria-label": `${nameOf(each)}, ${stamp(each.ts)}`, data: { testid: "message", ts: each.ts } },
    h("div", { class: "gutter" }, joined ? h("span", { class: "late-time", "aria-hidden": "true" }, hourText(millis(each.ts), myZone())) : face(each)),
    h("div", { class: "message-body" },
      each.ephemeral && h("div", { class: "only-you" }, icon("eye", 14), "Only you see this"),
      !joined && byline(each),
      body(each, channel),
      !inThread && threadLine(each, channel)),
    !each.deleted && toolbar(each, channel, inThread));
}

const nameOf = (each) => (each.system ? "Slackbot" : person(each.user)?.name ?? each.name ?? each.user);
const face = (each) => (each.system ? slackbot() : each.is_app ? appMark(36) : avatar(person(each.user) ?? { id: each.user, name: each.name }, 36));

const slackbot = () => avatar({ id: "slackbot", name: "S B", avatar_color: "#4f5d75" }, 36);

function stamp(ts) {
  return slackDate(Number(ts), "{date_long_pretty} at {time}", myZone(), demoNow());
}

function byline(each) {
  return h("div", { class: "byline" },
    h("strong", {}, nameOf(each)), each.is_app && h("span", { class: "app-tag" }, "APP"),
    h("time", { title: stamp(each.ts), datetime: new Date(millis(each.ts)).toISOString() }, hourText(millis(each.ts), myZone())));
}

function body(each, channel) {
  if (each.deleted) return h("div", { class: "content muted" }, "This message was deleted.");
  const words = each.blocks?.length ? blocks(each.blocks, messageSurface(channel, each)) : h("div", { class: "text", data: { testid: each.system ? "error-line" : null } }, mrkdwn(each.text));
  return h("div", { class: "content" }, words, each.edited && !each.is_app && h("small", { class: "muted" }, "(edited)"));
}

function threadLine(each, channel) {
  const open = (root) => () => openThread({ channel, ts: root });
  if (each.thread_ts && each.thread_ts !== each.ts) {
    return h("button", { type: "button", class: "thread-line", onclick: open(each.thread_ts) }, icon("reply", 15), "Also in a thread: open it");
  }
  if (!each.reply_count) return null;
  const words = `${each.reply_count} ${each.reply_count === 1 ? "reply" : "replies"}`;
  return h("button", { type: "button", class: "thread-line", onclick: open(each.ts), data: { testid: "open-thread" } }, icon("reply", 15), words);
}

function toolbar(each, channel, inThread) {
  const reply = () => openThread({ channel, ts: each.thread_ts || each.ts });
  const choose = (event) => openMenu(event.currentTarget, menu(each, channel, inThread ? null : reply), { title: "Message" });
  return h("div", { class: "tools" },
    !inThread && !each.ephemeral && h("button", { type: "button", class: "tool", "aria-label": "Reply in thread", title: "Reply in thread", onclick: reply, data: { testid: "reply" } }, icon("reply", 17)),
    h("button", { type: "button", class: "tool", "aria-label": "More actions on this message", title: "More actions", "aria-haspopup": "menu", "aria-expanded": "false", onclick: choose, data: { testid: "message-menu" } }, icon("more", 17)));
}

function menu(each, channel, reply) {
  const copy = { label: "Copy text", run: () => navigator.clipboard?.writeText(each.text) };
  if (each.ephemeral) return [copy];
  return [
    ...(reply ? [{ label: "Reply in thread", run: reply }] : []),
    ...shortcutsOf("message").map((item) => ({
      label: item.name, note: item.description, testid: `shortcut-${item.callback_id}`, run: () => messageShortcut(item.callback_id, channel, each.ts),
    })),
    copy,
  ];
}

/** Promise: messages with what their drawing depends on: joined to the one before, and the day they open. */
export function arranged(messages) {
  const zone = myZone();
  let before = null;
  return messages.map((each) => {
    const day = dayText(millis(each.ts), zone, demoNow());
    const opensDay = day !== before?.day;
    const joined = !opensDay && before.each.user === each.user && !each.ephemeral && !before.each.ephemeral && !before.each.system
      && !each.is_app && Number(each.ts) - Number(before.each.ts) < 300;
    before = { each, day };
    return { each, day, opensDay, joined };
  });
}

/** Promise: equal signatures mean the message would be drawn the same. */
export const signed = (row) => JSON.stringify([row.each, row.joined, row.opensDay && row.day, ui.as, dayText(demoNow(), myZone(), 0)]);
