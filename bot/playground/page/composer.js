// Where a person types: messages, slash commands with help, global shortcuts. Drafts are kept for each place and person.

import { deed, shortcut, shortcutsOf } from "./deeds.js";
import { fill, freshId, h } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { ui, world } from "./store.js";

const drafts = new Map();
const offered = new Set();

/** Promise: a composer for the place; `first` is offered once as its text while the place is empty. */
export function composer({ channel, thread = null, label, first = null }) {
  const key = `${ui.as}|${channel}|${thread ?? ""}`;
  if (first && !offered.has(key) && !drafts.get(key)) drafts.set(key, first);
  offered.add(key);
  const box = { channel, thread, key, active: 0, offers: [], help: h("ul", { class: "command-help", role: "listbox", id: freshId("help"), hidden: true, "aria-label": "Commands" }) };
  box.send = h("button", { type: "button", class: "send", "aria-label": "Send", title: "Send (Enter)", onclick: () => send(box), data: { testid: thread ? "thread-send" : "send" } }, icon("send", 19));
  box.text = h("textarea", {
    rows: 1, "aria-label": thread ? "Reply in the thread" : `Message ${label}`, placeholder: thread ? "Reply…" : `Message ${label} or /command`, enterkeyhint: "send",
    oninput: () => typed(box), onkeydown: (event) => keys(box, event), onblur: () => { box.help.hidden = true; }, data: { testid: thread ? "thread-composer" : "composer" },
    props: { value: drafts.get(key) ?? "" }, "aria-controls": box.help.id, spellcheck: "false",
  });
  queueMicrotask(() => settle(box));
  return h("div", { class: "composer" }, box.help, h("div", { class: "composer-box" }, box.text, h("div", { class: "composer-tools" }, tools(thread), box.send)));
}

function tools(thread) {
  const choices = () => shortcutsOf("global").map((each) => ({
    label: each.name, note: each.description, testid: `shortcut-${each.callback_id}`, run: () => shortcut(each.callback_id),
  }));
  const open = (event) => {
    const items = choices();
    openMenu(event.currentTarget, items.length ? items : [{ label: "No shortcuts yet", run: () => {} }], { title: "Shortcuts" });
  };
  return thread ? h("span") : h("button", { type: "button", class: "tool", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu", "aria-expanded": "false", onclick: open, data: { testid: "shortcuts" } }, icon("bolt", 18));
}

function settle(box) {
  box.text.style.height = "auto";
  box.text.style.height = `${Math.min(box.text.scrollHeight, 180)}px`;
  box.send.classList.toggle("ready", box.text.value.trim() !== "");
}

function typed(box) {
  drafts.set(box.key, box.text.value);
  settle(box);
  offer(box);
}

function offer(box) {
  const value = box.text.value;
  const word = value.split(/\s/)[0];
  const known = world.state.commands ?? [];
  box.offers = !value.startsWith("/") || value.includes("\n") ? []
    : known.filter(({ command }) => (value.includes(" ") ? command === word : command.startsWith(word)));
  box.active = 0;
  box.help.hidden = !box.offers.length;
  fill(box.help, box.offers.map((each, index) => h("li", { role: "option", class: index ? "" : "active", "aria-selected": String(!index), onmousedown: (event) => { event.preventDefault(); take(box, each); } },
    h("strong", {}, each.command), " ", h("span", { class: "usage" }, each.usage_hint), each.description && h("small", {}, each.description))));
}

function take(box, { command }) {
  box.text.value = `${command} `;
  typed(box);
  box.text.focus();
}

function keys(box, event) {
  if (event.isComposing) return;
  const choosing = !box.help.hidden && !box.text.value.includes(" ");
  const exact = box.offers[box.active]?.command === box.text.value.trim();
  if (choosing && (event.key === "Tab" || (event.key === "Enter" && !exact))) {
    event.preventDefault();
    take(box, box.offers[box.active]);
  } else if (choosing && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    box.active = (box.active + (event.key === "ArrowDown" ? 1 : -1) + box.offers.length) % box.offers.length;
    [...box.help.children].forEach((row, index) => row.classList.toggle("active", index === box.active));
  } else if (event.key === "Escape" && !box.help.hidden) {
    event.preventDefault();
    box.help.hidden = true;
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send(box);
  }
}

async function send(box) {
  const text = box.text.value.trim();
  if (!text || box.busy) return;
  box.busy = true;
  box.help.hidden = true;
  box.text.value = "";
  drafts.delete(box.key);
  settle(box);
  const result = await deed("message", { channel: box.channel, text, ...(box.thread ? { thread: box.thread } : {}) });
  box.busy = false;
  if (result.ok || box.text.value) return;
  box.text.value = text;
  drafts.set(box.key, text);
  settle(box);
}
