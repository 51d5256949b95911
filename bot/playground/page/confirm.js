// Slack's confirmation dialog.

import { freshId, h } from "./dom.js";
import { textNodes } from "./mrkdwn.js";

/** Promise: true when the person confirmed, false when they did not (Esc, cancel, click beside it). */
export function confirmFirst({ title, text, confirm, deny, style }) {
  return new Promise((decide) => {
    const [name, words] = [freshId("confirm"), freshId("confirm")];
    let said = false;
    const answer = (value) => () => {
      said = value;
      dialog.close();
    };
    const dialog = h("dialog", {
      class: "confirm", role: "alertdialog", "aria-labelledby": name, "aria-describedby": words, data: { testid: "confirm" },
      onclose: () => { dialog.remove(); decide(said); },
      onclick: (event) => { if (event.target === dialog) dialog.close(); },
      onkeydown: (event) => event.stopPropagation(),
    },
      h("div", { class: "confirm-body" },
        h("h2", { id: name }, textNodes(title)),
        h("p", { id: words }, textNodes(text)),
        h("div", { class: "confirm-actions" },
          h("button", { type: "button", class: "button", onclick: answer(false), data: { testid: "confirm-cancel" } }, textNodes(deny)),
          h("button", { type: "button", class: `button ${style === "danger" ? "danger" : "primary"}`, onclick: answer(true), autofocus: true, data: { testid: "confirm-ok" } }, textNodes(confirm)))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
