// A list that floats beside its control, above everything, and closes by itself.

const open = new Set();

/** Promise: what floats beside a control inside that node is closed, before the node is drawn again. */
export function closePopups(root) {
  for (const shown of [...open]) if (root.contains(shown.anchor)) shown.close();
}

/** Promise: the panel opens beside the anchor and stays there while things scroll; `close` ends it. */
export function popup(panel, anchor, { wide = false, onClose = () => {} } = {}) {
  panel.setAttribute("popover", "manual");
  (anchor.closest("dialog") ?? document.body).append(panel);
  panel.showPopover();
  const place = () => position(panel, anchor, wide);
  place();
  const stop = new AbortController();
  const { signal } = stop;
  const close = () => {
    if (signal.aborted) return;
    stop.abort();
    open.delete(shown);
    panel.remove();
    onClose();
  };
  const shown = { anchor, close, place };
  open.add(shown);
  addEventListener("scroll", (event) => { if (!panel.contains(event.target)) place(); }, { capture: true, signal });
  addEventListener("resize", place, { signal });
  addEventListener("pointerdown", (event) => {
    if (!panel.contains(event.target) && !anchor.contains(event.target)) close();
  }, { capture: true, signal });
  return shown;
}

function position(panel, anchor, wide) {
  const at = anchor.getBoundingClientRect();
  const gap = 4;
  const edge = 8;
  if (wide) panel.style.width = `${at.width}px`;
  const width = panel.offsetWidth;
  const floor = anchor.closest(".modal")?.querySelector(".modal-foot")?.getBoundingClientRect().top ?? innerHeight;
  const below = floor - at.bottom - gap - edge;
  const above = at.top - gap - edge;
  const up = below < Math.min(panel.scrollHeight, 220) && above > below;
  panel.style.maxHeight = `${Math.max(120, Math.min(340, up ? above : below))}px`;
  const height = panel.offsetHeight;
  panel.style.left = `${Math.max(edge, Math.min(at.left, innerWidth - width - edge))}px`;
  panel.style.top = `${up ? at.top - gap - height : at.bottom + gap}px`;
}
