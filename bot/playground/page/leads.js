// Links that lead to the pretend PagerDuty or Jira open its panel: their servers have no pages for people.

import { showIssue } from "./jira.js";
import { showIncident } from "./pagerduty.js";
import { showOutside } from "./sheets.js";
import { openThread, ui, world } from "./store.js";

const PLACES = [["pagerduty", "/incidents/", showIncident], ["jira", "/browse/", showIssue]];

/** Promise: a click on such a link opens the panel at what it names; any other link goes on as it is. */
export function guardLinks() {
  addEventListener("click", (event) => {
    const address = event.target.closest?.("a[href]")?.href;
    const found = PLACES.find(([name, path]) => address?.startsWith(world.state?.[name]?.site + path));
    if (!found) return;
    event.preventDefault();
    const [name, path, show] = found;
    if (ui.thread) openThread(null);
    if (show(address.slice(world.state[name].site.length + path.length))) showOutside();
  });
}
