// The pretend GitHub: what is where, what runs, and what the acted person can do there.

import { clockText } from "./dates.js";
import { h } from "./dom.js";
import { arrivals, fold } from "./folds.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { hushPanel, said, send } from "./said.js";
import { closeSheet } from "./sheets.js";
import { changed, myZone, openPlace, world } from "./store.js";

const NAME = "pipeline";
const CARDS = "deploys";
let chosen = 0;

/** Promise: what the panel shows now, for whoever decides whether to draw it again. */
export const pipelineSign = () => [world.state.pipeline, chosen];

/** Promise: the panel, of one repository at a time. */
export function pipeline() {
  const there = world.state.pipeline;
  const one = there.repositories[chosen] ?? there.repositories[0];
  const pick = (index) => { chosen = index; hushPanel(NAME); changed(); };
  const runs = there.repositories.flatMap((each) => each.runs);
  arrivals(NAME, runs.map((run) => `${run.id}${run.state}`));
  const note = there.faults.includes("github_down") ? "GitHub down" : there.login ? `you are ${there.login}` : "no GitHub account";
  return fold({ name: NAME, title: "Pipeline", note, count: runs.filter((run) => run.state === "waiting").length, counted: "waiting" }, () => [
    h("div", { class: "repositories", role: "group", "aria-label": "Repository" }, there.repositories.map((each, index) => tab(each, each === one, () => pick(index)))),
    lane(one), one.runs.length ? h("ul", { class: "runs" }, one.runs.map((run) => runRow(one, run))) : null,
    deeds(one), pulls(one)]);
}

function tab(each, here, pick) {
  const waiting = each.runs.filter((run) => run.state === "waiting").length;
  return h("button", { type: "button", class: "repository", "aria-pressed": String(here), onclick: pick, data: { testid: `repository-${each.name}` } },
    each.name, waiting ? h("span", { class: "badge" }, String(waiting), h("span", { class: "behind" }, " waiting")) : null);
}

/** Branch, staging, production: the same commit wanders from left to right. */
function lane({ branch, head, staging, live, ahead }) {
  const step = (name, version, note, kind = "") => h("div", { class: `step-of ${kind}` }, h("span", { class: "where" }, name), h("code", {}, version), h("small", {}, note));
  const checks = { passed: "checks passed", running: "checks run …", failed: "checks failed", none: "no checks" }[head.checks];
  return h("div", { class: "lane" },
    h("div", { class: "steps" },
      step(branch, head.sha, checks, head.checks),
      step("staging", staging?.sha ?? "–", staging?.sha === head.sha ? "same commit" : "not yet there", staging?.sha === head.sha ? "passed" : ""),
      step("production", live ? live.tag ?? live.sha : "–", live ? (ahead ? `${ahead} behind` : "up to date") : "nothing live", "live")),
    h("p", {}, h("b", {}, head.title), h("small", {}, ` by ${head.by}`)));
}

function runRow(one, run) {
  const place = world.state.channels.find((each) => each.name === CARDS);
  const look = () => { closeSheet(); openPlace({ kind: "channel", id: place.id }); };
  const waits = run.state === "waiting";
  return h("li", { class: `run ${run.state}`, data: { testid: `run-${run.number}` } },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("div", {}, h("b", {}, `#${run.id}`), " ", h("code", {}, run.tag ?? run.sha), " ", h("span", { class: "run-words" }, run.words),
      h("small", {}, run.said ?? run.why ?? `by ${run.by}, ${clockText(Date.parse(run.at), myZone())}`),
      waits && h("span", { class: "run-tools" }, place && h("button", { type: "button", class: "text-button", onclick: look, data: { testid: "see-card" } }, `See #${CARDS}`),
        h("button", { type: "button", class: "text-button", onclick: () => send(NAME, { deed: "cancel", repo: one.name, run: run.id }), data: { testid: `cancel-${run.number}` } }, "Cancel the run"))));
}

function deeds(one) {
  const main = h("button", { type: "button", class: "button primary", onclick: () => send(NAME, { deed: "run", repo: one.name }), data: { testid: "deed-run" } }, "Run the pipeline");
  const older = one.older.length ? h("button", { type: "button", class: "button overflow", "aria-label": "Run an earlier version", "aria-haspopup": "menu", "aria-expanded": "false", onclick: (event) => openMenu(event.currentTarget, one.older.map((each) => ({
    label: `Run ${each.label}`, note: "It was live before.", testid: `run-${each.label}`, run: () => send(NAME, { deed: "run", repo: one.name, ref: each.ref }),
  })), { title: "Earlier versions" }), data: { testid: "deed-older" } }, icon("more", 18)) : null;
  return h("div", { class: "deeds" }, h("div", { class: "deed-run" }, main, older),
    said(NAME, `It stops before production until people have decided in #${CARDS}; whoever ran it can’t.`),
    deed(one, "push", "Push a commit", `Straight to ${one.branch}, past review: an approval of ${one.branch} is void. A minute later a finding asks why.`),
    one.past_review && deed(one, "undo", "Take the push back", `${one.branch} goes back by the commit that nobody reviewed.`),
    deed(one, "open", "Open a pull request", `On a branch of its own, with checks. ${one.branch} stays where it is.`));
}

function deed(one, name, label, note) {
  return h("button", { type: "button", class: "deed", onclick: () => send(NAME, { deed: name, repo: one.name }), data: { testid: `deed-${name}` } }, h("b", {}, label), h("small", {}, note));
}

function pulls(one) {
  if (!one.pulls.length) return null;
  const mine = (each) => each.by === world.state.pipeline.login;
  const row = (each) => h("li", {}, h("div", {}, h("b", {}, `#${each.number}`), ` ${each.title}`,
    h("small", {}, `${each.by}, checks ${each.checks === "running" ? "run …" : each.checks}${mine(each) ? "; somebody else reviews it" : ""}`)),
    !mine(each) && h("button", { type: "button", class: "button", "aria-label": `Review and merge #${each.number}`, onclick: () => send(NAME, { deed: "merge", repo: one.name, number: each.number }), data: { testid: `merge-${each.number}` } }, "Review and merge"));
  return h("div", { class: "pulls" }, h("h4", {}, "Open pull requests"), h("ul", {}, one.pulls.map(row)),
    h("p", { class: "muted" }, one.more_pulls ? `And ${one.more_pulls} more. ` : null, `Merging moves ${one.branch}: an approval of the commit before is void.`));
}
