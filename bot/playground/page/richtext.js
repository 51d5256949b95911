// rich_text blocks. Their text is literal: it is never read as mrkdwn.

import { append, h } from "./dom.js";
import { emoji, emojiInText } from "./emoji.js";
import { broadcastMention, channelMention, groupMention, link, moment, userMention } from "./mentions.js";

const STYLES = [["code", "code"], ["underline", "u"], ["strike", "s"], ["italic", "em"], ["bold", "strong"]];

const ELEMENTS = {
  text: (part) => literal(part.text),
  link: (part) => link(part.url, part.text ?? part.url),
  emoji: (part) => emoji(part.name, part.unicode) ?? `:${part.name}:`,
  user: (part) => userMention(part.user_id),
  usergroup: (part) => groupMention(part.usergroup_id),
  channel: (part) => channelMention(part.channel_id),
  broadcast: (part) => broadcastMention(part.range),
  date: (part) => moment(part.timestamp, part.format, { url: part.url, fallback: part.fallback }),
  color: (part) => h("code", {}, part.value),
};

const GROUPS = {
  rich_text_section: (group) => h("div", { class: "rt-section" }, group.elements.map(inline)),
  rich_text_quote: (group) => h("blockquote", {}, group.elements.map(inline)),
  rich_text_preformatted: (group) => h("pre", {}, group.elements.map((part) => part.text ?? part.url ?? "")),
  rich_text_list: list,
};

function literal(text) {
  return text.split(/(\n)/).map((piece) => (piece === "\n" ? h("br") : emojiInText(piece)));
}

function inline(part) {
  let node = (ELEMENTS[part.type] ?? (() => ""))(part);
  for (const [style, tag] of STYLES) if (part.style?.[style]) node = h(tag, {}, node);
  return node;
}

function list(group) {
  const attributes = { class: `rt-list indent-${Math.min(group.indent ?? 0, 6)}${group.border ? " bordered" : ""}` };
  if (group.style === "ordered" && group.offset) attributes.start = group.offset + 1;
  const items = group.elements.map((item) => h("li", {}, (item.elements ?? []).map(inline)));
  return h(group.style === "ordered" ? "ol" : "ul", attributes, items);
}

/** Promise: the block as one node; kinds of parts that are not known leave nothing. */
export function richText(block) {
  return append(h("div", { class: "block rich-text" }), block.elements.map((group) => (GROUPS[group.type] ?? (() => null))(group)));
}
