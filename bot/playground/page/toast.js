// Notifications as a phone shows them: the first 100 characters of the message's text.

import { appMark } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { announce } from "./live.js";
import { unescape } from "./mrkdwn.js";
import { openAt } from "./pane.js";
import { conversation, person, usergroup, world } from "./store.js";

const LIFE = 9000;

/** Promise: a notification stands in the corner for nine seconds, longer while the pointer is on it. */
export function toast({ text, channel, ts, thread_ts }) {
  const root = document.getElementById("toasts");
  const words = first100(readable(text ?? ""));
  const place = conversation(channel);
  const from = place ? (place.with ? place.with.name : `#${place.name}`) : world.state?.workspace.name ?? "";
  let timer = null;
  const leave = () => {
    clearTimeout(timer);
    node.remove();
    if (!root.childElementCount && root.matches(":popover-open")) root.hidePopover();
  };
  const wait = () => { timer = setTimeout(leave, LIFE); };
  const open = () => {
    leave();
    openAt({ channel, ts, thread_ts });
  };
  const node = h("div", { class: "toast", data: { testid: "toast" }, onmouseenter: () => clearTimeout(timer), onmouseleave: wait },
    h("button", { type: "button", class: "toast-open", onclick: open }, appMark(32), h("span", { class: "toast-text" }, h("b", {}, from), h("span", {}, words))),
    h("button", { type: "button", class: "plain-button", "aria-label": "Dismiss notification", onclick: leave }, icon("close", 16)));
  root.append(node);
  while (root.childElementCount > 4) root.firstElementChild.remove();
  if (root.matches(":popover-open")) root.hidePopover();
  root.showPopover();
  announce(`Notification: ${words}`);
  wait();
}

function first100(text) {
  const signs = [...text];
  return signs.length > 100 ? `${signs.slice(0, 100).join("")}…` : text;
}

/** A notification is plain text: marks are dropped, mentions become names. */
function readable(text) {
  const named = text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id) => `@${person(id)?.name ?? id}`)
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (_, id) => `#${conversation(id)?.name ?? id}`)
    .replace(/<!subteam\^(\w+)(?:\|([^>]*))?>/g, (_, id, label) => `@${usergroup(id)?.handle ?? label ?? id}`)
    .replace(/<!date\^[^>|]*\|([^>]*)>/g, "$1")
    .replace(/<!(\w+)>/g, "@$1")
    .replace(/<[^>|]+\|([^>]*)>/g, "$1");
  return unescape(named);
}
