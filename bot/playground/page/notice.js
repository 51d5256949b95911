// The text of a notification.

import { unescape } from "./mrkdwn.js";
import { conversation, person, usergroup } from "./store.js";

/** Promise: the text as a phone shows it: plain, names for ids, a hundred characters. */
export function asOnPhone(text) {
  return first100(readable(text));
}

function first100(text) {
  const signs = [...text];
  return signs.length > 100 ? `${signs.slice(0, 100).join("")}…` : text;
}

/** A notification is plain text: marks are dropped, mentions become names. */
function readable(text) {
  const named = text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id) => `@${person(id)?.name ?? id}`)
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (_, id) => `#${conversation(id)?.name ?? id}`)
    .replace(/<!subteam\^(\w+)(?:\|([^>]*))?>/g, (_, id, label) => `@${usergroup(id)?.handle ?? label ?? id}`)
    .replace(/<!date\^[^>|]*\|([^>]*)>/g, "$1")
    .replace(/<!(\w+)>/g, "@$1")
    .replace(/<[^>|]+\|([^>]*)>/g, "$1");
  return unescape(named);
}
