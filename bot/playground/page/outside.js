// Systems outside Slack as the server tells them, and the drawer of faults.

import { clockText } from "./dates.js";
import { h, keep } from "./dom.js";
import { fold, foldSign } from "./folds.js";
import { jira, jiraSign } from "./jira.js";
import { asOnPhone } from "./notice.js";
import { pagerduty, pagerdutySign } from "./pagerduty.js";
import { openAt } from "./pane.js";
import { pipeline, pipelineSign } from "./pipeline.js";
import { saidSign } from "./said.js";
import { closeSheet } from "./sheets.js";
import { me, myZone, ui, world } from "./store.js";
import { FAULTS, broken, switches } from "./switches.js";

/** Promise: the node shows the panels and the fault drawer as the server has them; what did not change stays as it is. */
export function outside(node) {
  const { state } = world;
  const seen = [ui.as, foldSign(), saidSign()];
  keep(node, [
    state.pagerduty && { key: "pagerduty", what: pagerdutySign(), build: pagerduty },
    state.jira && { key: "jira", what: jiraSign(), build: jira },
    state.pipeline?.repositories.length && { key: "pipeline", what: pipelineSign(), build: pipeline },
    state.notifications?.length && { key: "phone", what: state.notifications, build: phone },
    ...(state.panels ?? []).map((each) => ({ key: `panel ${each.title}`, what: each, build: () => panel(each) })),
    { key: "faults", what: broken(), build: faults },
  ].filter(Boolean), { key: (one) => one.key, sign: (one) => JSON.stringify([seen, one.what]), build: (one) => one.build() });
}

/** What the acted person's phone shows: also what came while somebody else was acted. */
function phone() {
  const latest = world.state.notifications.slice(-3).reverse();
  const rows = latest.map((each) => h("li", {}, h("button", { type: "button", class: "notice", onclick: () => { closeSheet(); openAt(each); } },
    h("time", { datetime: each.at }, clockText(Date.parse(each.at), myZone())), h("span", {}, asOnPhone(each.text)))));
  return h("section", { class: "panel", "aria-label": "Phone" }, h("h3", {}, `On ${me()?.name ?? "your"}’s phone`), h("ul", {}, rows));
}

function panel({ title, lines = [] }) {
  return h("section", { class: "panel" }, h("h3", {}, title),
    lines.length ? h("ul", {}, lines.map((line) => h("li", {}, typeof line === "string" ? line : line.text))) : h("p", { class: "muted" }, "Nothing yet."));
}

/** In the demo it folds like the other panels; where there is nothing but Slack it stands open. */
function faults() {
  const there = Object.keys(FAULTS).filter((name) => name === "slack" || world.state[name]);
  const body = () => [h("p", { class: "muted" }, "Switch a fault on and use the app as before."),
    there.map((name) => [there.length > 1 && h("h4", {}, FAULTS[name][0]), switches(name)])];
  if (there.length > 1) return fold({ name: "faults", title: "Break something", count: broken().length, counted: "on" }, body);
  return h("section", { class: "panel faults", "aria-label": "Faults" }, h("h3", {}, "Break something"), body());
}
