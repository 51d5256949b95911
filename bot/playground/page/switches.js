// Faults that can be switched on, each with one line on what to expect.

import { setFault } from "./api.js";
import { h } from "./dom.js";
import { refresh, world } from "./store.js";

/** Of each system: its name on the page and its faults (key, name, what to expect). */
export const FAULTS = {
  slack: ["Slack", [
    ["rate_limit", "Rate limit", "Slack takes no more calls for a while. Clicks count at once; cards follow later."],
    ["down", "Down", "Slack does not answer the app. Nothing is lost; everything arrives after."],
    ["slow", "Slow", "Slack answers late. The page waits, the record does not."],
    ["lose_reply", "Lose reply", "The app's answer gets lost. You see Slack's error; pressing again does no harm."],
    ["deliver_twice", "Deliver twice", "Each click arrives twice. It counts once."],
  ]],
  pipeline: ["GitHub", [
    ["github_down", "GitHub down", "GitHub does not answer the app. What people ask for is recorded, runs are found later, nobody approves unread."],
    ["lose_webhooks", "Lose webhooks", "GitHub tells the app nothing. Runs wait until it looks by itself, within a minute."],
    ["job_fails", "Jobs fail", "A run that was let through ends badly. The card says so and what can be done."],
  ]],
  pagerduty: ["PagerDuty", [["pagerduty_down", "PagerDuty down", "It does not answer. Whoever is only on call cannot approve after a while; notes arrive later, once each."]]],
  jira: ["Jira", [["jira_down", "Jira down", "It does not answer. The change does not wait; its issue and comments follow, in order."]]],
};

/** Promise: the faults that are on. */
export const broken = () => ["pipeline", "pagerduty", "jira"].flatMap((name) => world.state[name]?.faults ?? []).concat(world.state.faults ?? []);

/** Promise: the switches of one system. */
export const switches = (system) => FAULTS[system][1].map(([key, name, note]) => fault(key, name, note, broken().includes(key)));

function fault(key, name, note, on) {
  const flip = async () => {
    await setFault(key, !on).catch(() => null);
    await refresh();
  };
  return h("button", { type: "button", class: "fault", role: "switch", "aria-checked": String(on), onclick: flip, data: { testid: `fault-${key}` } },
    h("span", { class: "fault-text" }, h("b", {}, name), h("small", {}, note)), h("span", { class: "knob", "aria-hidden": "true" }));
}
