// Notifications as a phone shows them: the first 100 characters of the message's text.

import { appMark } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { announce } from "./live.js";
import { asOnPhone } from "./notice.js";
import { openAt } from "./pane.js";
import { conversation, world } from "./store.js";

const LIFE = 9000;
let showing = [];

/** Promise: no notification stands any more; they were somebody's own. */
export function clearToasts() {
  for (const leave of [...showing]) leave();
}

/** Promise: a notification stands in the corner for nine seconds, longer while the pointer is on it. */
export function toast({ text, channel, ts, thread_ts }) {
  const root = document.getElementById("toasts");
  const words = asOnPhone(text ?? "");
  const place = conversation(channel);
  const from = place ? (place.with ? place.with.name : `#${place.name}`) : world.state?.workspace.name ?? "";
  let timer = null;
  const leave = () => {
    clearTimeout(timer);
    showing = showing.filter((each) => each !== leave);
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
  showing.push(leave);
  while (showing.length > 4) showing[0]();
  if (root.matches(":popover-open")) root.hidePopover();
  root.showPopover();
  announce(`Notification: ${words}`);
  wait();
}
