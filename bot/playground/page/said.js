// Deeds in a panel, one at a time, and what came of the last one.

import { act } from "./api.js";
import { h } from "./dom.js";
import { announce } from "./live.js";
import { changed, refresh, ui } from "./store.js";

const LIFE = 9000;
const last = new Map();
const fading = new Map();
let busy = false;

/** Promise: what stands in every panel now, for whoever decides whether to draw again. */
export const saidSign = () => [...last];

/** Promise: nothing is said in the panel. */
export const hushPanel = (panel) => last.delete(panel);

/** Promise: a line of the panel with what came of the last deed there, `otherwise` when it was long ago. */
export const said = (panel, otherwise) => h("p", { class: "said", role: "status", data: { testid: `${panel}-said` } }, last.get(panel) ?? h("span", { class: "muted" }, otherwise));

/** Promise: the deed is done as the acted person, and the panel says what came of it for some seconds. */
export async function send(panel, details) {
  if (busy) return;
  busy = true;
  const result = await act(ui.as, panel, details);
  busy = false;
  last.set(panel, result.ok ? result.said : result.error === "connection_lost" ? "The demo does not answer." : result.error);
  announce(last.get(panel));
  clearTimeout(fading.get(panel));
  fading.set(panel, setTimeout(() => { last.delete(panel); changed(); }, LIFE));
  await refresh();
}
