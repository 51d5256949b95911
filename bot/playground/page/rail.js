// The left rail: who you are, channels, direct messages, Home.

import { avatar, appMark } from "./avatar.js";
import { h, fill, focusControl, focusedControl } from "./dom.js";
import { unfold } from "./folds.js";
import { icon } from "./icons.js";
import { closeSheet, toggleSheet } from "./sheets.js";
import { myDms, openPlace, person, ui, world } from "./store.js";

let signature = "";

/** Promise: the rail shows the people, the places with their unread counts, and where one is. */
export function drawRail(root, become) {
  const { people, channels, workspace } = world.state;
  const dms = myDms();
  const waiting = world.state.pipeline?.repositories.map((each) => each.runs.map((run) => run.state));
  const sign = JSON.stringify([waiting, people, channels, dms, workspace, ui.as, ui.place]);
  if (sign === signature) return;
  signature = sign;
  const focus = focusedControl(root);
  const unread = dms.reduce((total, each) => total + (each.unread ?? 0), 0);
  fill(root,
    h("div", { class: "workspace" }, workspace.name),
    h("section", { class: "rail-people", "aria-labelledby": "rail-you" }, h("h2", { id: "rail-you" }, "You are"), h("ul", {}, people.map((each) => personRow(each, become)))),
    h("section", { class: "rail-places", "aria-labelledby": "rail-channels" },
      h("ul", { class: "only-phone" }, pipelineRow()), h("h2", { id: "rail-channels" }, "Channels"), h("ul", {}, channels.map((each) => placeRow(each, icon(each.private ? "lock" : "hash", 17), each.name, `channel-${each.name}`))),
      h("h2", {}, unread ? `Direct messages (${unread})` : "Direct messages"), h("ul", {}, dms.map(dmRow)),
      h("h2", {}, "Apps"), h("ul", {}, homeRow(dms))));
  if (focus) focusControl(root, focus);
}

function personRow(each, become) {
  const mine = each.id === ui.as;
  const pick = () => {
    closeSheet();
    become(each.id);
  };
  return h("li", {}, h("button", { type: "button", class: "person", "aria-pressed": String(mine), onclick: pick, data: { testid: `person-${each.id}` } },
    avatar(each, 28), h("span", { class: "person-text" }, h("span", { class: "person-name" }, each.name), h("span", { class: "role" }, each.role)),
    each.unread ? badge(each.unread) : mine && h("span", { class: "here", "aria-hidden": "true" })));
}

function placeRow(each, sign, name, testid) {
  const here = ui.place.kind === "channel" && ui.place.id === each.id;
  const classes = ["place", each.unread && "unread", each.archived && "archived"].filter(Boolean).join(" ");
  const go = () => {
    closeSheet();
    openPlace({ kind: "channel", id: each.id });
  };
  return h("li", {}, h("button", { type: "button", class: classes, "aria-current": here ? "page" : null, onclick: go, data: { testid } },
    sign, h("span", { class: "place-name" }, name), each.archived && h("small", {}, "archived"), each.unread ? badge(each.unread) : null));
}

function dmRow(each) {
  const human = person(each.with.id);
  return placeRow(each, human ? avatar(human, 20) : appMark(20), each.with.name, `dm-${each.with.id}`);
}

function homeRow(dms) {
  const here = ui.place.kind === "home";
  const app = dms.find((each) => !person(each.with.id))?.with.name;
  const go = () => {
    closeSheet();
    openPlace({ kind: "home" });
  };
  return h("li", {}, h("button", { type: "button", class: "place", "aria-current": here ? "page" : null, onclick: go, data: { testid: "home-tab" } },
    icon("home", 17), h("span", { class: "place-name" }, "Home"), app && h("small", {}, app)));
}

/** On a phone the Pipeline stands in a sheet of its own. */
function pipelineRow() {
  const runs = world.state.pipeline?.repositories.flatMap((each) => each.runs) ?? [];
  const waiting = runs.filter((run) => run.state === "waiting").length;
  return world.state.pipeline && h("li", {}, h("button", { type: "button", class: "place", onclick: () => { unfold("pipeline"); toggleSheet("outside"); }, data: { testid: "pipeline-tab" } },
    icon("plug", 17), h("span", { class: "place-name" }, "Pipeline"), waiting ? badge(waiting) : null));
}

const badge = (count) => h("span", { class: "badge" }, String(count), h("span", { class: "behind" }, " unread"));
