// Where each kind of select gets its options from, and how its choice is written down.

import { fetchOptions } from "./api.js";
import { textString } from "./mrkdwn.js";
import { conversation, person, ui, world } from "./store.js";

const has = (text, query) => text.toLowerCase().includes(query.toLowerCase());
const one = (option) => (option ? [option] : []);

function sift(entries, query) {
  return entries.flatMap((entry) => {
    if (!entry.options) return has(textString(entry.text), query) ? [entry] : [];
    const options = entry.options.filter((option) => has(textString(option.text), query));
    return options.length ? [{ ...entry, options }] : [];
  });
}

const given = (element) => async (query) => sift(element.option_groups ?? element.options ?? [], query);
const asked = (element, block, where) => (query) => fetchOptions({ as: ui.as, ...where, blockId: block.block_id, actionId: element.action_id, query });

const personOption = (id) => {
  const found = person(id);
  return { value: id, text: found ? `${found.real_name} (${found.name})` : id };
};
const people = () => async (query) => sift(world.state.people.map(({ id }) => personOption(id)), query);

const channelOption = (id) => ({ value: id, text: `#${conversation(id)?.name ?? id}` });
const channels = () => async (query) => sift(world.state.channels.map(({ id }) => channelOption(id)), query);

const single = (load, delay = 0) => ({ load, delay, multi: false, read: (value) => one(value.selected_option), write: ([option]) => ({ selected_option: option ?? null }) });
const many = (load, delay = 0) => ({ load, delay, multi: true, read: (value) => value.selected_options, write: (options) => ({ selected_options: options }) });
const named = (load, key, option) => ({ load, delay: 0, multi: false, read: (value) => one(value[key]).map(option), write: ([found]) => ({ [key]: found?.value ?? null }) });

/** By element type: `load(element, block, where)` → query → options, and reading and writing Slack's value. */
export const CHOICES = {
  static_select: single(given),
  external_select: single(asked, 250),
  multi_static_select: many(given),
  multi_external_select: many(asked, 250),
  users_select: named(people, "selected_user", personOption),
  channels_select: named(channels, "selected_channel", channelOption),
  conversations_select: named(channels, "selected_conversation", channelOption),
  multi_users_select: {
    load: people, delay: 0, multi: true,
    read: (value) => value.selected_users.map(personOption),
    write: (options) => ({ selected_users: options.map(({ value }) => value) }),
  },
};
