// One function for each kind of block. A surface says how clicks are sent and where values are kept.

import { append, freshId, h } from "./dom.js";
import { button, overflow } from "./buttons.js";
import { icon } from "./icons.js";
import { control } from "./inputs.js";
import { mrkdwn, textNodes, textString } from "./mrkdwn.js";
import { confirmFirst } from "./confirm.js";
import { richText } from "./richtext.js";
import { ui } from "./store.js";

const BLOCKS = {
  header: (block) => h("h2", { class: "block header" }, textNodes(block.text)),
  section, context, rich_text: richText, divider: () => h("hr", { class: "block divider" }), actions, input,
  image: (block) => h("figure", { class: "block image" }, block.title && h("figcaption", {}, textNodes(block.title)), picture(block)),
  alert: (block) => h("div", { class: `block alert ${block.level ?? block.style ?? "default"}`, role: "note" }, icon("info", 18), h("div", {}, textNodes(block.text))),
  markdown: (block) => h("div", { class: "block section" }, mrkdwn(block.text)),
};

/** Promise: the blocks in order; a kind that is not known says so instead of vanishing. */
export function blocks(list, surface) {
  return list.map((block) => {
    const node = BLOCKS[block.type]?.(block, surface) ?? h("div", { class: "block unknown" }, `[${block.type}]`);
    node.dataset.blockId ??= block.block_id ?? "";
    return node;
  });
}

function section(block, surface) {
  const main = h("div", { class: "section-text" },
    block.text && h("div", { class: "text" }, textNodes(block.text)),
    block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, textNodes(field)))));
  return h("div", { class: "block section" }, main, block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, surface, textString(block.text))));
}

function context(block) {
  return h("div", { class: "block context" }, block.elements.map((part) =>
    part.type === "image" ? picture(part) : h("span", { class: "text" }, textNodes(part))));
}

function actions(block, surface) {
  return h("div", { class: "block actions" }, block.elements.map((each) => element(each, block, surface)));
}

function element(each, block, surface, name = "") {
  if (each.visible_to_user_ids && !each.visible_to_user_ids.includes(ui.as)) return null;
  if (each.type === "button" || each.type === "workflow_button") return button(each, block, surface);
  if (each.type === "overflow") return overflow(each, block, surface);
  if (each.type === "image") return picture(each);
  const dispatch = async (value) => {
    if (each.confirm && !(await confirmFirst(each.confirm))) return;
    surface.click(block, each, value);
  };
  const named = { "aria-label": name || textString(each.placeholder) || each.action_id };
  return control(each, block, { form: surface.form, where: surface.where, named, dispatch }) ?? h("span", { class: "unknown" }, `[${each.type}]`);
}

function input(block, surface) {
  const ids = { label: freshId("label"), hint: freshId("hint"), error: freshId("error"), field: freshId("field") };
  const error = surface.form.errors[block.block_id];
  const named = {
    id: ids.field, "aria-labelledby": ids.label, "aria-describedby": [block.hint && ids.hint, error && ids.error].filter(Boolean).join(" ") || null,
    "aria-invalid": error ? "true" : null, "aria-required": block.optional ? null : "true",
  };
  const dispatch = block.dispatch_action ? (value) => surface.click(block, block.element, value) : null;
  const field = control(block.element, block, { form: surface.form, where: surface.where, named, dispatch });
  const words = h("label", { id: ids.label, for: ids.field }, textNodes(block.label), block.optional && h("span", { class: "optional" }, " (optional)"));
  const forgive = (event) => {
    event.currentTarget.classList.remove("wrong");
    event.currentTarget.querySelector(".field-error")?.remove();
  };
  return append(h("div", { class: error ? "block input wrong" : "block input", oninput: forgive, onchange: forgive }), [
    words, field ?? h("span", { class: "unknown" }, `[${block.element.type}]`),
    error && h("p", { class: "field-error", id: ids.error, role: "alert", data: { testid: "field-error" } }, icon("warning", 15), error),
    block.hint && h("p", { class: "hint", id: ids.hint }, textNodes(block.hint)),
  ]);
}

function picture(image) {
  const own = image.image_url && new URL(image.image_url, location.href).origin === location.origin;
  if (own) return h("img", { src: image.image_url, alt: image.alt_text, loading: "lazy" });
  return h("span", { class: "no-image", role: "img", "aria-label": image.alt_text }, image.alt_text);
}

