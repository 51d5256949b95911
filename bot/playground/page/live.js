// What a screen reader says while the page changes.

import { fill } from "./dom.js";

const SPOKEN = 2000;
let timer = null;

/** Promise: the text is spoken once, politely, and is gone from the page after two seconds. */
export function announce(text) {
  clearTimeout(timer);
  fill(document.getElementById("live"), text.slice(0, 240));
  timer = setTimeout(hush, SPOKEN);
}

/** Promise: nothing more is spoken, and no earlier text can be found. */
export function hush() {
  fill(document.getElementById("live"));
}
