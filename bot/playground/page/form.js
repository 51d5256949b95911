// What a person has entered on one surface (a modal, Home, one message), in Slack's own `view.state.values` shapes.
// It outlives updates of the surface: a value stays as long as its block_id and action_id stay.

const EMPTY = {
  plain_text_input: (element) => ({ value: element.initial_value ?? null }),
  url_text_input: (element) => ({ value: element.initial_value ?? null }),
  email_text_input: (element) => ({ value: element.initial_value ?? null }),
  number_input: (element) => ({ value: element.initial_value ?? null }),
  static_select: (element) => ({ selected_option: element.initial_option ?? null }),
  external_select: (element) => ({ selected_option: element.initial_option ?? null }),
  radio_buttons: (element) => ({ selected_option: element.initial_option ?? null }),
  multi_static_select: (element) => ({ selected_options: element.initial_options ?? [] }),
  multi_external_select: (element) => ({ selected_options: element.initial_options ?? [] }),
  checkboxes: (element) => ({ selected_options: element.initial_options ?? [] }),
  users_select: (element) => ({ selected_user: element.initial_user ?? null }),
  multi_users_select: (element) => ({ selected_users: element.initial_users ?? [] }),
  channels_select: (element) => ({ selected_channel: element.initial_channel ?? null }),
  conversations_select: (element) => ({ selected_conversation: element.initial_conversation ?? null }),
  datepicker: (element) => ({ selected_date: element.initial_date ?? null }),
  timepicker: (element) => ({ selected_time: element.initial_time ?? null }),
  datetimepicker: (element) => ({ selected_date_time: element.initial_date_time ?? null }),
};

const forms = new Map();
const slot = (blockId, actionId) => `${blockId}\n${actionId}`;

/** Promise: the one form of that surface, the same object at every call. */
export function formOf(surface) {
  if (!forms.has(surface)) forms.set(surface, { values: new Map(), errors: {}, shown: [] });
  return forms.get(surface);
}

/** Promise: what was entered on the surfaces that `isGone` names is forgotten. */
export function forgetForms(isGone) {
  for (const surface of [...forms.keys()]) if (isGone(surface)) forms.delete(surface);
}

/** Promise: every element that can hold a value, with the block it stands in. */
export function fields(blocks) {
  const found = [];
  for (const block of blocks ?? []) {
    const elements = { input: [block.element], section: [block.accessory], actions: block.elements }[block.type] ?? [];
    for (const element of elements) if (element && element.type in EMPTY) found.push({ block, element });
  }
  return found;
}

/** Promise: the form holds a value for each field shown now (typed before, or its initial one) and for nothing else; `known` is what the server remembers. */
export function settle(form, blocks, known = {}) {
  form.shown = fields(blocks);
  const kept = new Map();
  for (const { block, element } of form.shown) {
    const key = slot(block.block_id, element.action_id);
    const before = form.values.get(key) ?? known[block.block_id]?.[element.action_id];
    kept.set(key, before?.type === element.type && isOffered(element, before) ? before : { type: element.type, ...EMPTY[element.type](element) });
  }
  form.values = kept;
}

/** A chosen option that is no longer offered is lost, as in Slack. */
function isOffered(element, value) {
  const offered = element.options ?? element.option_groups?.flatMap((group) => group.options);
  if (!offered) return true;
  return [value.selected_option, ...(value.selected_options ?? [])].every((option) => !option || offered.some((each) => each.value === option.value));
}

export const valueOf = (form, block, element) => form.values.get(slot(block.block_id, element.action_id)) ?? {};

/** Promise: the value is kept; an error shown at its field is taken away. */
export function enter(form, block, element, value) {
  form.values.set(slot(block.block_id, element.action_id), { type: element.type, ...value });
  delete form.errors[block.block_id];
}

/** Promise: `{block_id: {action_id: {type, …}}}` of the fields shown now. */
export function stateOf(form) {
  const state = {};
  for (const { block, element } of form.shown) {
    state[block.block_id] ??= {};
    state[block.block_id][element.action_id] = valueOf(form, block, element);
  }
  return state;
}

function isEmpty({ type: _, ...value }) {
  const [content] = Object.values(value);
  return content === null || content === undefined || content === "" || (Array.isArray(content) && !content.length)
    || (typeof content === "string" && !content.trim());
}

/** Promise: what Slack's client itself refuses before sending, by block_id; empty when all is well. */
export function gaps(form) {
  const errors = {};
  for (const { block, element } of form.shown) {
    if (block.type !== "input") continue;
    const value = valueOf(form, block, element);
    const length = typeof value.value === "string" ? value.value.length : 0;
    if (!block.optional && isEmpty(value)) errors[block.block_id] = "Please complete this required field.";
    else if (length && element.min_length > length) errors[block.block_id] = `Please enter at least ${element.min_length} characters.`;
    else if (element.max_length && length > element.max_length) errors[block.block_id] = `Please use at most ${element.max_length} characters.`;
  }
  return errors;
}
