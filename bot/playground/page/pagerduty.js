// The pretend PagerDuty: who is on call, incidents with their notes, pages, change events.

import { clockText } from "./dates.js";
import { h } from "./dom.js";
import { arrivals, fold, unfold } from "./folds.js";
import { said, send } from "./said.js";
import { changed, myZone, world } from "./store.js";
import { switches } from "./switches.js";

const NAME = "pagerduty";
let chosen = null;

/** Promise: what the panel shows now, for whoever decides whether to draw it again. */
export const pagerdutySign = () => [world.state.pagerduty, chosen];

/** Promise: the panel. */
export function pagerduty() {
  const there = world.state.pagerduty;
  const ids = [...there.incidents.flatMap((one) => [`${one.id}${one.status}`, ...one.notes.map((each) => each.id)]), ...there.alerts.map((each) => `${each.id}${each.open}`), ...there.events.map((each) => each.id)];
  const fresh = arrivals(NAME, ids);
  const down = there.faults.length > 0;
  const note = down ? "down" : there.on_call ? `${there.on_call.name.split(" ")[0]} on call` : "nobody on call";
  return fold({ name: NAME, title: "PagerDuty", note, count: there.open }, () => [
    duty(there.on_call),
    h("ul", { class: "tickets" }, there.incidents.map((one, place) => incident(one, one.id === chosen || (place === 0 && !there.incidents.some((each) => each.id === chosen)), fresh))),
    there.more ? h("p", { class: "muted" }, `And ${there.more} more.`) : null,
    list("Pages", there.alerts, fresh, (one) => `${one.id}${one.open}`, (one) => h("span", { class: one.open ? "chip-of triggered" : "chip-of resolved" }, one.open ? "open" : "resolved")),
    list("Change events", there.events, fresh, (one) => one.id, () => null),
    h("div", { class: "deeds" }, h("button", { type: "button", class: "button wide", onclick: () => send(NAME, { deed: "open" }), data: { testid: "deed-incident" } }, "Open an incident"), said(NAME, "Something else breaks, on payments or web.")),
    switches(NAME)]);
}

/** Promise: the panel is open at that incident; false: there is no such incident in it. */
export function showIncident(id) {
  if (!world.state.pagerduty?.incidents.some((one) => one.id === id)) return false;
  chosen = id;
  unfold(NAME);
  return true;
}

const time = (iso) => clockText(Date.parse(iso), myZone());

function duty(on) {
  if (!on) return h("p", { class: "duty" }, "Nobody is on call.");
  return h("p", { class: "duty" }, h("b", {}, on.name), " on call", on.until && ` until ${time(on.until)}`, on.next && `, then ${on.next.split(" ")[0]}`, ".");
}

function incident(one, open, fresh) {
  const pick = () => { chosen = open ? "" : one.id; changed(); };
  const deed = (name, label) => h("button", { type: "button", class: "text-button", "aria-label": `${label} #${one.number}`, onclick: () => send(NAME, { deed: name, incident: one.id }), data: { testid: `${name}-${one.number}` } }, label);
  return h("li", { class: open ? "ticket open" : "ticket", data: { testid: `incident-${one.number}` } },
    h("button", { type: "button", class: "ticket-head", "aria-expanded": String(open), onclick: pick, data: { testid: `pick-${one.number}` } },
      h("span", { class: "ticket-title" }, h("span", { class: "ticket-key" }, `#${one.number} `), one.title),
      h("span", { class: `chip-of ${one.status}${fresh(`${one.id}${one.status}`) ? " fresh" : ""}` }, one.status)),
    open && h("div", { class: "ticket-body" },
      h("small", {}, `${one.service}, ${one.urgency} urgency, since ${time(one.at)}`),
      h("span", { class: "run-tools" }, one.status === "triggered" && deed("acknowledge", "Acknowledge"), one.status !== "resolved" && deed("resolve", "Resolve"), deed("annotate", "Write a note")),
      one.notes.length ? h("ul", { class: "remarks" }, one.notes.map((each) => remark(each, fresh(each.id)))) : h("p", { class: "muted" }, "No notes yet."),
      one.more_notes ? h("p", { class: "muted" }, `And ${one.more_notes} before.`) : null));
}

function remark(each, isNew) {
  return h("li", { class: isNew ? "remark fresh" : "remark" }, h("small", {}, `${each.by}, ${time(each.at)}`), h("span", {}, each.text));
}

function list(title, items, fresh, id, chip) {
  if (!items.length) return null;
  return [h("h4", {}, title), h("ul", { class: "remarks" }, items.map((one) => h("li", { class: fresh(id(one)) ? "remark fresh" : "remark" }, h("small", {}, time(one.at), " ", chip(one)), h("span", {}, one.text))))];
}
