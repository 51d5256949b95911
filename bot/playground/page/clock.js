// The banner with the demo clock, which only moves forward.

import { moveClock } from "./api.js";
import { clockText } from "./dates.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { announce } from "./live.js";
import { toggleSheet } from "./sheets.js";
import { demoNow, myZone, refresh, ui, world } from "./store.js";

const STEPS = [["10m", "+10 min"], ["1h", "+1 h"], ["1d", "+1 day"], ["next", "To next deadline"]];
let parts = null;

/** Promise: the banner exists and shows the clock of the acted person's zone. */
export function drawClock(root) {
  if (!parts) build(root);
  const unread = world.state.dms.reduce((total, each) => total + (each.unread ?? 0), 0);
  const tip = `Moving the clock makes reminders due; watch DMs${unread ? ` (${unread})` : ""}.`;
  if (parts.tip.textContent !== tip) fill(parts.tip, tip);
  parts.lost.hidden = ui.linked;
  tickClock();
}

function build(root) {
  parts = {
    time: h("time", { class: "clock-time", role: "timer", "aria-live": "off", data: { testid: "clock" } }), tip: h("span", { class: "clock-tip" }),
    lost: h("span", { class: "lost", role: "status", hidden: true }, "The demo does not answer"),
  };
  parts.steps = STEPS.map(([step, label]) => h("button", { type: "button", class: "step", onclick: () => advance(step), data: { testid: `clock-${step}` } }, label));
  fill(root,
    h("span", { class: "demo-tag" }, h("b", {}, "DEMO"), h("span", { class: "demo-words" }, " · pretend Slack", world.state.pipeline && h("span", { class: "demo-more" }, ", GitHub, PagerDuty, Jira"))), parts.lost,
    h("span", { class: "clock-face" }, icon("clock", 17), parts.time),
    h("div", { class: "clock-sheet", id: "sheet-clock", data: { sheet: "clock" } }, parts.tip, h("div", { class: "clock-steps", role: "group", "aria-label": "Move the clock forward" }, parts.steps)),
    h("button", { type: "button", class: "tool side-toggle", "aria-label": "Outside systems and faults", title: "Outside", onclick: () => toggleSheet("outside") }, icon("plug", 18)),
    h("button", { type: "button", class: "tool menu-toggle", "aria-label": "People and channels", onclick: () => toggleSheet("rail") }, icon("menu", 20)));
  setInterval(tickClock, 1000);
}

function tickClock() {
  if (!world.state) return;
  const zone = myZone();
  const text = clockText(demoNow(), zone);
  if (parts.time.textContent !== text) fill(parts.time, text);
  parts.time.title = `${new Date(demoNow()).toISOString().slice(0, 16).replace("T", " ")} UTC, shown in ${zone}`;
}

async function advance(step) {
  for (const button of parts.steps) button.disabled = true;
  const result = await moveClock(step).catch(() => ({ ok: false, error: "The demo does not answer" }));
  for (const button of parts.steps) button.disabled = false;
  await refresh();
  const words = result.error ? (/\s/.test(result.error) ? result.error : "Nothing is due that the clock could move to.") : `It is now ${clockText(demoNow(), myZone())}.`;
  if (result.error) fill(parts.tip, words);
  announce(words);
}
