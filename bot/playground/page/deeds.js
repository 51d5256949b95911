// Doing something as the acted person, and saying it like Slack does when it did not work.

import { act } from "./api.js";
import { refresh, showError, ui, world } from "./store.js";

const command = (details) => details.text?.split(/\s/)[0] ?? "";

/** Slack's own kind of words; a sentence from the server passes as it is. */
function words(deed, details, error) {
  if (/\s/.test(error)) return error;
  if (error === "connection_lost") return "The demo does not answer. Is it still running?";
  if (deed === "message" && details.text.startsWith("/")) {
    if (error === "not_in_thread" || error === "command_in_thread") return `${command(details)} is not supported in threads. Sorry!`;
    return `${command(details)} failed with the error “${error}”`;
  }
  if (deed === "submit") return "We had some trouble connecting. Try again?";
  if (deed === "message") return "Your message was not sent. Try again?";
  return "Something went wrong. Please try again.";
}

/** Promise: the deed is done, an error of Slack's stands on the page, and the page shows what holds now. */
export async function deed(name, details = {}) {
  if (ui.error) showError(null);
  const result = await act(ui.as, name, details);
  if (!result.ok && result.error && !result.errors) showError(words(name, details, result.error));
  await refresh();
  return result;
}

/** Promise: a click on an element of a surface is sent with everything entered there. */
export function clicked(where, block, element, value, state) {
  const { viewId, channel, ts } = where;
  const selected = element.type === "overflow" ? value.selected_option.value : value;
  const place = viewId ? { view_id: viewId } : { channel, ts };
  return deed("click", { ...place, block_id: block.block_id, action_id: element.action_id, type: element.type, ...value, selected, state });
}

/** Promise: the app knows this global shortcut was chosen. */
export const shortcut = (callbackId) => deed("shortcut", { callback_id: callbackId });

/** Promise: the app knows this message shortcut was chosen on that message. */
export const messageShortcut = (callbackId, channel, ts) => deed("message_shortcut", { callback_id: callbackId, channel, ts });

/** Promise: the shortcuts of that kind: `global` or `message`. */
export const shortcutsOf = (kind) => (world.state.shortcuts ?? []).filter((each) => (each.type ?? "global") === kind);
