// The three places that show blocks: a view (modal or Home) and a message.

import { clicked } from "./deeds.js";
import { formOf, settle, stateOf } from "./form.js";

function surface(name, blocks, where, known) {
  const form = formOf(name);
  settle(form, blocks, known);
  return { form, where, click: (block, element, value) => clicked(where, block, element, value, stateOf(form)) };
}

/** Promise: where the blocks of that view keep values and send clicks. */
export const viewSurface = (view) => surface(`view:${view.id}`, view.blocks, { viewId: view.id }, view.state?.values);

/** Promise: where the blocks of that message keep values and send clicks. */
export const messageSurface = (channel, message) => surface(`message:${channel}:${message.ts}`, message.blocks, { channel, ts: message.ts });
