// Building and keeping DOM nodes. Text always goes in as text nodes, never as markup.

import { closePopups } from "./popup.js";

/** Promise: a new element; props are attributes, `on*` listeners, `class`, `data` (dataset) and `props` (properties). */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(node, name, value);
  append(node, children);
  return node;
}

function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "data") for (const [key, item] of Object.entries(value)) setData(node, key, item);
  else if (name === "props") Object.assign(node, value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

function setData(node, key, value) {
  if (value !== null && value !== undefined) node.dataset[key] = String(value);
}

/** Promise: strings become text, nested lists are flattened, null and false are left out. */
export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Promise: the node holds exactly these children afterwards. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/**
 * Promise: the container shows `items` in order; a node is built again only when its signature changed,
 * and the focus stays on the same control when its node is replaced.
 */
export function keep(container, items, { key, sign, build }) {
  const old = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const focus = focusedControl(container);
  let at = container.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const signature = sign(item);
    let node = old.get(id);
    if (!node || node.signature !== signature) {
      const fresh = build(item);
      fresh.dataset.key = id;
      fresh.signature = signature;
      if (node) {
        closePopups(node);
        if (node === at) at = fresh;
        node.replaceWith(fresh);
      }
      node = fresh;
    }
    old.delete(id);
    if (node === at) at = at.nextElementSibling;
    else container.insertBefore(node, at);
  }
  for (const node of old.values()) node.remove();
  if (focus && !container.contains(document.activeElement)) focusControl(container, focus);
}

/** Promise: what is needed to find the focused control again after a rebuild, or null. */
export function focusedControl(root) {
  const active = document.activeElement;
  if (!active || active === root || !root.contains(active)) return null;
  const { blockId, actionId, optionValue, testid } = active.dataset;
  const owner = active.closest("[data-key]")?.dataset.key;
  const range = typeof active.selectionStart === "number" ? [active.selectionStart, active.selectionEnd] : null;
  const searched = active.getAttribute("aria-expanded") === "true" && active.matches("input") ? active.value : null;
  return { blockId, actionId, optionValue, testid, owner, range, searched };
}

/** Promise: focus moves to the control that `focusedControl` described, when it still exists. */
export function focusControl(root, { blockId, actionId, optionValue, testid, owner, range, searched }) {
  const scope = owner ? root.querySelector(`[data-key="${CSS.escape(owner)}"]`) ?? root : root;
  const wanted = [...scope.querySelectorAll("[data-action-id], [data-testid]")].find((node) =>
    actionId
      ? node.dataset.actionId === actionId && node.dataset.blockId === blockId && node.dataset.optionValue === optionValue
      : testid && node.dataset.testid === testid,
  );
  const target = wanted ?? (owner && scope !== root ? scope : null);
  if (!target) return false;
  target.focus({ preventScroll: true });
  if (wanted && range && typeof wanted.setSelectionRange === "function") {
    try { wanted.setSelectionRange(...range); } catch { /* types without a text selection */ }
  }
  if (wanted && searched !== null) {
    wanted.value = searched;
    wanted.dispatchEvent(new Event("input"));
  }
  return true;
}

let counter = 0;
/** Promise: an id no other element of this page has. */
export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}
