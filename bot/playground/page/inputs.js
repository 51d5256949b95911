// Every element that holds a value: text, date, time, radio buttons, checkboxes and (by choices.js) selects.

import { CHOICES } from "./choices.js";
import { fromField, toField } from "./dates.js";
import { freshId, h } from "./dom.js";
import { enter, valueOf } from "./form.js";
import { textNodes, textString } from "./mrkdwn.js";
import { combobox } from "./select.js";
import { myZone } from "./store.js";

const hooks = (block, element) => ({ blockId: block.block_id, actionId: element.action_id });

/**
 * Promise: the control of one stateful element, showing the form's value and writing to it; null for other types.
 * `named` are aria attributes; `dispatch(value)` is called when Slack would send an action at once.
 */
export function control(element, block, { form, where, named, dispatch = null }) {
  const build = CHOICES[element.type] ? choice : FIELDS[element.type];
  if (!build) return null;
  const put = (value, send = true) => {
    enter(form, block, element, value);
    if (send) dispatch?.(value);
  };
  return build({ element, block, value: valueOf(form, block, element), put, where, named, dispatch });
}

function choice({ element, block, value, put, where, named }) {
  const kind = CHOICES[element.type];
  return combobox({
    chosen: kind.read(value), load: kind.load(element, block, where), onChange: (options) => put(kind.write(options)),
    multi: kind.multi, max: element.max_selected_items ?? Infinity, clearable: block.optional === true, delay: kind.delay, least: kind.delay ? element.min_query_length ?? 3 : 0,
    placeholder: element.placeholder, attributes: named, data: { ...hooks(block, element), focus: element.focus_on_load },
  });
}

function text({ element, block, value, put, named, dispatch }) {
  const eager = element.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered");
  let timer = null;
  const heard = (event) => {
    put({ value: event.target.value === "" ? null : event.target.value }, false);
    if (event.target.tagName === "TEXTAREA") grow(event.target);
    clearTimeout(timer);
    if (eager && dispatch) timer = setTimeout(() => dispatch({ value: event.target.value }), 400);
  };
  const pressed = (event) => {
    if (event.key !== "Enter" || element.multiline || event.isComposing) return;
    event.preventDefault();
    if (dispatch && !eager) dispatch({ value: event.target.value });
  };
  const types = { number_input: "number", url_text_input: "url", email_text_input: "email" };
  const attributes = {
    class: "field", ...named, placeholder: textString(element.placeholder) || null, maxlength: element.max_length,
    oninput: heard, onkeydown: pressed, data: { ...hooks(block, element), focus: element.focus_on_load }, props: { value: value.value ?? "" },
  };
  if (!element.multiline) return h("input", { type: types[element.type] ?? "text", autocomplete: "off", ...attributes });
  const area = h("textarea", { rows: 3, ...attributes });
  queueMicrotask(() => grow(area));
  return area;
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, 320)}px`;
}

const plainField = (type, key) => ({ element, block, value, put, named }) =>
  h("input", { type, class: "field short", ...named, onchange: (event) => put({ [key]: event.target.value || null }),
    data: { ...hooks(block, element), focus: element.focus_on_load }, props: { value: value[key] ?? "" } });

function moment({ element, block, value, put, named }) {
  const zone = myZone();
  const shown = value.selected_date_time ? toField(value.selected_date_time, zone) : "";
  const field = h("input", { type: "datetime-local", class: "field short", ...named,
    onchange: (event) => put({ selected_date_time: fromField(event.target.value, zone) }),
    data: { ...hooks(block, element), focus: element.focus_on_load }, props: { value: shown } });
  return h("div", { class: "with-zone" }, field, h("small", {}, zone));
}

function tick(kind, { element, block, named, chosen, onPick }) {
  const name = freshId("choice");
  const rows = element.options.map((option) => {
    const id = freshId("pick");
    const box = h("input", { type: kind, id, name, value: option.value, props: { checked: chosen.some((each) => each.value === option.value) },
      onchange: (event) => onPick(option, event.target.checked), data: { ...hooks(block, element), optionValue: option.value } });
    return h("div", { class: "tick-row" }, box, h("label", { for: id }, textNodes(option.text), option.description && h("small", {}, textNodes(option.description))));
  });
  return h("div", { class: "ticks", role: kind === "radio" ? "radiogroup" : "group", ...named }, rows);
}

function radios(given) {
  const chosen = given.value.selected_option ? [given.value.selected_option] : [];
  return tick("radio", { ...given, chosen, onPick: (option) => given.put({ selected_option: option }) });
}

function checkboxes(given) {
  let chosen = given.value.selected_options ?? [];
  return tick("checkbox", { ...given, chosen, onPick: (option, on) => {
    const kept = new Set([...chosen.map(({ value }) => value).filter((value) => value !== option.value), ...(on ? [option.value] : [])]);
    chosen = given.element.options.filter(({ value }) => kept.has(value));
    given.put({ selected_options: chosen });
  } });
}

const FIELDS = {
  plain_text_input: text, number_input: text, url_text_input: text, email_text_input: text,
  datepicker: plainField("date", "selected_date"), timepicker: plainField("time", "selected_time"), datetimepicker: moment,
  radio_buttons: radios, checkboxes,
};
