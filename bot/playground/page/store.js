// What the page knows: the server's state, and where the person looks. Kept in step by `refresh`.

import { act, fetchMessages, fetchState } from "./api.js";

/** Where the person looks: acted person, open place (`channel` or `home`), open thread, side panel. */
export const ui = { as: "", place: { kind: "channel", id: "" }, thread: null, error: null, linked: true };
/** What the server said last. */
export const world = { state: null, messages: null, thread: [], readAt: 0 };

const watchers = [];

/** Promise: `draw` runs after every change of the world or of the view. */
export const watch = (draw) => watchers.push(draw);

/** Promise: every region is drawn again from what is known. */
export function changed() {
  if (!world.state) return;
  for (const draw of watchers) draw();
}

export const person = (id) => world.state?.people.find((each) => each.id === id);
export const me = () => person(ui.as);
/** The direct messages of the acted person; none until the server has said which they are. */
export const myDms = () => (world.state?.me === ui.as ? world.state.dms : []);
export const conversations = () => [...(world.state?.channels ?? []), ...myDms()];
export const conversation = (id) => conversations().find((each) => each.id === id);
export const usergroup = (id) => world.state?.usergroups?.find((each) => each.id === id);
export const myZone = () => me()?.tz ?? "UTC";
export const modals = () => world.state?.modals ?? [];

/** Promise: the demo clock in milliseconds since 1970, running on between two answers of the server. */
export function demoNow() {
  const base = Date.parse(world.state?.clock.now_iso ?? new Date().toISOString());
  return base + (performance.now() - world.readAt);
}

let running = null;
let next = null;
/** Promise: the world is as new as this call; while one reading is under way, all further calls share the next one. */
export function refresh() {
  if (!running) {
    running = read().finally(() => { running = null; });
    return running;
  }
  next ??= running.then(() => {
    next = null;
    return refresh();
  });
  return next;
}

async function read() {
  const { as, place, thread } = ui;
  try {
    const [state, messages, replies] = await Promise.all([
      fetchState(as),
      place.kind === "channel" && place.id ? fetchMessages(as, place.id) : Promise.resolve([]),
      thread ? fetchMessages(as, thread.channel, thread.ts) : Promise.resolve([]),
    ]);
    if (as !== ui.as || !state.people) return;
    Object.assign(world, { state, readAt: performance.now() });
    if (place === ui.place) world.messages = messages;
    if (thread === ui.thread) world.thread = replies;
    ui.linked = true;
  } catch {
    ui.linked = false;
  }
  changed();
  markRead();
}

let pending = null;
/** Promise: a refresh happens soon; many calls in one burst make one refresh. */
export function refreshSoon() {
  pending ??= setTimeout(() => { pending = null; refresh(); }, 40);
}

function markRead() {
  const open = ui.place.kind === "channel" ? conversation(ui.place.id) : null;
  if (open?.unread && document.visibilityState === "visible") act(ui.as, "read", { channel: open.id }).then(refreshSoon);
}

/** Promise: the place is open, its messages are fetched, the address remembers it. */
export function openPlace(place) {
  const same = place.kind === ui.place.kind && place.id === ui.place.id;
  ui.place = place;
  ui.error = null;
  if (!same) {
    world.messages = null;
    if (ui.thread && ui.thread.channel !== place.id) ui.thread = null;
  }
  remember();
  changed();
  if (place.kind === "home") act(ui.as, "open_home").then(refreshSoon);
  return refresh();
}

/** Promise: the thread stands in the side panel (null closes it). */
export function openThread(thread) {
  ui.thread = thread;
  world.thread = [];
  changed();
  return thread ? refresh() : Promise.resolve();
}

/** Promise: Slack's own kind of error stands where the person looks; null takes it away. */
export function showError(text) {
  ui.error = text;
  changed();
}

/** Promise: a reload of the page opens the same person and place. */
export function remember() {
  const hash = new URLSearchParams({ as: ui.as, at: ui.place.kind === "home" ? "home" : ui.place.id });
  history.replaceState(null, "", `#${hash}`);
}
