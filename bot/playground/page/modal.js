// The stack of modals: the top one is shown, Esc closes it, a pushed one has a way back.

import { blocks } from "./blocks.js";
import { deed } from "./deeds.js";
import { fill, focusControl, focusedControl, freshId, h } from "./dom.js";
import { errorLine } from "./errorline.js";
import { forgetForms, gaps, stateOf } from "./form.js";
import { icon } from "./icons.js";
import { textNodes, textString } from "./mrkdwn.js";
import { closePopups } from "./popup.js";
import { modals, ui, world } from "./store.js";
import { viewSurface } from "./surfaces.js";
import { appMark } from "./avatar.js";

let dialog = null;
let shownView = null;
let signature = "";
let opener = null;
const sending = new Set();

/** Promise: the dialog shows the top view of the stack, or is gone when the stack is empty. */
export function drawModal() {
  const view = modals().at(-1) ?? null;
  const known = new Set([...modals(), world.state.home].filter(Boolean).map(({ id }) => `view:${id}`));
  forgetForms((name) => name.startsWith("view:") && !known.has(name));
  if (!view) return dismiss();
  if (!dialog) present();
  const surface = viewSurface(view);
  const sign = JSON.stringify([look(view), surface.form.errors, sending.has(view.id), ui.error, modals().length, ui.as]);
  if (sign === signature) return;
  signature = sign;
  paint(view, surface);
}

/** What a view looks like, without what was typed and how often it changed. */
const look = ({ id, title, submit, close: leave, submit_disabled, blocks: list }) => [id, title, submit, leave, submit_disabled, list];

function present() {
  opener = document.activeElement;
  dialog = h("dialog", { class: "modal", onkeydown: keys, oncancel: (event) => event.preventDefault(), data: { testid: "modal" } });
  document.body.append(dialog);
  dialog.showModal();
}

function dismiss() {
  if (!dialog) return;
  dialog.close();
  dialog.remove();
  [dialog, shownView, signature] = [null, null, ""];
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

function paint(view, surface) {
  const same = shownView === view.id;
  const focus = same ? focusedControl(dialog) : null;
  const scrolled = same ? dialog.querySelector(".modal-body")?.scrollTop : 0;
  const title = freshId("title");
  closePopups(dialog);
  dialog.setAttribute("aria-labelledby", title);
  dialog.dataset.viewId = view.id;
  fill(dialog, h("form", { class: "modal-form", novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(view, surface); } },
    head(view, title),
    h("div", { class: "modal-body", tabindex: "-1" }, blocks(view.blocks, surface)),
    h("div", { class: "modal-error" }, errorLine()),
    foot(view)));
  shownView = view.id;
  dialog.querySelector(".modal-body").scrollTop = scrolled;
  const wrong = dialog.querySelector("[aria-invalid=true]");
  if (wrong) focusField(wrong);
  else if (!(focus && focusControl(dialog, focus))) enterView();
}

function head(view, title) {
  const pushed = modals().length > 1;
  return h("header", { class: "modal-head" },
    pushed ? h("button", { type: "button", class: "plain-button", "aria-label": "Back", onclick: () => close(view) }, icon("back", 20)) : appMark(28),
    h("h2", { id: title }, textNodes(view.title)),
    h("button", { type: "button", class: "plain-button", "aria-label": "Close", onclick: closeAll, data: { testid: "modal-x" } }, icon("close", 20)));
}

function foot(view) {
  const busy = sending.has(view.id);
  return h("footer", { class: "modal-foot" },
    h("button", { type: "button", class: "button", onclick: () => close(view), data: { testid: "modal-close" } }, textString(view.close) || (view.submit ? "Cancel" : "Close")),
    view.submit && h("button", { type: "submit", class: "button primary", disabled: busy || view.submit_disabled, "aria-busy": busy ? "true" : null, data: { testid: "modal-submit" } },
      h("span", { class: "button-text" }, textNodes(view.submit))));
}

/** A new view starts where it asks for it, else at its first field, else at its title. */
function enterView() {
  const wanted = dialog.querySelector("[data-focus=true]") ?? dialog.querySelector(".modal-body :is(input, textarea)");
  if (wanted) focusField(wanted);
  else dialog.querySelector(".modal-body").focus();
}

function focusField(node) {
  const field = node.matches("input, textarea") ? node : node.querySelector("input, textarea");
  field?.focus();
  if (field?.dataset.focus === "true" && field.setSelectionRange) field.setSelectionRange(field.value.length, field.value.length);
}

async function submit(view, surface) {
  if (sending.has(view.id)) return;
  surface.form.errors = gaps(surface.form);
  if (Object.keys(surface.form.errors).length) return drawModal();
  sending.add(view.id);
  drawModal();
  const result = await deed("submit", { view_id: view.id, state: stateOf(surface.form) });
  sending.delete(view.id);
  if (result.errors) surface.form.errors = result.errors;
  if (world.state) drawModal();
}

const close = (view) => deed("close", { view_id: view.id });

async function closeAll() {
  for (const view of [...modals()].reverse()) await close(view);
}

function keys(event) {
  const view = modals().at(-1);
  if (event.key === "Escape") {
    event.preventDefault();
    if (view) close(view);
  } else if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && view?.submit) {
    event.preventDefault();
    dialog.querySelector("form").requestSubmit();
  }
}
