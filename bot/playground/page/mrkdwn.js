// Slack's mrkdwn to DOM nodes. A scanner, so that hostile text can only ever become text.

import { h } from "./dom.js";
import { emoji, emojiInText } from "./emoji.js";
import { broadcastMention, channelMention, groupMention, link, moment, userMention } from "./mentions.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const WORD = /[\p{L}\p{N}]/u;

/** Promise: `&amp; &lt; &gt;` become the characters they stand for, once. */
export const unescape = (text) => text.replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity]);

/** Promise: a text object (`plain_text` or `mrkdwn`) as nodes. */
export function textNodes(object) {
  if (!object) return [];
  if (typeof object === "string") return plain(object);
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object.text, object.emoji !== false);
}

/** Promise: a text object as one plain string, for labels of controls. */
export const textString = (object) => unescape(typeof object === "string" ? object : object?.text ?? "");

/** Promise: plain text with line breaks and, unless switched off, :emoji: names. */
export function plain(text, withEmoji = true) {
  const nodes = [];
  unescape(text).split(/(:[a-z0-9_+'-]+:|\n)/).forEach((piece) => {
    if (piece === "\n") nodes.push(h("br"));
    else if (withEmoji && /^:.+:$/.test(piece)) nodes.push(emoji(piece.slice(1, -1)) ?? piece);
    else nodes.push(...emojiInText(piece));
  });
  return nodes;
}

/** Promise: mrkdwn as nodes: preformatted parts, quotes, lines. */
export function mrkdwn(text) {
  const nodes = [];
  text.split(/```([\s\S]+?)```/).forEach((piece, index) => {
    if (index % 2) nodes.push(h("pre", {}, unescape(piece.replace(/^\n|\n$/g, ""))));
    else nodes.push(...lines(index ? piece.replace(/^\n/, "") : piece));
  });
  return nodes;
}

function lines(text) {
  const nodes = [];
  let quote = null;
  let fresh = true;
  for (const line of text.split("\n")) {
    const quoted = /^(&gt;|>)\s?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else nodes.push((quote = h("blockquote")));
      quote.append(...inline(quoted[2], true));
      fresh = true;
      continue;
    }
    quote = null;
    if (!fresh) nodes.push(h("br"));
    nodes.push(...inline(line, true));
    fresh = false;
  }
  return nodes;
}

function inline(text, opens = false) {
  const nodes = [];
  let loose = "";
  const flush = () => {
    if (loose) nodes.push(...emojiInText(unescape(loose)));
    loose = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = part(text, at, opens && at === 0);
    if (found) {
      flush();
      nodes.push(found.node);
      at = found.end;
    } else {
      loose += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function part(text, at, opens) {
  const sign = text[at];
  if (sign === "<") return token(text, at, opens);
  if (sign === "`") return code(text, at);
  if (sign in MARKS) return styled(text, at);
  if (sign === ":") return named(text, at);
  if (sign === "h" && !WORD.test(text[at - 1] ?? " ")) return address(text, at);
  return null;
}

function code(text, at) {
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { node: h("code", {}, unescape(text.slice(at + 1, end))), end: end + 1 };
}

function styled(text, at) {
  const mark = text[at];
  const before = text[at - 1] ?? " ";
  if (WORD.test(before) || before === mark || /[\s]/.test(text[at + 1] ?? " ") || text[at + 1] === mark) return null;
  const end = closing(text, at, mark);
  return end < 0 ? null : { node: h(MARKS[mark], {}, inline(text.slice(at + 1, end))), end: end + 1 };
}

function closing(text, from, mark) {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === "<" || text[at] === "`") {
      const skip = text.indexOf(text[at] === "<" ? ">" : "`", at + 1);
      if (skip > 0) at = skip;
    } else if (text[at] === mark && at > from + 1 && !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] ?? " ")) return at;
  }
  return -1;
}

function named(text, at) {
  const found = /^:([a-z0-9_+'-]+):/.exec(text.slice(at, at + 60));
  const node = found && emoji(found[1]);
  return node ? { node, end: at + found[0].length } : null;
}

function address(text, at) {
  const found = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)"'*_~]/.exec(text.slice(at));
  return found ? { node: link(unescape(found[0])), end: at + found[0].length } : null;
}

function token(text, at, opens) {
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const [target, ...rest] = text.slice(at + 1, end).split("|");
  const label = rest.length ? rest.join("|") : undefined;
  const node = resolve(target, label && unescape(label), opens);
  return node ? { node, end: end + 1 } : null;
}

function resolve(target, label, opens) {
  if (/^@[UWB]\w+$/.test(target)) return userMention(target.slice(1), label);
  if (/^#C\w+$/.test(target)) return channelMention(target.slice(1), label);
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9), label);
  if (/^!(channel|here|everyone)$/.test(target)) return broadcastMention(target.slice(1));
  if (target.startsWith("!date^")) {
    const [, unix, pattern, url] = target.split("^");
    return moment(unix, unescape(pattern ?? ""), { url, fallback: label, opens });
  }
  if (/^(https?:\/\/|mailto:)/i.test(target)) return link(unescape(target), label ?? unescape(target));
  return null;
}
