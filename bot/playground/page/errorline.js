// Slack's own kind of error, in one line where the person looks.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { modals, showError, ui, world } from "./store.js";

/** Promise: the error as an alert with a way to dismiss it, or null when there is none. */
export function errorLine() {
  if (!ui.error) return null;
  return h("div", { class: "error-line", role: "alert", data: { testid: "error-line" } },
    icon("warning", 18), h("span", {}, ui.error),
    h("button", { type: "button", class: "plain-button", "aria-label": "Dismiss", onclick: () => showError(null) }, icon("close", 16)));
}

/** Promise: the error of the pane; an open modal shows it instead. */
export const paneError = () => (modals().length || said() ? null : errorLine());

/** Slackbot has just said the same in this conversation. */
const said = () => (world.messages ?? []).some((each) => each.system && each.ephemeral && each.text === ui.error);
