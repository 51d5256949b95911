// A menu on a button: overflow elements, message menu, shortcuts.

import { h } from "./dom.js";
import { popup } from "./popup.js";

/** Promise: a menu of `{label, note?, run, testid?}` opens at the button; arrows move, Enter chooses, Esc closes. */
export function openMenu(button, items, { title = null } = {}) {
  const rows = items.map((item) => row(item, () => leave()));
  const panel = h("div", { class: "menu", role: "menu", "aria-label": title ?? "Menu", onkeydown: (event) => keys(event, rows, leave) },
    title && h("div", { class: "menu-title", "aria-hidden": "true" }, title), rows);
  button.setAttribute("aria-expanded", "true");
  const shown = popup(panel, button, { onClose: () => button.setAttribute("aria-expanded", "false") });
  function leave() {
    shown.close();
    button.focus({ preventScroll: true });
  }
  rows[0]?.focus();
}

function row(item, leave) {
  const choose = () => {
    leave();
    item.run();
  };
  return h("button", { type: "button", role: "menuitem", class: "menu-item", tabindex: "-1", onclick: choose, data: { testid: item.testid } },
    h("span", {}, item.label), item.note && h("small", {}, item.note));
}

function keys(event, rows, leave) {
  const at = rows.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 };
  if (event.key in moves) rows[moves[event.key] % rows.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") leave();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
