// One combobox for every kind of select: type to filter, arrows to move, Enter to choose, Backspace to take back.

import { fill, freshId, h } from "./dom.js";
import { icon } from "./icons.js";
import { textNodes, textString } from "./mrkdwn.js";
import { popup } from "./popup.js";

const label = (option) => textString(option.text);

/**
 * Promise: a labelled combobox. `chosen` are options; `load(query)` gives options or option groups, now or later;
 * `onChange(options)` hears every change. `multi` shows chips, `clearable` a cross.
 */
export function combobox({ chosen, load, onChange, multi = false, max = Infinity, clearable = false, delay = 0, least = 0, placeholder, attributes, data }) {
  const box = { chosen, load, onChange, multi, max, delay, least, options: [], active: -1, list: null, shown: null, turn: 0 };
  const hint = textString(placeholder) || (multi ? "Choose options" : "Choose an option");
  box.input = h("input", {
    type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false", "aria-autocomplete": "list", ...attributes, data,
    placeholder: hint, onfocus: () => box.input.select(), onclick: () => open(box), oninput: () => search(box),
    onkeydown: (event) => keys(box, event), onblur: () => leave(box),
  });
  box.hint = hint;
  box.chips = h("span", { class: "chips" });
  box.clear = h("button", { type: "button", class: "clear", "aria-label": "Clear selection", onclick: () => choose(box, []) }, icon("close", 14));
  box.clearable = clearable && !multi;
  box.root = h("div", { class: multi ? "select multi" : "select", onmousedown: (event) => press(box, event) },
    box.chips, box.input, box.clear, h("span", { class: "chevron" }, icon("down", 16)));
  paint(box);
  return box.root;
}

function press(box, event) {
  if (event.target.closest("button") || event.target === box.input) return;
  event.preventDefault();
  box.input.focus();
  if (box.shown) close(box);
  else open(box);
}

function paint(box) {
  box.clear.hidden = !(box.clearable && box.chosen.length);
  if (!box.multi) box.input.value = box.chosen.length ? label(box.chosen[0]) : "";
  if (!box.multi) return;
  box.input.placeholder = box.chosen.length ? "" : box.hint;
  fill(box.chips, box.chosen.map((option) => h("span", { class: "chip" }, h("span", {}, label(option)),
    h("button", { type: "button", tabindex: "-1", "aria-label": `Remove ${label(option)}`, onclick: () => toggle(box, option) }, icon("close", 12)))));
}

function choose(box, options) {
  box.chosen = options;
  paint(box);
  box.onChange(options);
}

function toggle(box, option) {
  const without = box.chosen.filter((each) => each.value !== option.value);
  if (without.length < box.chosen.length) choose(box, without);
  else if (box.chosen.length < box.max) choose(box, [...box.chosen, option]);
  box.input.value = "";
  if (box.shown) search(box);
}

function pick(box, option) {
  if (box.multi) return toggle(box, option);
  close(box);
  choose(box, [option]);
  box.input.select();
}

function open(box) {
  if (box.shown) return;
  box.list = h("ul", { class: "listbox", role: "listbox", id: freshId("list"), "aria-multiselectable": box.multi ? "true" : null, onmousedown: (event) => event.preventDefault() });
  box.shown = popup(box.list, box.root, { wide: true, onClose: () => closed(box) });
  box.input.setAttribute("aria-expanded", "true");
  box.input.setAttribute("aria-controls", box.list.id);
  find(box, "");
}

const close = (box) => box.shown?.close();

function closed(box) {
  box.shown = null;
  box.turn += 1;
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}

function leave(box) {
  close(box);
  if (box.multi) box.input.value = "";
  else paint(box);
}

function search(box) {
  open(box);
  find(box, box.input.value.trim());
}

async function find(box, query) {
  const turn = ++box.turn;
  const note = (text) => fill(box.list, h("li", { class: "note", role: "presentation" }, text));
  if (query.length < box.least) return note(`Type ${box.least} letters or more to search.`);
  if (box.delay) {
    note("Loading…");
    await new Promise((wake) => setTimeout(wake, query ? box.delay : 0));
  }
  if (turn !== box.turn) return;
  try {
    const found = await box.load(query);
    if (turn === box.turn && box.shown) show(box, found);
  } catch {
    if (turn === box.turn && box.shown) note("These options could not be loaded.");
  }
}

function show(box, found) {
  box.options = [];
  const rows = found.flatMap((entry) => (entry.options
    ? [h("li", { class: "group", role: "presentation" }, textString(entry.label)), ...entry.options.map((option) => row(box, option))]
    : [row(box, entry)]));
  fill(box.list, rows.length ? rows : h("li", { class: "note", role: "presentation" }, "No items found"));
  const at = box.options.findIndex(({ option }) => box.chosen.some((each) => each.value === option.value));
  activate(box, box.options.length ? Math.max(at, 0) : -1);
  box.shown.place();
}

function row(box, option) {
  const selected = box.chosen.some((each) => each.value === option.value);
  const node = h("li", { role: "option", id: freshId("option"), "aria-selected": String(selected), data: { value: option.value }, onclick: () => pick(box, option) },
    h("span", { class: "tick" }, selected && icon("check", 15)),
    h("span", {}, textNodes(option.text), option.description && h("small", {}, textNodes(option.description))));
  box.options.push({ option, node });
  return node;
}

function activate(box, index) {
  box.options[box.active]?.node.classList.remove("active");
  box.active = index;
  const current = box.options[index]?.node;
  if (!current) return box.input.removeAttribute("aria-activedescendant");
  current.classList.add("active");
  current.scrollIntoView({ block: "nearest" });
  box.input.setAttribute("aria-activedescendant", current.id);
}

function keys(box, event) {
  const count = box.options.length;
  const done = () => { event.preventDefault(); event.stopPropagation(); };
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    done();
    if (!box.shown) return open(box);
    if (count) activate(box, (box.active + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
  } else if (event.key === "Enter") {
    done();
    if (!box.shown) return open(box);
    if (box.options[box.active]) pick(box, box.options[box.active].option);
  } else if (event.key === "Escape" && box.shown) {
    done();
    leave(box);
  } else if (event.key === "Backspace" && box.multi && !box.input.value && box.chosen.length) {
    done();
    toggle(box, box.chosen.at(-1));
  }
}
