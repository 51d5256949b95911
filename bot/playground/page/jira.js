// The pretend Jira: the issue of each change, what is said on it, and what stands beneath it.

import { clockText } from "./dates.js";
import { h } from "./dom.js";
import { arrivals, fold, unfold } from "./folds.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { openAt } from "./pane.js";
import { said, send } from "./said.js";
import { closeSheet } from "./sheets.js";
import { changed, myZone, world } from "./store.js";
import { switches } from "./switches.js";

const NAME = "jira";
let chosen = null;

/** Promise: what the panel shows now, for whoever decides whether to draw it again. */
export const jiraSign = () => [world.state.jira, chosen];

/** Promise: the panel. */
export function jira() {
  const there = world.state.jira;
  const every = there.issues.flatMap((one) => [one, ...one.children]);
  const fresh = arrivals(NAME, every.flatMap((one) => [`${one.key}${one.status}`, ...one.comments.map((each) => each.id)]));
  const here = every.some((each) => each.key === chosen) || chosen === "" ? chosen : there.issues[0]?.key;
  const note = there.faults.length ? "down" : every.length ? null : "no issue yet";
  return fold({ name: NAME, title: "Jira", note, count: there.open }, () => [
    every.length ? h("ul", { class: "tickets" }, there.issues.map((one) => [issue(one, here, fresh, false), one.children.map((each) => issue(each, here, fresh, true))])) : h("p", { class: "muted" }, "Every change gets an issue here. Declare one."),
    there.more ? h("p", { class: "muted" }, `And ${there.more} more.`) : null,
    said(NAME, every.length ? "Countersign reads each issue once a minute." : null),
    switches(NAME)]);
}

/** Promise: the panel is open at that issue; false: there is no such issue in it. */
export function showIssue(key) {
  if (!world.state.jira?.issues.flatMap((one) => [one, ...one.children]).some((one) => one.key === key)) return false;
  chosen = key;
  unfold(NAME);
  return true;
}

const time = (iso) => clockText(Date.parse(iso.replace(/\+0000$/, "Z")), myZone());

function issue(one, here, fresh, beneath) {
  const open = one.key === here;
  const pick = () => { chosen = open ? "" : one.key; changed(); };
  return h("li", { class: `ticket${open ? " open" : ""}${beneath ? " beneath" : ""}`, data: { testid: `issue-${one.key}` } },
    h("button", { type: "button", class: "ticket-head", "aria-expanded": String(open), onclick: pick, data: { testid: `pick-${one.key}` } },
      h("span", { class: "ticket-title" }, h("span", { class: "ticket-key" }, `${one.key} `), one.summary),
      h("span", { class: `chip-of ${one.category}${fresh(`${one.key}${one.status}`) ? " fresh" : ""}` }, one.status)),
    open && h("div", { class: "ticket-body" },
      h("small", {}, [one.type, one.assignee ?? "nobody assigned", one.due && `due ${one.due}`].filter(Boolean).join(", ")),
      tools(one),
      one.comments.length ? h("ul", { class: "remarks" }, one.comments.map((each) => h("li", { class: fresh(each.id) ? "remark fresh" : "remark" }, h("small", {}, `${each.by}, ${time(each.at)}`), h("span", {}, each.text)))) : h("p", { class: "muted" }, "No comments yet."),
      one.more_comments ? h("p", { class: "muted" }, `And ${one.more_comments} before.`) : null));
}

function tools(one) {
  const back = one.links.find((each) => each.channel);
  const see = () => { closeSheet(); openAt(back); };
  const move = (status) => ({ label: `Move to ${status}`, testid: `move-${one.key}-${status}`, run: () => send(NAME, { deed: "move", issue: one.key, status }) });
  const items = [...one.to.map(move), { label: "Delete", note: "The change goes on and says so.", testid: `delete-${one.key}`, run: () => send(NAME, { deed: "delete", issue: one.key }) }];
  const more = h("button", { type: "button", class: "text-button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `Move or delete ${one.key}`, onclick: (event) => openMenu(event.currentTarget, items, { title: one.key }), data: { testid: `move-${one.key}` } }, "Move or delete", icon("down", 13));
  return h("span", { class: "run-tools" }, back && one.change && h("button", { type: "button", class: "text-button", onclick: see, data: { testid: `back-${one.key}` } }, `See ${one.change}`), more);
}
