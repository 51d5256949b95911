// Starts the page: picks the person and place, draws, and listens to what changes.

import { fetchState, listen } from "./api.js";
import { drawClock } from "./clock.js";
import { h } from "./dom.js";
import { guardLinks } from "./leads.js";
import { hush } from "./live.js";
import { drawModal } from "./modal.js";
import { drawPane } from "./pane.js";
import { drawRail } from "./rail.js";
import { drawBar, guardSheets } from "./sheets.js";
import { drawSide } from "./side.js";
import { changed, openPlace, refresh, refreshSoon, showError, ui, watch, world } from "./store.js";
import { clearToasts, toast } from "./toast.js";

const region = (id) => document.getElementById(id);
let stop = () => {};

watch(() => drawClock(region("topbar")));
watch(() => drawRail(region("rail"), become));
watch(() => drawPane(region("pane")));
watch(() => drawSide(region("side")));
watch(() => drawBar(region("bar")));
watch(drawModal);

function heard(event) {
  if (event.type === "toast") toast(event);
  if (event.type === "slack_error") showError(event.text);
  refreshSoon();
}

function linked(up) {
  if (ui.linked === up) return;
  ui.linked = up;
  if (up) refreshSoon();
  else changed();
}

/** Promise: the page acts as that person from now on, in the same place when they can see it. */
async function become(id) {
  if (id === ui.as && world.state) return;
  stop();
  hush();
  clearToasts();
  Object.assign(ui, { as: id, thread: null, error: null });
  world.messages = null;
  changed(); // what is another person's is gone at once: a click on it would lead nowhere
  world.state = await fetchState(id);
  world.readAt = performance.now();
  stop = listen(id, heard, linked);
  await openPlace(landing(ui.place));
}

function landing(wanted) {
  const { channels, dms } = world.state;
  if (wanted.kind === "home") return wanted;
  const seen = [...channels, ...dms];
  const found = seen.find((each) => each.id === wanted.id) ?? channels.find((each) => each.member !== false && !each.archived) ?? seen[0];
  return { kind: "channel", id: found?.id ?? "" };
}

async function start() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const state = await fetchState(hash.get("as"));
  const ids = (state.people ?? []).map((each) => each.id);
  const at = hash.get("at");
  ui.place = at === "home" ? { kind: "home" } : { kind: "channel", id: at ?? "" };
  const shade = h("div", { class: "shade" });
  document.body.append(shade);
  guardSheets(shade);
  guardLinks();
  await become(ids.includes(hash.get("as")) ? hash.get("as") : state.me?.id ?? state.me ?? ids[0]);
  if (matchMedia("(hover: hover)").matches) document.querySelector(".pane .composer textarea")?.focus();
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") refresh(); });
}

start();
