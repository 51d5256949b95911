// Systems outside Slack as the server tells them, and the drawer of faults.

import { setFault } from "./api.js";
import { clockText } from "./dates.js";
import { fill, h, focusControl, focusedControl } from "./dom.js";
import { asOnPhone } from "./notice.js";
import { openAt } from "./pane.js";
import { pipeline, pipelineSign } from "./pipeline.js";
import { closeSheet } from "./sheets.js";
import { me, myZone, refresh, ui, world } from "./store.js";

const FAULTS = [
  ["rate_limit", "Rate limit", "Slack takes no more calls for a while. Clicks count at once; cards follow later."],
  ["down", "Down", "Slack does not answer the app. Nothing is lost; everything arrives after."],
  ["slow", "Slow", "Slack answers late. The page waits, the record does not."],
  ["lose_reply", "Lose reply", "The app's answer gets lost. You see Slack's error; pressing again does no harm."],
  ["deliver_twice", "Deliver twice", "Each click arrives twice. It counts once."],
];
const AT_GITHUB = [
  ["github_down", "GitHub down", "GitHub does not answer the app. What people ask for is recorded, runs are found later, nobody approves unread."],
  ["lose_webhooks", "Lose webhooks", "GitHub tells the app nothing. Runs wait until it looks by itself, within a minute."],
  ["job_fails", "Jobs fail", "A run that was let through ends badly. The card says so and what can be done."],
];

let drawn = { node: null, signature: "" };

/** Promise: the node shows the panels and the fault drawer as the server has them. */
export function outside(node) {
  const sign = JSON.stringify([pipelineSign(), world.state.panels, world.state.faults, world.state.notifications, ui.as]);
  if (drawn.node === node && drawn.signature === sign) return;
  drawn = { node, signature: sign };
  const focus = focusedControl(node);
  fill(node, pipeline(), phone(), (world.state.panels ?? []).map(panel), faults());
  if (focus) focusControl(node, focus);
}

/** What the acted person's phone shows: also what came while somebody else was acted. */
function phone() {
  const latest = (world.state.notifications ?? []).slice(-3).reverse();
  if (!latest.length) return null;
  const rows = latest.map((each) => h("li", {}, h("button", { type: "button", class: "notice", onclick: () => { closeSheet(); openAt(each); } },
    h("time", { datetime: each.at }, clockText(Date.parse(each.at), myZone())), h("span", {}, asOnPhone(each.text)))));
  return h("section", { class: "panel", "aria-label": "Phone" }, h("h3", {}, `On ${me()?.name ?? "your"}’s phone`), h("ul", {}, rows));
}

function panel({ title, lines = [] }) {
  return h("section", { class: "panel" }, h("h3", {}, title),
    lines.length ? h("ul", {}, lines.map((line) => h("li", {}, typeof line === "string" ? line : line.text))) : h("p", { class: "muted" }, "Nothing yet."));
}

const isOn = (key) => [...(world.state.faults ?? []), ...(world.state.pipeline?.faults ?? [])].some((each) => (typeof each === "string" ? each === key : [each.fault, each.kind, each.id].includes(key) && each.on !== false));

function faults() {
  return h("section", { class: "panel faults", "aria-label": "Faults" }, h("h3", {}, "Break something"),
    h("p", { class: "muted" }, "Switch a fault on and use the app as before."),
    world.state.pipeline && h("h4", {}, "Slack"), FAULTS.map(switched),
    world.state.pipeline && [h("h4", {}, "GitHub"), AT_GITHUB.map(switched)]);
}

const switched = ([key, name, note]) => fault(key, name, note, isOn(key));

function fault(key, name, note, on) {
  const flip = async () => {
    await setFault(key, !on).catch(() => null);
    await refresh();
  };
  return h("button", { type: "button", class: "fault", role: "switch", "aria-checked": String(on), onclick: flip, data: { testid: `fault-${key}` } },
    h("span", { class: "fault-text" }, h("b", {}, name), h("small", {}, note)), h("span", { class: "knob", "aria-hidden": "true" }));
}
