// What a screen reader says while the page changes.

import { fill } from "./dom.js";

/** Promise: the text is spoken once, politely. */
export function announce(text) {
  fill(document.getElementById("live"), text.slice(0, 240));
}
