// Buttons and overflow menus inside blocks, their confirmation dialogs, and the wait until Slack has the answer.

import { h } from "./dom.js";
import { confirmFirst } from "./confirm.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { textNodes, textString } from "./mrkdwn.js";

/** Promise: a button as Slack draws it; a click asks for confirmation first when the element wants one. */
export function button(element, block, surface) {
  const style = { primary: " primary", danger: " danger" }[element.style] ?? "";
  const node = h("button", {
    type: "button", class: `button${style}`, "aria-label": element.accessibility_label,
    onclick: () => press(node, element, () => surface.click(block, element, element.value === undefined ? {} : { value: element.value })),
    data: { actionId: element.action_id, blockId: block.block_id, value: element.value },
  }, h("span", { class: "button-text" }, textNodes(element.text)), element.url && icon("link", 14));
  return node;
}

/** Promise: a "more" button with the element's options as a menu. */
export function overflow(element, block, surface) {
  const choose = (option) => press(node, element, () => {
    if (option.url) visit(option.url);
    return surface.click(block, element, { selected_option: option });
  });
  const node = h("button", {
    type: "button", class: "button overflow", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": element.accessibility_label ?? "More actions",
    data: { actionId: element.action_id, blockId: block.block_id },
    onclick: () => openMenu(node, element.options.map((option) => ({
      label: textString(option.text), note: textString(option.description), run: () => choose(option), testid: `option-${option.value}`,
    }))),
  }, icon("more", 18));
  return node;
}

async function press(node, element, send) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (element.confirm && !(await confirmFirst(element.confirm))) return;
  if (element.url) visit(element.url);
  node.setAttribute("aria-busy", "true");
  try {
    await send();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function visit(url) {
  if (/^https?:\/\//i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}
