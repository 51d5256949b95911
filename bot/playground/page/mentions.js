// People, channels, groups and broadcasts inside text, drawn from their ids.

import { h } from "./dom.js";
import { slackDate } from "./dates.js";
import { conversation, demoNow, myZone, openPlace, person, ui, usergroup } from "./store.js";

/** Promise: `@name` of the person; marked when it is the acted person. */
export function userMention(id, label) {
  const found = person(id);
  const name = found?.name ?? label ?? id;
  const title = found ? `${found.real_name}${found.role ? `, ${found.role}` : ""}` : null;
  return h("span", { class: id === ui.as ? "mention mine" : "mention", title, data: { user: id } }, `@${name}`);
}

/** Promise: `#name`, which opens the channel when the acted person can see it. */
export function channelMention(id, label) {
  const found = conversation(id);
  if (!found) return h("span", { class: "mention" }, `#${label ?? "private channel"}`);
  return h("button", { class: "mention link", type: "button", onclick: () => openPlace({ kind: "channel", id }) }, `#${found.name}`);
}

/** Promise: `@handle` of a user group. */
export function groupMention(id, label) {
  const found = usergroup(id);
  const handle = found?.handle ?? label?.replace(/^@/, "") ?? id;
  const mine = found?.users?.includes(ui.as);
  return h("span", { class: mine ? "mention mine" : "mention", title: found?.name }, `@${handle}`);
}

/** Promise: `@channel`, `@here` or `@everyone`. */
export const broadcastMention = (range) => h("span", { class: "mention mine" }, `@${range}`);

/** Promise: the moment in the acted person's zone; with `url` a link; the fallback when it is no number. */
export function moment(unix, pattern, { url = null, fallback = "", opens = false } = {}) {
  const seconds = Number(unix);
  const zone = myZone();
  let text = Number.isFinite(seconds) ? slackDate(seconds, pattern, zone, demoNow()) : fallback;
  if (opens) text = text.charAt(0).toUpperCase() + text.slice(1);
  const full = Number.isFinite(seconds) ? slackDate(seconds, "{date_long} at {time}", zone, demoNow()) : fallback;
  const shown = h("time", { title: `${full}, ${zone}`, datetime: new Date(seconds * 1000 || 0).toISOString() }, text);
  return url ? link(url, shown) : shown;
}

/** Promise: a link to http, https or mailto that opens apart; every other address stays plain text. */
export function link(url, ...label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", {}, label.length ? label : url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label.length ? label : url);
}
